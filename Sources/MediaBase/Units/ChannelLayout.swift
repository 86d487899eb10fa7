/// One channel or two. Two are always interleaved, left first.
public enum ChannelLayout: Int, Sendable, Hashable, CaseIterable, Codable {
  case mono = 1
  case stereo = 2

  /// Channels in one sample frame.
  public var count: Int { rawValue }
}
