/// The sums of one conference bridge, without its sockets and codecs: what it does to 16-bit voices to give each talker the
/// others.
///
/// ```
/// voices:  talker 0 ▏960 samples▕ talker 1 ▏960 samples▕ …      (one 20 ms frame, one talker after the other)
/// mixes:   for talker 0 ▏960 samples▕ for talker 1 ▏960 samples▕ …
/// ```
/// The peers' arithmetic is written from what their sources do, not with their code. One owner, one thread; whatever a
/// bridge remembers from frame to frame lives in the type.
public protocol MixArithmetic: ~Copyable {
  /// The bridge's name, as the tables print it.
  static var title: String { get }

  /// What the mixes lag behind the voices, in samples.
  var latencySamples: Int { get }

  /// A room in which `talkers` speak and listen; at least 2.
  init(talkers: Int)

  /// Mixes one frame.
  ///
  /// - Parameters:
  ///   - voices: `MixFrame.samples` of every talker.
  ///   - listeners: mixes are made for this many talkers, the first ones.
  ///   - mixes: `MixFrame.samples` for each of those listeners, all of them written.
  mutating func mix(_ voices: Span<Int16>, listeners: Int, into mixes: inout MutableSpan<Int16>)
}

/// The frame that all bridges under test mix by.
public enum MixFrame {
  /// 20 ms at 48 kHz: the ptime that all of them have by default.
  public static let samples = 960
}

extension Int16 {
  /// The nearest value that 16 bits hold.
  init(saturating value: Int32) {
    self = Int16(truncatingIfNeeded: Swift.min(32_767, Swift.max(-32_768, value)))
  }
}
