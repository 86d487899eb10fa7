import MediaBase

/// What has been sent to one leg, and what its sender reports say of it (RFC 3550, 6.4.1).
///
/// Belongs to its leg and is touched by the leg's thread; a value of fixed size; costs three additions a packet.
public struct SendingStatistics: Hashable, Sendable {
  /// Ticks a second of the stream's timestamps.
  public let clockRate: Int
  /// Packets sent.
  public private(set) var packetsSent: UInt64 = 0
  /// Bytes of payload sent, without headers and padding.
  public private(set) var payloadBytesSent: UInt64 = 0
  /// When the last packet was sent; `nil` before the first.
  public private(set) var lastSent: PacketTime?

  private var lastTimestamp = RTPTimestamp(rawValue: 0)

  /// Nothing sent.
  public init(clockRate: Int) {
    precondition((1...1_000_000).contains(clockRate), "there is no RTP clock of \(clockRate) ticks a second")
    self.clockRate = clockRate
  }

  /// Counts a packet whose payload was sampled, or mixed, at `now`.
  public mutating func noteSent(_ timestamp: RTPTimestamp, payloadBytes: Int, at now: PacketTime) {
    packetsSent += 1
    payloadBytesSent += UInt64(payloadBytes)
    lastTimestamp = timestamp
    lastSent = now
  }

  /// What a sender report of `now` says; `nil` before the first packet. Counts wrap around at 32 bits, as the standard has
  /// it.
  public func senderInfo(at now: PacketTime, clock: NTPClock) -> RTCPSenderInfo? {
    guard let lastSent else { return nil }
    let rate = Int64(clockRate)
    let since = InterarrivalJitter.ticks(now.nanoseconds(since: lastSent), at: rate)
    return RTCPSenderInfo(
      time: clock.timestamp(at: now), timestamp: RTPTimestamp(rawValue: lastTimestamp.rawValue &+ since),
      packetCount: UInt32(truncatingIfNeeded: packetsSent), octetCount: UInt32(truncatingIfNeeded: payloadBytesSent))
  }
}
