/// How far one call of a resampler came. Counts are frames: one sample of every channel.
public struct ResamplerProgress: Hashable, Sendable {
  /// Frames taken from the front of the input; the caller offers the rest again.
  public var consumedFrames: Int
  /// Frames written to the front of the output.
  public var producedFrames: Int

  /// A call that took `consumedFrames` and gave `producedFrames`.
  public init(consumedFrames: Int, producedFrames: Int) {
    self.consumedFrames = consumedFrames
    self.producedFrames = producedFrames
  }
}
