import MediaBase

/// Keeps one finished mix under its threshold without a click, a kink or a change of its stereo image.
///
/// ```
/// mix ─┬─ delay: glide + interpolator ───────────────────────────────────────── × ─ limited mix
///      └─ true peak ─ depth required ─ deepest within glide + hold ─ release ─ smooth ─┘
/// ```
/// Depth is 1 − gain. At the sample that requires a depth, and for the whole glide before it comes out, every value under
/// the smoothing window is at least as deep, so what comes out is too: no sample passes the threshold. Both channels share
/// one gain. While nothing passes the threshold the mix comes out unchanged, only delayed, and costs a copy and a peak
/// search. No input, be it infinite or no number, makes an output that is no number or passes full scale.
///
/// One per distinct mix, owned by the mixer, touched by its thread alone; never allocates after it is made: 5 KB for mono.
public struct MixLimiter: ~Copyable {
  /// What the output lags behind the input, in samples per channel.
  public let latencySamples: Int

  private let layout: ChannelLayout
  private let kernels: MixKernels
  private let threshold: Float
  private let memorySamples: Int
  private let glideSamples: Int
  private var envelope = GainEnvelope()

  /// The newest input that has not come out yet, interleaved.
  private let delayed: SampleBuffer
  /// The depths required by the newest samples, and the envelope over them, as far as they still matter. Depths are
  /// smoothed, not gains, so that at rest the gain is exactly 1.
  private let requiredHistory: SampleBuffer
  private let depthHistory: SampleBuffer
  /// For how many samples, up to a glide's worth, the envelope has been at unity.
  private var restingSamples = 0
  /// The true peak from the last sample looked at to the next.
  private var previousPeak: Float = 0

  private var lowestGain: Float = 1

  /// The most that was taken away in the frame processed last, 0 dB or more.
  public var reduction: Decibels {
    lowestGain == 1 ? .unity : Decibels(-Decibels(linear: Double(lowestGain)).value)
  }

  /// A limiter at rest.
  public init(layout: ChannelLayout, settings: LimiterSettings = .init(), kernels: MixKernels = .init()) {
    self.layout = layout
    self.kernels = kernels
    threshold = Float(settings.threshold.linear)
    memorySamples = settings.memorySamples
    latencySamples = settings.glideSamples - 1 + MixKernels.interpolatorTaps / 2
    glideSamples = settings.glideSamples
    delayed = SampleBuffer(count: latencySamples * layout.count)
    requiredHistory = SampleBuffer(count: settings.memorySamples - 1)
    depthHistory = SampleBuffer(count: settings.glideSamples - 1)
    reset()
  }

  /// Forgets what it heard: silence before, and at rest.
  public mutating func reset() {
    delayed.clear()
    requiredHistory.clear()
    depthHistory.clear()
    envelope.reset()
    restingSamples = glideSamples
    previousPeak = 0
    lowestGain = 1
  }

  /// Goes on from where another one of the same layout and settings stands: what comes out next is what would have come
  /// out of that one. For a listener who gets a mix of their own, so that it joins the shared one without a gap.
  public mutating func copyState(of other: borrowing MixLimiter) {
    precondition(
      layout == other.layout && latencySamples == other.latencySamples && memorySamples == other.memorySamples,
      "only a limiter of the same kind can be gone on from")
    delayed.copy(other.delayed.span)
    requiredHistory.copy(other.requiredHistory.span)
    depthHistory.copy(other.depthHistory.span)
    envelope = other.envelope
    restingSamples = other.restingSamples
    previousPeak = other.previousPeak
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
    let frames = input.count / layout.count
    lowestGain = 1
    let mayPass = mayPassThreshold(input.span, frames: frames, scratch: scratch)
    guard mayPass || !isAtRest else {
      return scratch.delay(input.span, behind: delayed, into: &output)
    }
    computeGains(frames: frames, hasPeaks: mayPass, scratch: scratch)
    limit(input.span, frames: frames, into: &output, scratch: scratch)
  }

  /// Whether all that the next output depends on was at unity.
  private var isAtRest: Bool { restingSamples >= glideSamples }

  // MARK: Stages

  /// Whether the signal passes the threshold anywhere up to this frame's end: first by its samples, which is quick, and
  /// between them where they come near enough. Where it does, `scratch.peaks` tells how far.
  private mutating func mayPassThreshold(
    _ input: borrowing Span<Float>, frames: Int, scratch: borrowing LimiterScratch
  ) -> Bool {
    let (newest, held) = (kernels.peak(input), kernels.peak(delayed.span))
    // What is no number compares with nothing, and would let all the rest pass.
    let isFinite = newest.isFinite && held.isFinite
    guard !isFinite || max(newest, held) > quiet(scratch) else {
      previousPeak = 0
      return false
    }
    findPeaks(of: input, frames: frames, scratch: scratch)
    defer { previousPeak = scratch.peaks[frames] }
    scratch.peaks[0] = previousPeak
    return !isFinite || kernels.peak(scratch.peaks.span(0..<frames + 1)) > threshold
  }

