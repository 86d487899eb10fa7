/// What a payload type means in a session: an encoding as `a=rtpmap` names it (RFC 8866, 6.6), such as `opus/48000/2`.
///
/// A plain value.
public struct PayloadFormat: Sendable, Hashable, CustomStringConvertible {
  /// As it is registered; compared without regard to case.
  public var name: String
  /// Ticks of the RTP clock a second: 1 to 1,000,000.
  public var clockRate: Int
  /// Channels: 1 to 255.
  public var channels: Int

  /// A format of that name.
  package init(_ name: String, _ clockRate: Int, _ channels: Int = 1) {
    (self.name, self.clockRate, self.channels) = (name, clockRate, channels)
  }

  /// Reads `name/clock` or `name/clock/channels`; `nil` where it is neither.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), (1...64).contains(parts[0].utf8.count),
      parts[0].utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let clock = Int(parts[1]),
      (1...1_000_000).contains(clock), let channels = parts.count == 3 ? Int(parts[2]) : 1,
      (1...255).contains(channels)
    else { return nil }
    self.init(String(parts[0]), clock, channels)
  }

  /// As `a=rtpmap` has it.
  public var description: String {
    channels == 1 ? "\(name)/\(clockRate)" : "\(name)/\(clockRate)/\(channels)"
  }

  /// What a payload type means without any signalling (RFC 3551, 6); `nil` where it means nothing.
  package static func assigned(to payloadType: Int) -> PayloadFormat? { table[payloadType] }

  private static let table: [Int: PayloadFormat] = [
    0: PayloadFormat("PCMU", 8_000), 3: PayloadFormat("GSM", 8_000), 4: PayloadFormat("G723", 8_000),
    5: PayloadFormat("DVI4", 8_000), 6: PayloadFormat("DVI4", 16_000), 7: PayloadFormat("LPC", 8_000),
    8: PayloadFormat("PCMA", 8_000), 9: PayloadFormat("G722", 8_000), 10: PayloadFormat("L16", 44_100, 2),
    11: PayloadFormat("L16", 44_100), 12: PayloadFormat("QCELP", 8_000), 13: PayloadFormat("CN", 8_000),
    14: PayloadFormat("MPA", 90_000), 15: PayloadFormat("G728", 8_000), 16: PayloadFormat("DVI4", 11_025),
    17: PayloadFormat("DVI4", 22_050), 18: PayloadFormat("G729", 8_000), 25: PayloadFormat("CelB", 90_000),
    26: PayloadFormat("JPEG", 90_000), 28: PayloadFormat("nv", 90_000), 31: PayloadFormat("H261", 90_000),
    32: PayloadFormat("MPV", 90_000), 33: PayloadFormat("MP2T", 90_000), 34: PayloadFormat("H263", 90_000),
  ]
}
