/// The sampling instant of the first sample in an RTP packet (RFC 3550, 5.1), in ticks of the payload's clock: 48,000 a
/// second for Opus whatever its bandwidth (RFC 7587, 4.1), 8,000 for G.711. It begins anywhere and wraps around.
public struct RTPTimestamp: RawRepresentable, Hashable, Sendable {
  /// As it stands in the packet.
  public let rawValue: UInt32

  /// One with that number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// How many ticks this one is after `other` the shorter way around: negative where it is before.
  public func distance(from other: RTPTimestamp) -> Int {
    Int(Int32(bitPattern: rawValue &- other.rawValue))
  }

  /// The instant so many ticks on.
  public func advanced(by ticks: Int) -> RTPTimestamp {
    RTPTimestamp(rawValue: rawValue &+ UInt32(truncatingIfNeeded: ticks))
  }
}
