import Glibc
import MediaBase

/// Turns the kernel's arrival times, which are wall clock times, into times of the monotonic clock.
///
/// ```
///  wall       ──stamp────────────────batch──▶      arrival = stamp − (wall − monotonic at the batch)
///  monotonic  ──arrival──────────────batch──▶
/// ```
/// The wall clock may be set while packets wait. Where the distance of the two clocks has moved by more than any slewing
/// explains since the batch before, the stamps of this batch may be from either side of the move, and all of its packets
/// are taken to have come now. Whatever the stamps say, an arrival lies between a second ago and now.
///
/// One for each socket's reader, and of its thread. Costs three clock readings a batch.
public struct ArrivalClock {
  /// What a second of slewing at the kernel's limit of 500 ppm changes, ten times over.
  public static let largestSlewNanoseconds: Int64 = 5_000_000
  /// The longest that a packet is believed to have waited.
  public static let longestWaitNanoseconds: Int64 = 1_000_000_000

  /// The time between reading the one clock and the other that counts as at once.
  private static let readingNanoseconds: Int64 = 20_000

  private var wallMinusMonotonic: Int64
  private var now: PacketTime
  private var wasSet = false

  /// Both clocks, read at one time: again where something came between, but not for ever.
  public static func readClocks() -> (monotonic: PacketTime, wallNanoseconds: Int64) {
    var monotonic = MonotonicClock.now
    var wall: Int64 = 0
    for _ in 0..<4 {
      wall = MonotonicClock.nanoseconds(of: CLOCK_REALTIME)
      let after = MonotonicClock.now
      if after.nanoseconds(since: monotonic) < readingNanoseconds { break }
      monotonic = after
    }
    return (monotonic, wall)
  }

  /// Begins with both clocks read at one time.
  public init(monotonic: PacketTime, wallNanoseconds: Int64) {
    now = monotonic
    wallMinusMonotonic = wallNanoseconds &- monotonic.nanoseconds
  }

  /// Takes both clocks' times just after a batch was received.
  public mutating func beginBatch(monotonic: PacketTime, wallNanoseconds: Int64) {
    let distance = wallNanoseconds &- monotonic.nanoseconds
    wasSet = (distance &- wallMinusMonotonic).magnitude > UInt64(Self.largestSlewNanoseconds)
    wallMinusMonotonic = distance
    now = monotonic
  }

  /// When a packet of this batch came, by its stamp; now for one without.
  public func arrival(stampNanoseconds: Int64?) -> PacketTime {
    guard let stampNanoseconds, !wasSet else { return now }
    let arrival = PacketTime(nanoseconds: stampNanoseconds &- wallMinusMonotonic)
    return min(max(arrival, now.advanced(byNanoseconds: -Self.longestWaitNanoseconds)), now)
  }
}
