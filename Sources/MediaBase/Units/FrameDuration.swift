/// The length of one tick's audio, as Opus packets have it (RFC 6716, 2.1.4): 2.5, 5, 10, 20, 40 or 60 ms.
public enum FrameDuration: Int, Sendable, Hashable, CaseIterable {
  case ms2point5 = 120
  case ms5 = 240
  case ms10 = 480
  case ms20 = 960
  case ms40 = 1920
  case ms60 = 2880

  /// Samples per channel at 48 kHz: 120 to 2,880.
  public var samples: Int { rawValue }

  /// Length in milliseconds: 2.5 to 60.
  public var milliseconds: Double { Double(rawValue) / 48 }

  /// Length in nanoseconds, exactly.
  public var nanoseconds: Int64 { Int64(rawValue) * 1_000_000_000 / 48_000 }

  /// The longest frame: what buffers that must hold any of them are sized by.
  public static let longest = FrameDuration.ms60
}
