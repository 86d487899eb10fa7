/// The one sample rate inside the bridge, 48 kHz: Opus's own (RFC 6716, 2), and a whole multiple of the telephone's 8 kHz.
///
/// Everything between a decoder and an encoder is `Float` samples at this rate, full scale at ±1.
public enum AudioRate {
  /// Samples a second, per channel.
  public static let samplesPerSecond = 48_000
}
