import MediaBase

/// The working memory that all limiters of one mixer share: what a frame needs while it is being limited, and no longer,
/// and the table of the interpolator.
///
/// Sized by the longest frame. Its methods are the limiter's steps over whole arrays.
public struct LimiterScratch: ~Copyable {
  let interpolator = TruePeakInterpolator()
  /// Samples that one channel has in `planar`.
  let channelStride: Int
  /// Each channel with the end of the frame before it in front.
  let planar: SampleBuffer
  /// The true peak from each sample to the next, the last one of the frame before in front.
  let peaks: SampleBuffer
  /// The depth (1 − gain) required at each sample, and then the deepest of so many.
  let required: SampleBuffer
  /// The envelope over `required`, and on the way to the gains what its sums are made of.
  let depth: SampleBuffer
  let sums: SampleBuffer
  let gains: SampleBuffer
  /// Whatever one step needs a place for.
  let work: SampleBuffer

  /// Working memory for limiters of this layout and these settings.
  public init(layout: ChannelLayout, settings: LimiterSettings = .init()) {
    let frames = FrameDuration.longest.samples
    channelStride = frames + MixKernels.interpolatorTaps - 1
    planar = SampleBuffer(count: channelStride * layout.count)
    peaks = SampleBuffer(count: frames + 1)
    required = SampleBuffer(count: frames + settings.memorySamples)
    depth = SampleBuffer(count: frames + settings.glideSamples)
    sums = SampleBuffer(count: frames + settings.glideSamples)
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

  /// Makes each of `required` the greatest of itself and the `width − 1` that follow it, for all that have so many.
  ///
  /// By doubling: after each pass every value is the greatest of twice as many.
  func slideMaximum(count: Int, width: Int, kernels: MixKernels) {
    var covered = 1
    var length = count
    var isInWork = false
    while covered < width {
      let shift = min(covered, width - covered)
      length -= shift
      if isInWork {
        Self.maximum(work, length, shift, into: required, kernels)
      } else {
        Self.maximum(required, length, shift, into: work, kernels)
      }
      isInWork.toggle()
      covered += shift
    }
    if isInWork { required.copy(work.span(0..<length)) }
  }

  private static func maximum(
    _ values: borrowing SampleBuffer, _ length: Int, _ shift: Int, into out: borrowing SampleBuffer,
    _ kernels: MixKernels
  ) {
    var greater = out.mutableSpan(0..<length)
    kernels.maximum(values.span(0..<length), values.span(shift..<shift + length), into: &greater)
  }

  /// Smooths `depth`, `width − 1` values of the past and then `frames`, and makes gains of it: writes `gains`, and returns
  /// the lowest one.
  ///
  /// The window is a triangle without its zero ends: of those tried, the one whose steepest slope is gentlest. It is two
  /// boxes, one after the other, and the sum over a box is made by doubling: a tenth of the work of so many products.
  func smoothToGains(_ frames: Int, width: Int, kernels: MixKernels) -> Float {
    let first = (width + 1) / 2
    let second = width + 1 - first
    let between = frames + second - 1
    slideSum(of: depth, frames + width - 1, box: first, into: sums, kernels)
    slideSum(of: sums, between, box: second, into: gains, kernels)
    let deepest = kernels.peak(gains.span(0..<frames))
    let scale = 1 / Float(first * second)
    var gains = self.gains.mutableSpan(0..<frames)
    for index in 0..<frames { gains[unchecked: index] = 1 - gains[unchecked: index] * scale }
    return 1 - deepest * scale
  }

  /// Writes the sums of `box` values each to `out`, one for each that has so many; changes `values` and `work`.
  private func slideSum(
    of values: borrowing SampleBuffer, _ count: Int, box: Int, into out: borrowing SampleBuffer, _ kernels: MixKernels
  ) {
    // Sums of 1, 2, 4 … values in turn in `values` and `work`; those that make up the box go to `out`.
    var size = 1
    var covered = 0
    var isInWork = false
    while true {
      if box & size != 0 {
        let place = covered..<covered + count - box + 1
        Self.gather(isInWork ? work.span(place) : values.span(place), into: out, isFirst: covered == 0, kernels)
        covered += size
      }
      guard covered < box else { return }
      let length = count - 2 * size + 1
      if isInWork {
        Self.add(work, length, size, into: values, kernels)
      } else {
        Self.add(values, length, size, into: work, kernels)
      }
      isInWork.toggle()
      size *= 2
    }
  }

  private static func gather(
    _ sums: Span<Float>, into out: borrowing SampleBuffer, isFirst: Bool, _ kernels: MixKernels
  ) {
    guard !isFirst else { return out.copy(sums) }
    var total = out.mutableSpan(0..<sums.count)
    kernels.accumulate(sums, into: &total)
  }

  private static func add(
    _ values: borrowing SampleBuffer, _ length: Int, _ shift: Int, into out: borrowing SampleBuffer,
    _ kernels: MixKernels
  ) {
    var both = out.mutableSpan(0..<length)
    kernels.add(values.span(0..<length), values.span(shift..<shift + length), into: &both)
  }
}
