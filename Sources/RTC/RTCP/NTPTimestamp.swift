import MediaBase

/// Wall-clock time as RTCP has it (RFC 3550, 4): seconds since 1 January 1900 in the upper 32 bits, fractions of a second
/// in the lower. Wraps around in 2036, which nothing here minds: only differences count.
public struct NTPTimestamp: RawRepresentable, Hashable, Sendable {
  /// As it stands in a report.
  public let rawValue: UInt64

  /// One with that number.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// So many seconds and nanoseconds after 1 January 1970, UTC.
  public init(secondsSince1970 seconds: Int64, nanoseconds: Int64 = 0) {
    self = NTPTimestamp(rawValue: UInt64(bitPattern: seconds &+ Self.from1900To1970) << 32)
      .advanced(byNanoseconds: nanoseconds)
  }

  /// 70 years, 17 of them leap years.
  private static let from1900To1970: Int64 = 2_208_988_800

  /// The middle 32 bits: 16 of seconds and 16 of fractions, by which reports name it.
  public var middle: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }

  /// The instant so many nanoseconds on.
  public func advanced(byNanoseconds amount: Int64) -> NTPTimestamp {
    var (seconds, rest) = amount.quotientAndRemainder(dividingBy: 1_000_000_000)
    if rest < 0 {
      seconds -= 1
      rest += 1_000_000_000
    }
    let fraction = (UInt64(rest) << 32) / 1_000_000_000
    return NTPTimestamp(rawValue: rawValue &+ UInt64(bitPattern: seconds) << 32 &+ fraction)
  }

  /// A time in units of 1/65536 s, as delays stand in reports: 0 to 18 hours, and no more nor less.
  public static func shortUnits(ofNanoseconds nanoseconds: Int64) -> UInt32 {
    guard nanoseconds > 0 else { return 0 }
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return UInt32(clamping: seconds << 16 + rest << 16 / 1_000_000_000)
  }

  /// The time there and back (RFC 3550, 6.4.1: A − LSR − DLSR), of an answer that came at `now` to a report of ours of the
  /// middle bits `last`, and was held for `delay` in 1/65536 s. `nil` where `last` is 0, or the answer came before it was
  /// asked for.
  static func roundTripNanoseconds(at now: NTPTimestamp, last: UInt32, delay: UInt32) -> Int64? {
    guard last != 0 else { return nil }
    let units = Int32(bitPattern: now.middle &- last &- delay)
    // Each end cuts off fractions, and clocks differ: up to 10 ms below 0 is 0.
    guard units >= -655 else { return nil }
    return (Int64(max(0, units)) * 1_000_000_000) >> 16
  }
}

/// Which wall-clock time an instant of the bridge's clock is.
///
/// Made once, from both clocks read at one moment, and not corrected afterwards: within a call, RTCP's times may not jump.
/// A value.
public struct NTPClock: Hashable, Sendable {
  private let instant: PacketTime
  private let wall: NTPTimestamp

  /// At `instant` it is `wall`.
  public init(at instant: PacketTime, is wall: NTPTimestamp) {
    self.instant = instant
    self.wall = wall
  }

  /// The wall-clock time of an instant.
  public func timestamp(at instant: PacketTime) -> NTPTimestamp {
    wall.advanced(byNanoseconds: instant.nanoseconds(since: self.instant))
  }
}
