/// How many durations were at most as long as each of some bounds, counted without allocating: how late ticks begin, what
/// they cost.
///
/// A value of 56 bytes, counted on a media thread and read elsewhere as a copy. Counts wrap around at 32 bits: 124 days
/// of ticks of 2.5 ms; whoever reads them takes differences.
public struct DurationCounts: Sendable, Hashable {
  /// Upper bounds in seconds, rising; what is longer than all is counted behind the last.
  public static let boundsSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05]

  /// The same in nanoseconds. Made anew each time: a stored one would be a lazy global on the media thread.
  private static var bounds: InlineArray<10, Int64> {
    [50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000]
  }

  /// How many there are in each bucket alone: one for each bound, and one for what is longer than all.
  private var counts = InlineArray<11, UInt32>(repeating: 0)
  /// All durations together.
  public private(set) var nanoseconds: UInt64 = 0

  /// Nothing counted yet.
  public init() {}

  /// Counts one; less than nothing counts as nothing.
  public mutating func note(_ duration: Int64) {
    let bounds = Self.bounds
    var bucket = 0
    while bucket < bounds.count, duration > bounds[bucket] { bucket += 1 }
    counts[bucket] &+= 1
    nanoseconds &+= UInt64(max(0, duration))
  }

  /// How many buckets there are: one more than bounds.
  public static let bucketCount = 11

  /// How many were counted in a bucket alone.
  public func count(inBucket bucket: Int) -> UInt32 { counts[bucket] }

  /// Whether both counted the same.
  public static func == (left: DurationCounts, right: DurationCounts) -> Bool {
    for bucket in 0..<bucketCount where left.counts[bucket] != right.counts[bucket] { return false }
    return left.nanoseconds == right.nanoseconds
  }

  /// Feeds the sum alone: equal ones have equal sums.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(nanoseconds)
  }
}
