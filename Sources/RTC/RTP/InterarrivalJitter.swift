import MediaBase

/// How unevenly a source's packets arrive (RFC 3550, 6.4.1 and A.8): the mean deviation, smoothed over 16 packets, of the
/// time between arrivals from the time between timestamps.
///
/// A value of its stream's owner; costs one division a packet.
public struct InterarrivalJitter: Hashable, Sendable {
  private let clockRate: Int64
  /// Sixteen times the jitter, in ticks.
  private var scaled: UInt32 = 0
  private var lastTransit: UInt32 = 0
  private var lastTimestamp: RTPTimestamp?

  /// Jitter of packets whose timestamps count so many ticks a second.
  public init(clockRate: Int) {
    precondition((1...1_000_000).contains(clockRate), "there is no RTP clock of \(clockRate) ticks a second")
    self.clockRate = Int64(clockRate)
  }

  /// Takes the next packet in.
  ///
  /// A packet with the timestamp of the one before it is passed over: repeated packets of a telephone event, all stamped
  /// with its start (RFC 4733, 2.2.1), would otherwise count as ever later ones.
  public mutating func note(_ timestamp: RTPTimestamp, at now: PacketTime) {
    guard timestamp != lastTimestamp else { return }
    let transit = Self.ticks(now.nanoseconds, at: clockRate) &- timestamp.rawValue
    if lastTimestamp != nil {
      let difference = Int32(bitPattern: transit &- lastTransit).magnitude
      // RFC 3550 A.8, in integers: J += |D| - (J + 8) / 16. A leap of hours stays within what 32 bits hold.
      scaled = scaled &- (scaled &+ 8) >> 4
      scaled += min(difference, UInt32.max >> 5)
    }
    lastTransit = transit
    lastTimestamp = timestamp
  }

  /// Forgets the last packet, and keeps the jitter: behind a restart, timestamps begin anywhere.
  public mutating func restart() {
    lastTimestamp = nil
  }

  /// The jitter in ticks, as reports have it.
  public var ticks: UInt32 { scaled >> 4 }

  /// The jitter in milliseconds.
  public var milliseconds: Float { Float(scaled) / 16 * 1000 / Float(clockRate) }

  /// A time in ticks of a clock, modulo 2³².
  static func ticks(_ nanoseconds: Int64, at clockRate: Int64) -> UInt32 {
    // In two parts: the product of all nanoseconds and the rate would overflow after two days.
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return UInt32(truncatingIfNeeded: seconds &* clockRate &+ rest * clockRate / 1_000_000_000)
  }
}
