import MediaBase
import Mixing

/// Counts the samples of a recording that stand at full scale three or more in a row: it was recorded too loud.
///
/// A single sample at full scale may be chance; a run is a wave whose top was cut off. A plain value.
package struct ClippingCounter {
  /// Samples in runs of three or more so far.
  package private(set) var samples = 0
  private var run = 0

  /// Nothing counted yet.
  package init() {}

  /// What counts as full scale.
  package static let fullScale: Float = 0.999
  /// The shortest run that counts.
  package static let shortestRun = 3

  /// Looks at the samples that follow those before.
  package mutating func add(_ buffer: borrowing SampleBuffer, count: Int, kernels: MixKernels) {
    let span = buffer.span(0..<count)
    guard kernels.peak(span) >= Self.fullScale else {
      run = 0
      return
    }
    for index in 0..<span.count {
      guard abs(span[index]) >= Self.fullScale else {
        run = 0
        continue
      }
      run += 1
      if run == Self.shortestRun { samples += run } else if run > Self.shortestRun { samples += 1 }
    }
  }
}
