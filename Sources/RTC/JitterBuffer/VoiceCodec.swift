/// What a leg's speech is coded in, as far as a jitter buffer has to know it: how bytes and timestamps become time.
public enum VoiceCodec: Sendable, Hashable, CaseIterable {
  /// RFC 7587: its clock runs at 48 kHz, whatever the bandwidth.
  case opus
  /// G.711 µ-law (RFC 3551, 4.5.14): 8 kHz, one byte a sample.
  case pcmu
  /// G.711 A-law.
  case pcma

  /// Ticks a second of the RTP clock.
  public var clockRate: Int { self == .opus ? 48_000 : 8_000 }

  /// Samples at 48 kHz in one tick of the RTP clock.
  var samplesPerTick: Int { self == .opus ? 1 : 6 }
}