  /// The highest sample next to which no point between samples can pass the threshold, with room for rounding.
  private func quiet(_ scratch: borrowing LimiterScratch) -> Float {
    threshold / scratch.interpolator.highestGain * 0.9999
  }

  /// Fills `scratch.peaks` from its second place on with the true peak from each sample to the next, over both channels.
  private func findPeaks(of input: borrowing Span<Float>, frames: Int, scratch: borrowing LimiterScratch) {
    let overlap = MixKernels.interpolatorTaps - 1
    scratch.joinChannels(delayed.span, input, overlap: overlap, kernels: kernels)
    for channel in 0..<layout.count {
      let start = channel * scratch.channelStride
      let signal = scratch.planar.span(start..<start + overlap + frames)
      var peaks = channel == 0 ? scratch.peaks.mutableSpan(1..<frames + 1) : scratch.work.mutableSpan(0..<frames)
      kernels.interpolatedPeak(signal, taps: scratch.interpolator.taps.span, quiet: quiet(scratch), into: &peaks)
    }
    if layout == .stereo {
      var both = scratch.gains.mutableSpan(0..<frames)
      kernels.maximum(scratch.peaks.span(1..<frames + 1), scratch.work.span(0..<frames), into: &both)
      scratch.peaks.copy(scratch.gains.span(0..<frames), at: 1)
    }
  }

  /// Fills `scratch.gains` with what each output sample is multiplied by.
  ///
  /// - Parameter hasPeaks: whether anything passes the threshold; else nothing more is required.
  private mutating func computeGains(frames: Int, hasPeaks: Bool, scratch: borrowing LimiterScratch) {
    let memory = memorySamples - 1
    scratch.required.copy(requiredHistory.span)
    var newest = scratch.required.mutableSpan(memory..<memory + frames)
    if hasPeaks {
      kernels.requiredDepth(peaks: scratch.peaks.span(0..<frames + 1), threshold: threshold, into: &newest)
    } else {
      newest.update(repeating: 0)
    }
    requiredHistory.copy(scratch.required.span(frames..<frames + memory))
    // The greatest of nothing but zeros need not be searched for.
    if hasPeaks || kernels.peak(scratch.required.span(0..<memory)) > 0 {
      scratch.slideMaximum(count: memory + frames, width: memorySamples, kernels: kernels)
    }
    runEnvelope(frames: frames, scratch: scratch)
    lowestGain = scratch.smoothToGains(frames, width: glideSamples, kernels: kernels)
  }

  private mutating func runEnvelope(frames: Int, scratch: borrowing LimiterScratch) {
    let history = glideSamples - 1
    scratch.depth.copy(depthHistory.span)
    var depth = scratch.depth.mutableSpan(history..<history + frames)
    let resting = envelope.follow(scratch.required.span(0..<frames), into: &depth)
    restingSamples = min(glideSamples, resting == frames ? restingSamples + frames : resting)
    depthHistory.copy(scratch.depth.span(frames..<frames + history))
  }

  /// Writes the delayed mix with the gains.
  private func limit(
    _ input: borrowing Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: borrowing LimiterScratch
  ) {
    delay(input, scratch: scratch)
    let late = scratch.work.span(0..<output.count)
    switch layout {
    case .mono: kernels.apply(gain: scratch.gains.span(0..<frames), to: late, into: &output)
    case .stereo: kernels.applyStereo(gain: scratch.gains.span(0..<frames), to: late, into: &output)
    }
    if !(kernels.peak(output.span) <= 1) { Self.bound(&output) }
  }

  /// Fills `scratch.work` with the input of `latencySamples` ago.
  private func delay(_ input: borrowing Span<Float>, scratch: borrowing LimiterScratch) {
    var late = scratch.work.mutableSpan(0..<input.count)
    scratch.delay(input, behind: delayed, into: &late)
  }

  /// Holds full scale where a gain cannot: over 100 dB beyond it, a gain's rounding is louder than full scale, and what is
  /// no number has no gain. It becomes silence.
  private static func bound(_ samples: inout MutableSpan<Float>) {
    for index in samples.indices {
      let sample = samples[unchecked: index]
      samples[unchecked: index] = abs(sample) <= 1 ? sample : (sample > 1 ? 1 : (sample < -1 ? -1 : 0))
    }
  }
}

extension MixLimiter {
  mutating func code(_ coder: inout CheckpointCoder) {
    envelope.code(&coder)
    coder.code(delayed)
    coder.code(requiredHistory)
    coder.code(depthHistory)
    coder.code(&restingSamples, in: 0...glideSamples)
    coder.code(&previousPeak)
  }
}
