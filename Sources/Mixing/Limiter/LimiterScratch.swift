import MediaBase

/// The working memory that all limiters of one mixer share: what a frame needs while it is being limited, and no longer.
///
/// Sized by the longest frame. Its methods are the limiter's steps over whole arrays.
public struct LimiterScratch: ~Copyable {
  /// Samples that one channel has in `planar`.
  let channelStride: Int
  /// Each channel with the end of the frame before it in front.
  let planar: SampleBuffer
  let channelPeaks: SampleBuffer
  let peaks: SampleBuffer
  /// The depth (1 − gain) required at each sample, and then the deepest within the look-ahead.
  let required: SampleBuffer
  /// The envelope over `required`.
  let depth: SampleBuffer
  let gains: SampleBuffer
  let output: SampleBuffer

  /// Working memory for limiters of this layout and these settings.
  public init(layout: ChannelLayout, settings: LimiterSettings = .init()) {
    let frames = FrameDuration.longest.samples
    channelStride = frames + MixKernels.interpolatorTaps - 1
    planar = SampleBuffer(count: channelStride * layout.count)
    channelPeaks = SampleBuffer(count: frames)
    peaks = SampleBuffer(count: frames)
    required = SampleBuffer(count: frames + settings.lookAheadSamples)
    depth = SampleBuffer(count: frames + settings.lookAheadSamples)
    gains = SampleBuffer(count: frames)
    output = SampleBuffer(count: frames * layout.count)
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
    // Two parts of one buffer cannot be written at once: the right channel passes through `output`.
    var right = output.mutableSpan(0..<frames)
    var left = planar.mutableSpan(offset..<offset + frames)
    kernels.deinterleave(stereo, left: &left, right: &right)
    planar.copy(output.span(0..<frames), at: channelStride + offset)
  }

  /// Keeps the higher of the peaks so far and this channel's.
  func keepHigherPeaks(_ frames: Int) {
    let other = channelPeaks.span
    var kept = peaks.mutableSpan
    for index in 0..<frames where other[index] > kept[index] { kept[index] = other[index] }
  }

  /// Writes the depth that brings each peak to the threshold, or 0 where it lies below.
  func fillRequired(_ frames: Int, threshold: Float, after history: Int) {
    let peaks = self.peaks.span
    var required = self.required.mutableSpan
    for index in 0..<frames {
      required[history + index] = peaks[index] > threshold ? 1 - threshold / peaks[index] : 0
    }
  }

  /// Makes each of `required` the deepest of itself and the `width − 1` that follow it, for all that have so many.
  ///
  /// By doubling: after each pass every value is the deepest of twice as many.
  func slideMaximum(count: Int, width: Int) {
    var values = required.mutableSpan
    var covered = 1
    while covered < width {
      let shift = min(covered, width - covered)
      for index in 0..<count - shift where values[index + shift] > values[index] {
        values[index] = values[index + shift]
      }
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

extension MutableSpan<Float> {
  /// Copies samples to `offset` and on. They must fit.
  mutating func copy(_ samples: Span<Float>, at offset: Int) {
    precondition(offset >= 0 && offset + samples.count <= count, "range out of bounds")
    unsafe samples.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe withUnsafeMutableBufferPointer { destination in
        unsafe (destination.baseAddress! + offset).update(from: start, count: source.count)
      }
    }
  }
}
