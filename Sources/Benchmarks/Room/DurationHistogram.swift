/// Counts of durations in steps of 50 µs up to 2 s; longer ones in the last step. Percentiles to a step, the maximum exact.
///
/// Made once (320 KB), filled without allocating.
package struct DurationHistogram: Sendable {
  private static let stepNanoseconds: Int64 = 50_000
  private var counts = [Int](repeating: 0, count: 40_000)

  /// How many were noted.
  package private(set) var count = 0
  /// The longest, in milliseconds; 0 where there are none.
  package private(set) var maximumMilliseconds = 0.0

  /// Nothing noted yet.
  package init() {}

  /// Notes one; a negative duration counts as 0.
  package mutating func note(nanoseconds: Int64) {
    let step = min(Int(max(0, nanoseconds) / Self.stepNanoseconds), counts.count - 1)
    counts[step] += 1
    count += 1
    maximumMilliseconds = max(maximumMilliseconds, Double(nanoseconds) * 1e-6)
  }

  /// The duration in milliseconds that `share` of all (0 to 1) do not exceed, rounded up to a step; 0 where there are none.
  package func milliseconds(at share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for (step, here) in counts.enumerated() {
      seen += here
      if seen >= wanted { return min(Double(step + 1) * Double(Self.stepNanoseconds) * 1e-6, maximumMilliseconds) }
    }
    return maximumMilliseconds
  }
}
