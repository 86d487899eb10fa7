import RTC
import MediaBase

/// Says what the payload types of a stream mean, from all that is known: what the user says, session descriptions, and the
/// numbers that mean the same everywhere.
///
/// In this order: the user's own payload types; the descriptions that name the stream's destination, for whoever receives
/// says what the numbers mean, or else its source, for both sides mostly use the same; the fixed numbers of RFC 3551; and
/// what all descriptions agree on, for a network may have changed addresses on the way. A plain value.
struct FormatBook {
  /// From the command line.
  let formats: [Int: PayloadFormat]
  /// From a file, for all time.
  let given: [MediaDescription]
  /// From the capture.
  let captured: [StreamFinder.Described]

  /// What is known of one stream.
  struct Page {
    fileprivate let formats: [Int: PayloadFormat]
    fileprivate let matching: [MediaDescription]
    fileprivate let agreed: [Int: PayloadFormat]

    /// What a payload type means; `nil` where nobody says.
    func format(of type: Int) -> PayloadFormat? {
      if let format = formats[type] { return format }
      for media in matching { if let format = media.formats[type] { return format } }
      return PayloadFormat.assigned(to: type) ?? agreed[type]
    }

    /// Whether every description of the stream says that it is encrypted.
    var isEncrypted: Bool { !matching.isEmpty && matching.allSatisfy(\.isEncrypted) }

    /// The number of the level among the header extensions.
    var audioLevelExtension: Int? { matching.lazy.compactMap(\.audioLevelExtension).first }
  }

  private let agreed: [Int: PayloadFormat]

  init(formats: [Int: PayloadFormat], given: [MediaDescription], captured: [StreamFinder.Described]) {
    self.formats = formats
    self.given = given
    self.captured = captured
    agreed = Self.agreement(given + captured.map(\.media))
  }

  /// What is known of a stream.
  func page(of stream: CapturedStream) -> Page {
    let (source, destination) = (stream.key.source, stream.key.destination)
    let byAddress = describing(destination, until: stream.last) + describing(source, until: stream.last)
    return Page(formats: formats, matching: byAddress, agreed: agreed)
  }

  /// The descriptions of an address: the user's, and of the captured ones the newest that the stream can have followed.
  private func describing(_ address: TransportAddress, until time: PacketTime) -> [MediaDescription] {
    let mine = captured.filter { $0.media.address == address }
    let newest = mine.last { $0.time <= time } ?? mine.first
    return given.filter { $0.address == address } + (newest.map { [$0.media] } ?? [])
  }

  /// Payload types that mean the same wherever they are described.
  private static func agreement(_ media: [MediaDescription]) -> [Int: PayloadFormat] {
    var agreed: [Int: PayloadFormat] = [:]
    var disputed: Set<Int> = []
    for description in media {
      for (type, format) in description.formats {
        if let other = agreed[type], !other.isSame(as: format) { disputed.insert(type) }
        agreed[type] = agreed[type] ?? format
      }
    }
    return agreed.filter { !disputed.contains($0.key) }
  }
}
