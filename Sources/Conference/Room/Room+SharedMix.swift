import MediaBase
import Mixing

/// What a replay takes from a room: the mix as samples.
extension Room {
  /// Shows the last tick's shared mix: interleaved, full scale ±1, a frame long; zeros before the first tick.
  public func withSharedMix<Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    try body(sharedMix.span)
  }

  /// Samples per channel by which a mix is behind its voices: what its limiter looks ahead.
  public var latencySamples: Int { mixer.latencySamples }
}
