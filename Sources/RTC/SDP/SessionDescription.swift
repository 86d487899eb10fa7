/// A session description (RFC 8866) as offer and answer need it: what holds for the session, and its media sections.
///
///     v=0                                       session: attributes for every medium
///     a=group:BUNDLE 0 1
///     m=audio 9 UDP/TLS/RTP/SAVPF 111           a media section, up to the next
///     a=mid:0
///
/// Read from at most `SessionLine.mostBytes`, with at most `mostMedia` sections of `mostFormats` formats and
/// `mostAttributes` attributes each. Lines that are not known are passed over. A plain value.
public struct SessionDescription: Sendable, Hashable {
  /// A line `a=name` or `a=name:value` (RFC 8866, 5.13).
  public struct Attribute: Sendable, Hashable {
    /// Before the first colon.
    public var name: String
    /// Behind it; empty where there is none.
    public var value: String
  }

  /// What stands below one `m=` line (RFC 8866, 5.14).
  public struct Media: Sendable, Hashable {
    /// `audio`, `video`, `application` …
    public var kind: String
    /// 0 refuses the section, or leaves it to the bundle (RFC 9143, 6).
    public var port: UInt16
    /// `UDP/TLS/RTP/SAVPF` …
    public var profile: String
    /// Payload types, or what the profile has instead.
    public var formats: [String]
    /// In order.
    public var attributes: [Attribute] = []

    /// The first value of an attribute.
    public func value(_ name: String) -> String? { SessionDescription.value(name, in: attributes) }
    /// Whether an attribute is there.
    public func has(_ name: String) -> Bool { value(name) != nil }
    /// Every value of an attribute.
    public func values(_ name: String) -> [String] { attributes.filter { $0.name == name }.map(\.value) }
  }

  /// Why bytes are no session description.
  public enum ReadError: Error, Sendable, Hashable {
    /// They do not begin with `v=0`, or are more than `SessionLine.mostBytes`.
    case noDescription
    /// The `m=` line of that section, counted from 0, cannot be read.
    case badMedia(Int)
    /// There are more than so many media sections, formats of one or attributes of one.
    case tooMuch(limit: Int)
  }

  /// The most media sections, formats of each, and attributes of each.
  public static let mostMedia = 32, mostFormats = 128, mostAttributes = 512
  /// RFC 6464, 3: the header extension with the level of a packet's sound.
  public static let audioLevelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
  /// RFC 9143, 15.2: the header extension that says which section a packet belongs to.
  public static let midURI = "urn:ietf:params:rtp-hdrext:sdes:mid"

  /// What holds for every medium that does not say otherwise.
  public var attributes: [Attribute] = []
  /// In order: an answer has as many (RFC 3264, 6).
  public var media: [Media] = []

  /// Reads a description.
  public init(_ bytes: Span<UInt8>) throws(ReadError) {
    let lines = SessionLine.read(bytes)
    guard let first = lines.first, first.type == UInt8(ascii: "v"), first.value == "0" else { throw .noDescription }
    try self.init(lines: lines)
  }

  /// Reads the lines of a description, or of a part of one as trickle ICE sends it (RFC 8840, 9).
  public init(lines: [SessionLine]) throws(ReadError) {
    for line in lines {
      switch line.type {
      case UInt8(ascii: "m"): media.append(try Self.medium(line.value, number: media.count))
      case UInt8(ascii: "a"): try take(Attribute(line: line.value))
      default: break
      }
    }
  }

  private static func medium(_ text: String, number: Int) throws(ReadError) -> Media {
    guard number < mostMedia else { throw .tooMuch(limit: mostMedia) }
    let words = text.split(separator: " ")
    guard words.count >= 4, let port = words[1].split(separator: "/").first.flatMap({ UInt16($0) }) else {
      throw .badMedia(number)
    }
    guard words.count - 3 <= mostFormats else { throw .tooMuch(limit: mostFormats) }
    return Media(
      kind: String(words[0]), port: port, profile: String(words[2]), formats: words[3...].map(String.init))
  }

  private mutating func take(_ attribute: Attribute) throws(ReadError) {
    let count = media.last?.attributes.count ?? attributes.count
    guard count < Self.mostAttributes else { throw .tooMuch(limit: Self.mostAttributes) }
    if media.isEmpty {
      attributes.append(attribute)
    } else {
      media[media.count - 1].attributes.append(attribute)
    }
  }

  static func value(_ name: String, in attributes: [Attribute]) -> String? {
    attributes.first { $0.name == name }?.value
  }

  /// The first value of an attribute that holds for the session.
  public func value(_ name: String) -> String? { Self.value(name, in: attributes) }

  /// The `mid`s of the first bundle (RFC 9143, 5); none where nothing is bundled.
  public var bundle: [String] {
    for attribute in attributes where attribute.name == "group" {
      let words = attribute.value.split(separator: " ")
      if words.first == "BUNDLE" { return words.dropFirst().map(String.init) }
    }
    return []
  }
}

extension SessionDescription.Attribute {
  /// Reads what stands behind `a=`.
  init(line: String) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    value = parts.count == 2 ? String(parts[1]) : ""
  }
}
