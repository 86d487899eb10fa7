import MediaBase

/// How much sound a packet holds: what signalling calls ptime (RFC 8866, 6.4).
///
/// Whole packets of every length fit into 120 ms, so that streams can be brought to a common edge. Opus has all but 15 and
/// 30 ms; G.711 has all. The raw value is samples at 48 kHz, per channel.
public enum PacketDuration: Int, Sendable, Hashable, CaseIterable {
  case ms2point5 = 120
  case ms5 = 240
  case ms10 = 480
  case ms15 = 720
  case ms20 = 960
  case ms30 = 1440
  case ms40 = 1920
  case ms60 = 2880

  /// What a whole number of packets of each length takes, in samples: 120 ms.
  static let commonSamples = 5760

  /// Samples per channel at 48 kHz: 120 to 2,880.
  public var samples: Int { rawValue }

  /// Length in milliseconds: 2.5 to 60.
  public var milliseconds: Double { Double(rawValue) / 48 }

  /// Whether a codec has packets of this length: Opus those of RFC 6716, 2.1.4.
  public func isPossible(with codec: LegFormat.Codec) -> Bool {
    codec != .opus || FrameDuration(rawValue: rawValue) != nil
  }

  /// Those that a codec has, the shortest first.
  public static func all(with codec: LegFormat.Codec) -> [PacketDuration] {
    allCases.filter { $0.isPossible(with: codec) }
  }
}
