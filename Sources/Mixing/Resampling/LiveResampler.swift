import CSpeexDSP
import MediaBase

/// Resamples a live stream frame by frame, through speexdsp: G.711's 8 kHz, wideband's 16 kHz or a sound card's 44.1 kHz
/// to and from 48 kHz.
///
/// Where the rates are in a whole ratio to the frame (any of those at 10 or 20 ms) each frame of input gives its whole
/// frame of output from the first call on; the sound in it is late by `latencyOutputFrames`. `skipLeadingZeros` takes that
/// delay out of the samples at the price of a shorter first output: for a stream whose timestamps are kept, not for a tick.
///
/// Owned by a call leg; one thread at a time. `process` allocates nothing. 20 ms of mono take 10 to 15 µs of a core at
/// quality 5 where one rate is a multiple of the other, and 60 µs between 44.1 and 48 kHz.
public struct LiveResampler: ~Copyable {
  /// Channels, interleaved.
  public let channels: Int
  /// Samples a second and channel of what comes in.
  public let inputRate: Int
  /// Samples a second and channel of what goes out.
  public let outputRate: Int
  /// speexdsp's quality, 0 (fastest) to 10: the length of its filter and the depth of its stopband.
  public let quality: Int

  private let resampler: OpaquePointer

  /// Aliases and images below −60 dB, and a passband to 0.85 of the lower Nyquist frequency.
  public static let defaultQuality = 5
  /// A step of `setDrift` is 15.3 millionths. Prime, so that the library cannot shorten the fraction: it would then round the
  /// place between two samples, which is heard. And the most that its arithmetic of 32 bits can take.
  public static let driftStepsPerFrame = 65_521
  /// Rates taken, in samples a second.
  public static let rates = 1_000...768_000
  /// The most channels taken.
  public static let maximumChannels = 64

  /// A resampler between two fixed rates. Throws when a number is out of range, or `outOfMemory`.
  public init(
    channels: Int, inputRate: Int, outputRate: Int, quality: Int = defaultQuality
  ) throws(ResamplerError) {
    guard (1...Self.maximumChannels).contains(channels) else { throw .unsupportedChannelCount(channels) }
    guard (0...10).contains(quality) else { throw .unsupportedQuality(quality) }
    for rate in [inputRate, outputRate] where !Self.rates.contains(rate) { throw .unsupportedRate(Double(rate)) }
    var status: Int32 = 0
    let created = speex_resampler_init(
      UInt32(channels), UInt32(inputRate), UInt32(outputRate), Int32(quality), &status)
    guard let created else { throw .outOfMemory }
    resampler = created
    self.channels = channels
    self.inputRate = inputRate
    self.outputRate = outputRate
    self.quality = quality
  }

  deinit {
    speex_resampler_destroy(resampler)
  }

  /// How late the sound leaves, in frames at the input's rate, unless leading zeros are skipped.
  public var latencyInputFrames: Int { Int(speex_resampler_get_input_latency(resampler)) }

  /// How late the sound leaves, in frames at the output's rate, unless leading zeros are skipped.
  public var latencyOutputFrames: Int { Int(speex_resampler_get_output_latency(resampler)) }

  /// Drops the zeros that the empty filter would give first, so that the output begins with the first sound: call it
  /// before the first `process`, or after `reset`. The first outputs are shorter by `latencyOutputFrames` in all.
  public mutating func skipLeadingZeros() {
    _ = speex_resampler_skip_zeros(resampler)
  }

  /// Takes input a little faster or slower from now on, without a seam: for two clocks that run apart.
  ///
  /// Each output frame takes 1 + `steps` / `driftStepsPerFrame` frames of input; 0 is taken as 1, for without any drift the
  /// library would go over to another filter. Only where both rates are equal. Makes the filter anew, about 25 µs; allocates
  /// at the first call alone.
  public mutating func setDrift(steps: Int) {
    precondition(inputRate == outputRate && abs(steps) < Self.driftStepsPerFrame / 100, "no drift, but other rates")
    let status = speex_resampler_set_rate_frac(
      resampler, UInt32(Self.driftStepsPerFrame + (steps == 0 ? 1 : steps)), UInt32(Self.driftStepsPerFrame),
      UInt32(inputRate), UInt32(outputRate))
    precondition(status == 0, "speexdsp refused a drift: \(status)")
  }

  /// Forgets the stream: the next frame is the first of a new one. Allocates nothing; costs about as much as resampling
  /// one filter length.
  public mutating func reset() {
    // speexdsp 1.2.1 clears as if the channels' histories stood without gaps, so all but the first keep their old
    // sound: silence is pushed through the filter first. A nil input is silence to the library.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 64 * channels) { scratch in
      var silentFrames = 2 * latencyInputFrames + 2
      while silentFrames > 0 {
        var inputFrames = UInt32(clamping: silentFrames)
        var outputFrames: UInt32 = 64
        _ = speex_resampler_process_interleaved_float(
          resampler, nil, &inputFrames, scratch.baseAddress, &outputFrames)
        silentFrames -= Int(inputFrames)
      }
    }
    _ = speex_resampler_reset_mem(resampler)
  }

  /// Takes frames from `input` and writes what they give to `output`; both interleaved, whole frames.
  ///
  /// It stops when either is used up: with an `output` that is long enough all input is consumed.
  public mutating func process(
    _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) -> ResamplerProgress {
    precondition(input.count % channels == 0 && output.count % channels == 0, "whole frames only")
    guard !input.isEmpty, !output.isEmpty else { return ResamplerProgress(consumedFrames: 0, producedFrames: 0) }
    var inputFrames = UInt32(clamping: input.count / channels)
    var outputFrames = UInt32(clamping: output.count / channels)
    let status = input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        speex_resampler_process_interleaved_float(
          resampler, input.baseAddress, &inputFrames, output.baseAddress, &outputFrames)
      }
    }
    // It can only fail for want of memory, and allocates at creation alone.
    precondition(status == 0, "speexdsp refused to resample: \(status)")
    return ResamplerProgress(consumedFrames: Int(inputFrames), producedFrames: Int(outputFrames))
  }
}

// It has one owner, and speexdsp keeps nothing per thread: it may move to another thread between calls.
extension LiveResampler: @unchecked Sendable {}
