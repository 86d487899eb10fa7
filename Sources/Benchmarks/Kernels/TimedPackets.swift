import MediaBase
import RTC

/// RTP packets that are protected and unprotected again, to be timed: an SRTP leg that hears itself.
struct TimedPackets: ~Copyable {
  /// A quiet Opus packet of 20 ms at 32 kbit/s and its neighbours.
  static let payloadBytes = 100
  private static let source = SSRC(rawValue: 1)

  private var context: SRTPContext
  private var packets: [[UInt8]]
  private var lengths: [Int]
  private var next: UInt16 = 0

  /// `nil` where SRTP cannot be had.
  init?(_ suite: SRTPKeys.Suite, count: Int) {
    let key = [UInt8](repeating: 7, count: suite.keyAndSaltBytes)
    guard let keys = SRTPKeys(suite: suite, send: key, receive: key),
      let context = try? SRTPContext(keys, sending: Self.source)
    else { return nil }
    self.context = context
    let bytes = RTPHeader.fixedBytes + Self.payloadBytes + SRTPContext.rtpTrailerBytes
    packets = Array(repeating: [UInt8](repeating: 0, count: bytes), count: count)
    lengths = Array(repeating: 0, count: count)
  }

  /// Protects them all, with new numbers; nanoseconds a packet.
  mutating func protectAll() -> Double {
    for index in packets.indices { writeHeader(index) }
    let start = ContinuousClock.now
    for index in packets.indices {
      var bytes = packets[index].mutableSpan
      lengths[index] = (try? context.protect(&bytes, count: RTPHeader.fixedBytes + Self.payloadBytes)) ?? 0
    }
    return nanoseconds(since: start)
  }

  /// Unprotects what was protected last; nanoseconds a packet.
  mutating func unprotectAll() -> Double {
    let start = ContinuousClock.now
    for index in packets.indices {
      var bytes = packets[index].mutableSpan
      let length = try? context.unprotect(&bytes, count: lengths[index])
      precondition(length == RTPHeader.fixedBytes + Self.payloadBytes, "a packet did not come back")
    }
    return nanoseconds(since: start)
  }

  private mutating func writeHeader(_ index: Int) {
    let header = RTPHeader(
      payloadType: 111, isMarked: false, sequenceNumber: SequenceNumber(rawValue: next),
      timestamp: RTPTimestamp(rawValue: 0), ssrc: Self.source)
    var bytes = packets[index].mutableSpan
    _ = try? header.write(into: &bytes, audioLevel: nil)
    next &+= 1
  }

  private func nanoseconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .nanoseconds(packets.count)
  }
}
