/// How much sound one call of the encoder takes and one packet carries, from 2.5 to 120 ms.
///
/// Up to 60 ms is one Opus frame (or what the encoder makes of several); 80, 100 and 120 ms are packets of several frames.
public enum OpusFrameDuration: Int, Sendable, Hashable, CaseIterable {
  case ms2point5 = 120
  case ms5 = 240
  case ms10 = 480
  case ms20 = 960
  case ms40 = 1_920
  case ms60 = 2_880
  case ms80 = 3_840
  case ms100 = 4_800
  case ms120 = 5_760

  /// Samples per channel at 48 kHz.
  public var samples: Int { rawValue }
}
