import MediaBase

/// An extended report as it came (RFC 3611): blocks of many kinds, of which we know three.
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |      BT       | type-specific |  length in words, without this |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// A view of the caller's bytes. A block that goes beyond the end ends the reading; what came before it holds.
public struct RTCPExtendedReport: ~Escapable {
  /// What a block holds.
  public enum Block: Hashable, Sendable {
    /// Block type 4: when the report was sent, on the wall clock of a receiver that sends nothing itself.
    case receiverReferenceTime(NTPTimestamp)
    /// One entry of a block of type 5: how long ago such a time came from one of its receivers.
    case receiverDelay(RTCPReceiverDelay)
    /// Block type 7.
    case voipMetrics(RTCPVoIPMetrics)
    /// A block that we do not know, or too short for its type.
    case other(type: Int)
  }

  /// Who sent the report.
  public let sender: SSRC
  private var reader: ByteReader
  /// Entries of a DLRR block that are still to be read.
  private var delaysLeft = 0

  @_lifetime(copy body)
  init?(_ body: Span<UInt8>) {
    reader = ByteReader(body)
    guard let sender = reader.readUInt32() else { return nil }
    self.sender = SSRC(rawValue: sender)
  }

  /// The next block, or the next entry of a block; `nil` at the end.
  @_lifetime(self: copy self)
  public mutating func next() -> Block? {
    if delaysLeft > 0 { return nextDelay() }
    guard let type = reader.readUInt8(), reader.skip(1), let words = reader.readUInt16() else { return nil }
    // RFC 3611, 4.5: three words an entry.
    if type == RTCPBlockType.delays, words >= 3, 4 * Int(words) <= reader.remaining {
      delaysLeft = Int(words) / 3
      return nextDelay()
    }
    guard let body = reader.readBytes(4 * Int(words)) else {
      _ = reader.skip(reader.remaining)
      return nil
    }
    return Self.block(type, body)
  }

  private mutating func nextDelay() -> Block? {
    delaysLeft -= 1
    guard let source = reader.readUInt32(), let last = reader.readUInt32(), let delay = reader.readUInt32()
    else { return nil }
    return .receiverDelay(
      RTCPReceiverDelay(source: SSRC(rawValue: source), lastReceiverReport: last, delaySinceLastReceiverReport: delay))
  }

  private static func block(_ type: UInt8, _ body: Span<UInt8>) -> Block {
    var reader = ByteReader(body)
    switch type {
    case RTCPBlockType.referenceTime:
      if let time = reader.readUInt64() { return .receiverReferenceTime(NTPTimestamp(rawValue: time)) }
    case RTCPBlockType.voipMetrics:
      if let metrics = RTCPVoIPMetrics(&reader) { return .voipMetrics(metrics) }
    default: break
    }
    return .other(type: Int(type))
  }
}

/// The block types of extended reports that we know (RFC 3611, 4).
enum RTCPBlockType {
  static let referenceTime: UInt8 = 4
  static let delays: UInt8 = 5
  static let voipMetrics: UInt8 = 7
}

/// How long ago a receiver's reference time came (RFC 3611, 4.5), so that one who sends nothing can find the round trip.
public struct RTCPReceiverDelay: Hashable, Sendable {
  /// Whose time it was.
  public var source: SSRC
  /// The middle 32 bits of that time; 0 where none came.
  public var lastReceiverReport: UInt32
  /// How long ago it came, in 1/65536 s.
  public var delaySinceLastReceiverReport: UInt32

  /// One with these values.
  public init(source: SSRC, lastReceiverReport: UInt32, delaySinceLastReceiverReport: UInt32) {
    self.source = source
    self.lastReceiverReport = lastReceiverReport
    self.delaySinceLastReceiverReport = delaySinceLastReceiverReport
  }

  /// The time to them and back, in nanoseconds, by an entry about us that came at `now`; `nil` where they have had no
  /// time of ours.
  public func roundTripNanoseconds(at now: NTPTimestamp) -> Int64? {
    NTPTimestamp.roundTripNanoseconds(at: now, last: lastReceiverReport, delay: delaySinceLastReceiverReport)
  }
}
