/// The number of an RTP packet in its stream (RFC 3550, 5.1): one more each packet, and 0 again after 65,535.
///
/// Says which packet is missing; when it is to be heard is the timestamp's to say.
public struct SequenceNumber: RawRepresentable, Hashable, Sendable {
  /// As it stands in the packet.
  public let rawValue: UInt16

  /// One with that number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// How far this one is ahead of `other` the shorter way around: −32,768 to 32,767, negative where it is behind.
  public func distance(from other: SequenceNumber) -> Int {
    Int(Int16(bitPattern: rawValue &- other.rawValue))
  }

  /// The number so many packets on.
  public func advanced(by count: Int) -> SequenceNumber {
    SequenceNumber(rawValue: rawValue &+ UInt16(truncatingIfNeeded: count))
  }
}
