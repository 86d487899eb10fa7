import MediaBase

/// How fast a leg's clock runs against the bridge's, over a whole recording: what puts its file into step with the others.
///
/// Of each five seconds the packet that was least on its way counts; a line through these, by least squares, tells the
/// difference. Nothing is said of less than a minute, where jitter outweighs it. A plain value of its owner's; 16 bytes for
/// five seconds.
package struct ClockComparison {
  private var points: [(second: Double, transit: Double)] = []
  private var windowEnd = 0.0
  private var first: PacketTime?

  /// Nothing has come yet.
  package init() {}

  private static let windowSeconds = 5.0
  private static let leastWindows = 12

  /// A packet that came at `arrival` and begins `seconds` after the leg's first one by the leg's own clock.
  package mutating func note(_ seconds: Double, at arrival: PacketTime) {
    let first = first ?? arrival
    self.first = first
    let now = Double(arrival.nanoseconds(since: first)) / 1e9
    let transit = now - seconds
    if now >= windowEnd || points.isEmpty {
      points.append((now, transit))
      windowEnd = (now / Self.windowSeconds).rounded(.down) * Self.windowSeconds + Self.windowSeconds
    } else if transit < points[points.count - 1].transit {
      points[points.count - 1] = (now, transit)
    }
  }

  /// Millionths by which the leg's clock runs fast; `nil` where too little is known.
  package var driftPPM: Double? {
    guard points.count >= Self.leastWindows else { return nil }
    let count = Double(points.count)
    let meanSecond = points.reduce(0) { $0 + $1.second } / count
    let meanTransit = points.reduce(0) { $0 + $1.transit } / count
    let covariance = points.reduce(0) { $0 + ($1.second - meanSecond) * ($1.transit - meanTransit) }
    let variance = points.reduce(0) { $0 + ($1.second - meanSecond) * ($1.second - meanSecond) }
    // A fast clock is ever further ahead: its transits get shorter.
    return variance > 0 ? -covariance / variance * 1e6 : nil
  }
}
