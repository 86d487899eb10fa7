import MediaBase

/// The working memory that all limiters of one mixer share: what a frame needs while it is being limited, and no longer.
///
/// Sized by the longest frame. Its methods are the limiter's steps over whole arrays.
public struct LimiterScratch: ~Copyable {
  /// Samples that one channel has in `planar`.
  let channelStride: Int
  /// Each channel with the end of the frame before it in front.
  let planar: SampleBuffer
  /// The true peak from each sample to the next.
  let peaks: SampleBuffer
  /// The depth (1 − gain) required at each sample, and then the deepest of so many.
  let required: SampleBuffer
  /// The envelope over `required`.
  let depth: SampleBuffer
  let gains: SampleBuffer
  /// Whatever one step needs a place for.
  let work: SampleBuffer

  /// Working memory for limiters of this layout and these settings.
  public init(layout: ChannelLayout, settings: LimiterSettings = .init()) {
    let frames = FrameDuration.longest.samples
    channelStride = frames + MixKernels.interpolatorTaps - 1
    planar = SampleBuffer(count: channelStride * layout.count)
    peaks = SampleBuffer(count: frames)
    required = SampleBuffer(count: frames + settings.memorySamples)
    depth = SampleBuffer(count: frames + settings.glideSamples)
    gains = SampleBuffer(count: frames)
    work = SampleBuffer(count: max(frames * layout.count, frames + settings.memorySamples))
  }

  /// Puts `input` behind what `delayed` holds, and takes as many samples from the front as `input` has.
  func delay(
    _ input: borrowing Span<Float>, behind delayed: borrowing SampleBuffer, into output: inout MutableSpan<Float>
  ) {
    let held = delayed.count
    let count = input.count
    if count >= held {
      output.copy(delayed.span, at: 0)
      output.copy(input.extracting(0..<count - held), at: held)
      delayed.copy(input.extracting(count - held..<count))
    } else {
      output.copy(delayed.span(0..<count), at: 0)
      delayed.move(from: count, to: 0, count: held - count)
      delayed.copy(input, at: held - count)
    }
  }

  /// Lays the last `overlap` frames of `previous` before `input`, one channel after the other.
  func joinChannels(
    _ previous: borrowing Span<Float>, _ input: borrowing Span<Float>, overlap: Int, kernels: MixKernels
  ) {
    guard planar.count > channelStride else {
      planar.copy(previous.extracting(previous.count - overlap..<previous.count))
      planar.copy(input, at: overlap)
      return
    }
    split(previous.extracting(previous.count - overlap * 2..<previous.count), at: 0, kernels: kernels)
    split(input, at: overlap, kernels: kernels)
  }

  private func split(_ stereo: borrowing Span<Float>, at offset: Int, kernels: MixKernels) {
    let frames = stereo.count / 2
    var left = planar.mutableSpan(offset..<offset + frames)
    var right = planar.mutableSpan(channelStride + offset..<channelStride + offset + frames)
    kernels.deinterleave(stereo, left: &left, right: &right)
  }

  /// Writes the depth that brings each sample's peaks, towards the next sample and from the one before, to the threshold.
  func fillRequired(_ frames: Int, threshold: Float, previousPeak: Float, after memory: Int) {
    let peaks = self.peaks.span
    var required = self.required.mutableSpan
    var previous = previousPeak
    for index in 0..<frames {
      let highest = max(previous, peaks[index])
      previous = peaks[index]
      required[memory + index] = highest > threshold ? 1 - threshold / highest : 0
    }
  }

  /// Makes each of `required` the greatest of itself and the `width − 1` that follow it, for all that have so many.
  ///
  /// By doubling: after each pass every value is the greatest of twice as many.
  func slideMaximum(count: Int, width: Int, kernels: MixKernels) {
    var covered = 1
    var length = count
    while covered < width {
      let shift = min(covered, width - covered)
      length -= shift
      var greater = work.mutableSpan(0..<length)
      kernels.maximum(required.span(0..<length), required.span(shift..<shift + length), into: &greater)
      required.copy(work.span(0..<length))
      covered += shift
    }
  }

  /// The lowest gain of a frame.
  func lowestGain(_ frames: Int) -> Float {
    let gains = self.gains.span
    var lowest: Float = 1
    for index in 0..<frames where gains[index] < lowest { lowest = gains[index] }
    return lowest
  }
}
