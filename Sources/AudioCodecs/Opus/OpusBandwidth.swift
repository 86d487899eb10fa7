/// How much of the spectrum a packet carries (RFC 6716, 2).
public enum OpusBandwidth: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// Up to 4 kHz: the telephone's.
  case narrowband = 4_000
  /// Up to 6 kHz.
  case mediumband = 6_000
  /// Up to 8 kHz.
  case wideband = 8_000
  /// Up to 12 kHz.
  case superWideband = 12_000
  /// Up to 20 kHz: all that is heard.
  case fullband = 20_000

  /// The highest frequency carried, in hertz.
  public var hertz: Int { rawValue }

  /// Orders by how much is carried.
  public static func < (left: OpusBandwidth, right: OpusBandwidth) -> Bool {
    left.rawValue < right.rawValue
  }
}
