import MediaBase
import RTC

/// One medium of a session description (RFC 8866, 5.14): where its packets are to go, and what their payload types mean.
///
///     c=IN IP4 192.0.2.1                      address, for all media or for one
///     m=audio 5004 RTP/AVP 0 111              kind, port, profile, payload types
///     a=rtpmap:111 opus/48000/2               what a payload type means
///     a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
///     a=crypto:1 AES_CM_128_HMAC_SHA1_80 …    the packets are encrypted
///
/// Only what a replay needs is read; every line may be wrong, and is passed over then. A plain value, made from at most
/// `mostBytes`, with at most `mostMedia` media of `mostFormats` payload types.
public struct MediaDescription: Sendable, Hashable {
  /// `audio`, `video` …
  public var kind: String
  /// Where whoever wrote it wants packets; `nil` where no address can be read.
  public var address: TransportAddress?
  /// What their payload types mean.
  public var formats: [Int: PayloadFormat] = [:]
  /// The number of the RFC 6464 level among header extensions, 1 to 14.
  public var audioLevelExtension: Int?
  /// Whether the packets are encrypted: RTP/SAVP and its kin, or `a=crypto`.
  public var isEncrypted: Bool

  /// The longest description that is read.
  public static let mostBytes = SessionLine.mostBytes
  /// The most media, and payload types of each, that are read.
  public static let mostMedia = 32, mostFormats = 64

  /// The media of a session description; none where it is none.
  public static func read(_ bytes: Span<UInt8>) -> [MediaDescription] {
    var media: [MediaDescription] = []
    var address: TransportAddress?
    for line in SessionLine.read(bytes, most: mostBytes) {
      let value = line.value[...]
      switch line.type {
      case UInt8(ascii: "m"):
        guard media.count < mostMedia else { return media }
        guard let medium = MediaDescription(medium: value, at: address) else { continue }
        media.append(medium)
      case UInt8(ascii: "c"):
        let found = connection(value)
        if media.isEmpty { address = found } else { media[media.count - 1].moveTo(found) }
      case UInt8(ascii: "a") where !media.isEmpty: media[media.count - 1].take(attribute: value)
      default: break
      }
    }
    return media
  }

  /// `audio 5004 RTP/AVP 0 8`, `audio 5004/2 UDP/TLS/RTP/SAVPF 111`.
  private init?(medium text: Substring, at address: TransportAddress?) {
    let words = text.split(separator: " ", maxSplits: Self.mostFormats + 3)
    guard words.count >= 4, let port = words[1].split(separator: "/").first.flatMap({ UInt16($0) }), port != 0
    else { return nil }
    kind = String(words[0].prefix(32))
    self.address = address?.withPort(port)
    self.port = port
    isEncrypted = words[2].contains("SAVP")
    for word in words[3...] {
      guard let type = Int(word), (0...127).contains(type) else { continue }
      formats[type] = PayloadFormat.assigned(to: type)
    }
  }

  private var port: UInt16

  /// A medium's own `c=` line.
  private mutating func moveTo(_ address: TransportAddress?) {
    self.address = address?.withPort(port)
  }

  /// `IN IP4 192.0.2.1`, `IN IP4 233.252.0.1/127`, `IN IP6 2001:db8::1`.
  private static func connection(_ text: Substring) -> TransportAddress? {
    let words = text.split(separator: " ")
    guard words.count == 3, let address = words[2].split(separator: "/").first else { return nil }
    return TransportAddress(address, port: 0)
  }

  private mutating func take(attribute text: Substring) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return }
    switch parts[0] {
    case "rtpmap":
      let words = parts[1].split(separator: " ", maxSplits: 1)
      guard words.count == 2, let type = Int(words[0]), (0...127).contains(type),
        let format = PayloadFormat(words[1].prefix { $0 != " " })
      else { return }
      if formats[type] != nil || formats.count < Self.mostFormats { formats[type] = format }
    case "extmap":
      let words = parts[1].split(separator: " ")
      // A direction may follow the number: `1/sendonly` (RFC 8285, 5).
      guard words.count >= 2, words[1] == SessionDescription.audioLevelURI,
        let id = words[0].split(separator: "/").first.flatMap({ Int($0) }), (1...14).contains(id)
      else { return }
      audioLevelExtension = id
    case "crypto": isEncrypted = true
    default: break
    }
  }
}
