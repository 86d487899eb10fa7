import CSoxr
import MediaBase

/// Turns a whole recording at any rate into 48 kHz, through libsoxr: for files, where quality counts and delay does not.
///
/// Feed it with `process` until the recording ends, then call `flush` until it returns 0. The result is time-aligned with
/// the input (the filter's delay is taken out) and has exactly `outputFrames(forInputFrames:)` frames. It is the same bit
/// for bit however the input is cut into chunks: libsoxr works in blocks of its own, on the calling thread only.
///
/// Owned by whoever reads the recording; one thread at a time, any thread. A frame of the result costs 3 to 15 ns a
/// channel. The library's queues grow to the largest chunk given, with the first chunks only; work comes in blocks, so no
/// call is fit for a live tick.
public struct OfflineResampler: ~Copyable {
  /// How exact the result is; both leave the passband, up to 0.91 of the lower Nyquist frequency, as it is.
  public enum Quality: Sendable, Hashable, CaseIterable {
    /// 20 bits: aliases and images below −120 dB. Right for all that becomes 16-bit or lossy sound.
    case high
    /// 28 bits: what float output can hold, for about 1.5 times the work.
    case veryHigh
  }

  /// Channels, interleaved.
  public let channels: Int
  /// Samples a second and channel of what comes in. No whole number where a recorder's clock drifts:
  /// nominal rate × (1 + ppm ÷ 10⁶) for a clock that runs fast by ppm.
  public let inputRate: Double

  private let resampler: soxr_t
  private var consumedFrames = 0
  private var producedFrames = 0
  private var isFlushing = false

  /// A resampler from `inputRate` to 48 kHz. Throws `unsupportedRate`, `unsupportedChannelCount` or `outOfMemory`.
  public init(channels: Int, inputRate: Double, quality: Quality = .high) throws(ResamplerError) {
    guard (1...Self.maximumChannels).contains(channels) else { throw .unsupportedChannelCount(channels) }
    guard inputRate.isFinite, Self.inputRates.contains(inputRate) else { throw .unsupportedRate(inputRate) }
    // The high-precision clock keeps a day of a drifting recording within a sample; without it the step is cut to 2⁻³².
    var qualitySpec = soxr_quality_spec(quality.recipe, UInt(SOXR_HI_PREC_CLOCK | SOXR_ROLLOFF_NONE))
    var runtimeSpec = soxr_runtime_spec(1)
    var ioSpec = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var failure: soxr_error_t?
    let created = soxr_create(
      inputRate, Double(AudioRate.samplesPerSecond), UInt32(channels), &failure, &ioSpec, &qualitySpec, &runtimeSpec)
    guard let created, failure == nil else {
      if let created { soxr_delete(created) }
      throw .outOfMemory
    }
    resampler = created
    self.channels = channels
    self.inputRate = inputRate
  }

  deinit {
    soxr_delete(resampler)
  }

  /// Input rates taken, in samples a second: 48 kHz times or divided by 256, which holds every audio file there is.
  public static let inputRates = 187.5...12_288_000.0
  /// The most channels taken.
  public static let maximumChannels = 1024

  /// The exact length of the result of `inputFrames` frames: their duration in 48 kHz frames, rounded to the nearest.
  public borrowing func outputFrames(forInputFrames inputFrames: Int) -> Int {
    Int((Double(inputFrames) / (inputRate / Double(AudioRate.samplesPerSecond))).rounded())
  }

  /// Takes frames from `input` and writes what is ready to `output`; both interleaved, whole frames.
  ///
  /// It may consume less than it was given when `output` is short, and produce nothing while the filter fills. Not to be
  /// called after `flush`. Throws `outOfMemory` only.
  public mutating func process(
    _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(ResamplerError) -> ResamplerProgress {
    precondition(!isFlushing, "an offline resampler takes no more input once it is flushed")
    precondition(input.count % channels == 0 && output.count % channels == 0, "whole frames only")
    guard !input.isEmpty, !output.isEmpty else { return ResamplerProgress(consumedFrames: 0, producedFrames: 0) }
    var consumed = 0
    let produced = try input.withUnsafeBufferPointer { input throws(ResamplerError) in
      try run(
        input.baseAddress, frames: input.count / channels, consumed: &consumed,
        into: &output, outputFrames: output.count / channels)
    }
    consumedFrames += consumed
    producedFrames += produced
    return ResamplerProgress(consumedFrames: consumed, producedFrames: produced)
  }

  /// Writes the frames that are still in the filter once the recording has ended, as many as fit, and returns how many;
  /// 0 means that all have been given. Throws `outOfMemory` only.
  public mutating func flush(into output: inout MutableSpan<Float>) throws(ResamplerError) -> Int {
    precondition(output.count % channels == 0, "whole frames only")
    isFlushing = true
    let wanted = min(outputFrames(forInputFrames: consumedFrames) - producedFrames, output.count / channels)
    guard wanted > 0 else { return 0 }
    var none = 0
    let produced = try run(nil, frames: 0, consumed: &none, into: &output, outputFrames: wanted)
    // The library rounds the length like us; should it ever be short of a frame, silence keeps the promise.
    for sample in produced * channels..<wanted * channels { output[sample] = 0 }
    producedFrames += wanted
    return wanted
  }

  /// One call of the library; a nil `input` tells it that no more will come.
  private func run(
    _ input: UnsafePointer<Float>?, frames: Int, consumed: inout Int,
    into output: inout MutableSpan<Float>, outputFrames: Int
  ) throws(ResamplerError) -> Int {
    var produced = 0
    let failure = output.withUnsafeMutableBufferPointer { output in
      soxr_process(resampler, input, frames, &consumed, output.baseAddress, outputFrames, &produced)
    }
    guard failure == nil else { throw .outOfMemory }
    return produced
  }
}

// It has one owner, and libsoxr keeps nothing per thread: it may move to another thread between calls.
extension OfflineResampler: @unchecked Sendable {}

extension OfflineResampler.Quality {
  fileprivate var recipe: UInt {
    switch self {
    case .high: UInt(SOXR_20_BITQ)
    case .veryHigh: UInt(SOXR_28_BITQ)
    }
  }
}
