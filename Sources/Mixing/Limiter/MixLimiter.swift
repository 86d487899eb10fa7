import MediaBase

/// Keeps one finished mix under its threshold without a click, a kink or a change of its stereo image.
///
/// ```
/// mix ─┬─ delay: look-ahead + interpolator ──────────────────────────────────── × ─ limited mix
///      └─ true peak ─ depth required ─ deepest within look-ahead ─ hold, release ─ smooth ─┘
/// ```
/// The gain is the lowest one required within the look-ahead, smoothed by a window as long as the look-ahead: at the
/// sample that required it every value under the window is at or below it, so the smoothed gain is too, and no sample
/// passes the threshold. Both channels share one gain. While nothing passes the threshold the mix comes out unchanged,
/// only delayed, and costs a copy and a peak search.
///
/// One per distinct mix, owned by the mixer, touched by its thread alone; never allocates after it is made.
public struct MixLimiter: ~Copyable {
  /// What the output lags behind the input, in samples per channel.
  public let latencySamples: Int

  private let layout: ChannelLayout
  private let kernels: MixKernels
  private let threshold: Float
  private let interpolator = TruePeakInterpolator()
  private let window: SampleBuffer
  private var envelope: GainEnvelope

  /// The newest input that has not come out yet, interleaved.
  private let delayed: SampleBuffer
  /// The depths (1 − gain) required by the newest samples but the last, and the envelope over them. Depths are smoothed,
  /// not gains, so that at rest the gain is exactly 1.
  private let requiredHistory: SampleBuffer
  private let depthHistory: SampleBuffer
  /// For how many samples, up to a look-ahead's worth, the envelope has been at unity.
  private var restingSamples: Int

  /// The most that was taken away in the frame processed last, 0 dB or more.
  public private(set) var reduction = Decibels.unity

  /// A limiter at rest.
  public init(layout: ChannelLayout, settings: LimiterSettings = .init(), kernels: MixKernels = .init()) {
    self.layout = layout
    self.kernels = kernels
    threshold = Float(settings.threshold.linear)
    let width = settings.lookAheadSamples
    latencySamples = width - 1 + MixKernels.interpolatorTaps / 2
    window = Self.makeWindow(width)
    envelope = GainEnvelope(settings)
    delayed = SampleBuffer(count: latencySamples * layout.count)
    requiredHistory = SampleBuffer(count: width - 1)
    depthHistory = SampleBuffer(count: width - 1)
    restingSamples = 0
    reset()
  }

  /// Forgets what it heard: silence before, and at rest.
  public mutating func reset() {
    delayed.clear()
    requiredHistory.fill(0)
    depthHistory.fill(0)
    envelope.reset()
    restingSamples = window.count
    reduction = .unity
  }

  /// Limits one frame.
  ///
  /// - Parameters:
  ///   - input: interleaved, at most the longest frame.
  ///   - output: as long as `input`; the input of `latencySamples` ago.
  public mutating func process(
    _ input: borrowing SampleBuffer, into output: inout MutableSpan<Float>, scratch: borrowing LimiterScratch
  ) {
    precondition(input.count == output.count, "a limiter's output is as long as its input")
    precondition(input.count <= FrameDuration.longest.samples * layout.count, "the frame is too long")
    let highest = max(kernels.peak(input.span), kernels.peak(delayed.span))
    reduction = .unity
    if isAtRest && highest * interpolator.highestGain <= threshold {
      scratch.delay(input.span, behind: delayed, into: &output)
      return
    }
    let frames = input.count / layout.count
    findPeaks(of: input.span, frames: frames, scratch: scratch)
    if isAtRest && kernels.peak(scratch.peaks.span(0..<frames)) <= threshold {
      scratch.delay(input.span, behind: delayed, into: &output)
      return
    }
    computeGains(frames: frames, scratch: scratch)
    scratch.delay(input.span, behind: delayed, into: &output)
    applyGains(frames: frames, to: &output, scratch: scratch)
  }

  /// Whether all that the next output depends on was at unity.
  private var isAtRest: Bool { restingSamples >= window.count }

  // MARK: Stages

  /// Fills `scratch.peaks` with the true peak at each sample, over both channels.
  private func findPeaks(of input: borrowing Span<Float>, frames: Int, scratch: borrowing LimiterScratch) {
    let overlap = MixKernels.interpolatorTaps - 1
    scratch.joinChannels(delayed.span, input, overlap: overlap, kernels: kernels)
    for channel in 0..<layout.count {
      let start = channel * scratch.channelStride
      let signal = scratch.planar.span(start..<start + overlap + frames)
      var peaks = scratch.channelPeaks.mutableSpan(0..<frames)
      kernels.interpolatedPeak(signal, taps: interpolator.taps.span, into: &peaks)
      if channel == 0 {
        scratch.peaks.copy(scratch.channelPeaks.span(0..<frames))
      } else {
        scratch.keepHigherPeaks(frames)
      }
    }
  }

  /// Fills `scratch.gains` with what each output sample is multiplied by.
  private mutating func computeGains(frames: Int, scratch: borrowing LimiterScratch) {
    let history = window.count - 1
    scratch.required.copy(requiredHistory.span)
    scratch.fillRequired(frames, threshold: threshold, after: history)
    requiredHistory.copy(scratch.required.span(frames..<frames + history))
    scratch.slideMaximum(count: history + frames, width: window.count)
    scratch.depth.copy(depthHistory.span)
    runEnvelope(frames: frames, scratch: scratch)
    depthHistory.copy(scratch.depth.span(frames..<frames + history))
    var gains = scratch.gains.mutableSpan(0..<frames)
    kernels.smooth(scratch.depth.span(0..<history + frames), window: window.span, into: &gains)
    for index in 0..<frames { gains[index] = 1 - gains[index] }
  }

  private mutating func runEnvelope(frames: Int, scratch: borrowing LimiterScratch) {
    let history = window.count - 1
    var envelope = self.envelope
    var resting = restingSamples
    let required = scratch.required.span
    var output = scratch.depth.mutableSpan
    for index in 0..<frames {
      output[history + index] = envelope.next(required: required[index])
      resting = envelope.isAtRest ? min(resting + 1, window.count) : 0
    }
    self.envelope = envelope
    restingSamples = resting
  }

  private mutating func applyGains(frames: Int, to output: inout MutableSpan<Float>, scratch: borrowing LimiterScratch)
  {
    let lowest = scratch.lowestGain(frames)
    reduction = Decibels(-Decibels(linear: Double(lowest)).value)
    scratch.output.copy(output.span)
    let input = scratch.output.span(0..<output.count)
    switch layout {
    case .mono: kernels.apply(gain: scratch.gains.span(0..<frames), to: input, into: &output)
    case .stereo: kernels.applyStereo(gain: scratch.gains.span(0..<frames), to: input, into: &output)
    }
  }

  /// A Hann window without its zero ends, with the sum 1.
  private static func makeWindow(_ width: Int) -> SampleBuffer {
    let window = SampleBuffer(count: width)
    let weights = HannWindow.weights(width)
    let sum = weights.reduce(0, +)
    for index in 0..<width { window[index] = Float(weights[index] / sum) }
    return window
  }
}
