import MediaBase
import Mixing

/// What the limiter took away over time, in the same bins as a level history. A plain value with one array.
package struct LimiterHistory {
  private let framesPerBin: Int
  private var bins: [Double]
  private var activeFrames = 0
  private var deepest = 0.0

  /// Reductions of less are not worth a word, dB.
  package static let noticeable = 0.1

  /// A history in the bins of another.
  package init(like history: LevelHistory) {
    framesPerBin = history.binning.framesPerBin
    bins = Array(repeating: 0, count: history.binning.bins)
  }

  /// A history of a mix of so many 20 ms frames.
  package init(frames: Int) {
    self.init(like: LevelHistory(frames: frames))
  }

  /// Enters one 20 ms frame.
  package mutating func add(_ reduction: Decibels, atFrame frame: Int) {
    guard reduction.value > 0 else { return }
    if reduction.value > Self.noticeable { activeFrames += 1 }
    deepest = max(deepest, reduction.value)
    let bin = frame / framesPerBin
    if bin < bins.count { bins[bin] = max(bins[bin], reduction.value) }
  }

  /// Whether it did anything that can be heard.
  package var wasNoticeable: Bool { deepest > Self.noticeable }

  /// As a report has it.
  package func report(threshold: Decibels) -> MixReport.Limiter {
    let seconds = Double(ReportFrame.samples) / Double(AudioRate.samplesPerSecond)
    return MixReport.Limiter(
      thresholddBTP: threshold.value, activeSeconds: (Double(activeFrames) * seconds * 100).rounded() / 100,
      deepestReductiondB: (deepest * 100).rounded() / 100, secondsPerBin: Double(framesPerBin) * seconds,
      reductiondB: bins.map { ($0 * 10).rounded() / 10 })
  }
}
