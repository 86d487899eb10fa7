/// What a receiver of Opus wants, as `a=fmtp` carries it (RFC 7587, 6.1 and 7.1). Each side says it of what it is sent, but
/// for `sendsStereo`.
///
/// A plain value; what cannot be read is as if it were not there.
public struct OpusParameters: Sendable, Hashable {
  /// `stereo`: prefers two channels.
  public var wantsStereo = false
  /// `sprop-stereo`: will likely send two channels.
  public var sendsStereo = false
  /// `useinbandfec`: makes use of FEC.
  public var usesFEC = false
  /// `usedtx`: wants pauses where nobody talks.
  public var wantsDTX = false
  /// `cbr`: wants packets of one size.
  public var wantsConstantRate = false
  /// `maxaveragebitrate`: 6,000 to 510,000 bits a second.
  public var mostBitsPerSecond: Int?
  /// `maxplaybackrate`: 8,000 to 48,000 samples a second; what is above cannot be heard there.
  public var mostPlaybackRate: Int?
  /// `minptime`: 3 to 120 milliseconds.
  public var leastPacketMilliseconds: Int?

  /// Everything as it is without `a=fmtp`.
  public init() {}

  /// Reads `minptime=10;useinbandfec=1`.
  public init(_ text: some StringProtocol) {
    for part in text.split(separator: ";").prefix(64) {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.split(separator: " ").joined() }
      guard pair.count == 2, let number = Int(pair[1]) else { continue }
      take(pair[0].lowercased(), number)
    }
  }

  private mutating func take(_ name: String, _ number: Int) {
    switch name {
    case "stereo": wantsStereo = number == 1
    case "sprop-stereo": sendsStereo = number == 1
    case "useinbandfec": usesFEC = number == 1
    case "usedtx": wantsDTX = number == 1
    case "cbr": wantsConstantRate = number == 1
    case "maxaveragebitrate": mostBitsPerSecond = min(510_000, max(6_000, number))
    case "maxplaybackrate": mostPlaybackRate = min(48_000, max(8_000, number))
    case "minptime": leastPacketMilliseconds = min(120, max(3, number))
    default: break
    }
  }

  /// As `a=fmtp` has it; empty where everything is as without.
  public var text: String {
    var parts: [String] = []
    if let leastPacketMilliseconds { parts.append("minptime=\(leastPacketMilliseconds)") }
    if usesFEC { parts.append("useinbandfec=1") }
    if wantsStereo { parts.append("stereo=1") }
    if sendsStereo { parts.append("sprop-stereo=1") }
    if wantsDTX { parts.append("usedtx=1") }
    if wantsConstantRate { parts.append("cbr=1") }
    if let mostBitsPerSecond { parts.append("maxaveragebitrate=\(mostBitsPerSecond)") }
    if let mostPlaybackRate { parts.append("maxplaybackrate=\(mostPlaybackRate)") }
    return parts.joined(separator: ";")
  }
}
