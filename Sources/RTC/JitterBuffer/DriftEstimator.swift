import MediaBase

/// Finds how fast a sender's clock runs against the bridge's, from the fastest packet of every four seconds.
///
/// The fastest packets had the least of the network's delay, so what changes between them is the clocks': a straight line
/// through the last minute of them. Part of a jitter buffer, 300 bytes; the media thread alone may touch it.
struct DriftEstimator: ~Copyable {
  /// Millionths by which the sender is faster; 0 until 16 seconds have been seen.
  private(set) var partsPerMillion: Float = 0
  /// The least of arrival less position in the last four to eight seconds, in samples; `nil` before the first packet.
  var leastTransit: Int64? {
    isMeasuring ? (count > 0 ? min(least, leasts[(next + Self.windows - 1) % Self.windows].transit) : least) : nil
  }

  /// The fastest packet of four seconds.
  struct Window {
    var time: Int64
    var transit: Int64
  }

  private var leasts = FixedArray<Window>(count: windows) { _ in Window(time: 0, transit: 0) }
  private var count = 0
  private var next = 0
  private var isMeasuring = false
  private var began: Int64 = 0
  private var least: Int64 = 0
  private var timeOfLeast: Int64 = 0

  private static let windows = 16
  private static let windowSamples = 4 * AudioRate.samplesPerSecond
  private static let windowsToBelieve = 4
  private static let largestPPM: Float = 5_000

  /// Begins anew: the timeline was tied to the clock at another place.
  mutating func reset() {
    count = 0
    next = 0
    isMeasuring = false
  }

  /// Takes note of a packet at `position` that came at `arrival`, both in samples.
  mutating func note(position: Int64, arrival: Int64) {
    let transit = arrival &- position
    if isMeasuring, arrival &- began >= Int64(Self.windowSamples) {
      close()
      isMeasuring = false
    }
    guard isMeasuring else {
      isMeasuring = true
      began = arrival
      least = transit
      timeOfLeast = arrival
      return
    }
    guard transit < least else { return }
    least = transit
    timeOfLeast = arrival
  }

  private mutating func close() {
    leasts[next] = Window(time: timeOfLeast, transit: least)
    next = (next + 1) % Self.windows
    count = min(count + 1, Self.windows)
    if count >= Self.windowsToBelieve { fit() }
  }

  /// The slope of the least-squares line; transits fall where the sender is fast.
  private mutating func fit() {
    let origin = leasts[0]
    var sumX = 0.0, sumY = 0.0, sumXX = 0.0, sumXY = 0.0
    for index in 0..<count {
      let x = Double(leasts[index].time &- origin.time)
      let y = Double(leasts[index].transit &- origin.transit)
      sumX += x
      sumY += y
      sumXX += x * x
      sumXY += x * y
    }
    let spread = Double(count) * sumXX - sumX * sumX
    guard spread > 0 else { return }
    let slope = Float((Double(count) * sumXY - sumX * sumY) / spread)
    partsPerMillion = max(-Self.largestPPM, min(Self.largestPPM, -slope * 1_000_000))
  }
}

extension DriftEstimator {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&partsPerMillion)
    for index in 0..<Self.windows {
      coder.code(time: &leasts[index].time)
      coder.code(time: &leasts[index].transit)
    }
    coder.code(&count, in: 0...Self.windows)
    coder.code(&next, in: 0...Self.windows - 1)
    coder.code(&isMeasuring)
    coder.code(time: &began)
    coder.code(time: &least)
    coder.code(time: &timeOfLeast)
  }
}
