/// An instant on the bridge's own clock, in nanoseconds: when a packet came, when a tick is due.
///
/// It never jumps and never goes back, whatever is done to the wall clock; its zero means nothing. A live bridge takes it
/// from the system's monotonic clock, a replay from the recording, a test from its own hand.
public struct PacketTime: Hashable, Comparable, Sendable {
  /// Since the clock's zero.
  public var nanoseconds: Int64

  /// So many nanoseconds after the clock's zero.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Nanoseconds from `other` to this one; negative where this one is earlier.
  public func nanoseconds(since other: PacketTime) -> Int64 {
    nanoseconds &- other.nanoseconds
  }

  /// The instant so many nanoseconds on.
  public func advanced(byNanoseconds amount: Int64) -> PacketTime {
    PacketTime(nanoseconds: nanoseconds &+ amount)
  }

  /// The instant so many milliseconds on.
  public func advanced(byMilliseconds amount: Int) -> PacketTime {
    advanced(byNanoseconds: Int64(amount) &* 1_000_000)
  }

  /// Orders by time.
  public static func < (left: PacketTime, right: PacketTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
