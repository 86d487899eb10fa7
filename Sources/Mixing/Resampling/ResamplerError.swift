/// Why a resampler could not be made or could not go on.
///
/// Both resamplers throw it, at creation for what they are asked to do and afterwards only when memory runs out.
public enum ResamplerError: Error, Hashable, Sendable {
  /// Samples a second that are no finite number above zero, or two rates too far apart for the library.
  case unsupportedRate(Double)
  /// Fewer than one channel, or more than the library takes.
  case unsupportedChannelCount(Int)
  /// A quality outside 0…10.
  case unsupportedQuality(Int)
  /// No memory for the filter or its history.
  case outOfMemory
}
