import MediaBase
import Mixing

/// Counts the samples of a recording that stand at full scale three or more in a row: it was recorded too loud.
///
/// A single sample at full scale may be chance; a run is a wave whose top was cut off. Channels count each for
/// itself. A plain value.
package struct ClippingCounter {
  /// Samples in runs of three or more so far.
  package private(set) var samples = 0
  /// The run that each channel is in.
  private var runs: [Int]

  /// Nothing counted yet, of a recording with so many channels.
  package init(channels: Int) {
    runs = Array(repeating: 0, count: channels)
  }

  /// What counts as full scale.
  package static let fullScale: Float = 0.999
  /// The shortest run that counts.
  package static let shortestRun = 3

  /// Looks at the samples that follow those before: `count` in all, whole frames, interleaved.
  package mutating func add(_ buffer: borrowing SampleBuffer, count: Int, kernels: MixKernels) {
    let span = buffer.span(0..<count)
    guard kernels.peak(span) >= Self.fullScale else {
      for channel in runs.indices where count > 0 { runs[channel] = 0 }
      return
    }
    for channel in runs.indices { add(span, channel: channel) }
  }

  private mutating func add(_ span: Span<Float>, channel: Int) {
    var run = runs[channel]
    for index in stride(from: channel, to: span.count, by: runs.count) {
      guard abs(span[index]) >= Self.fullScale else {
        run = 0
        continue
      }
      run += 1
      if run == Self.shortestRun { samples += run } else if run > Self.shortestRun { samples += 1 }
    }
    runs[channel] = run
  }
}
