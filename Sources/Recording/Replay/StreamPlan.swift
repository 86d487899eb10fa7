import RTC
import Conference
import MediaBase

/// Which streams of a capture are mixed, as which legs, and why the others are not.
///
/// A leg is what one source sends to one destination in one codec: a stream, or several one after another, where a phone
/// has changed its SSRC. A plain value, made once all streams are known.
public struct StreamPlan: Sendable {
  /// Why a stream is left out.
  public enum Reason: Sendable, Hashable {
    /// `--to` or `--from` does not name it.
    case notWanted
    /// It is what the bridge sent to one of its people.
    case fromBridge
    /// Nobody says what its payload type means.
    case unknownType(Int, looksLike: Guess)
    /// The bridge does not decode that.
    case unsupported(PayloadFormat)
    /// It is encrypted, by its description or by its looks.
    case encrypted(isDescribed: Bool)
    /// Each of its packets was captured without its end.
    case cutShort
    /// There are too many already.
    case tooMany
  }

  /// What packets of an unknown type look like.
  public enum Guess: Sendable, Hashable {
    case opus, pcm, encrypted, nothing
  }

  /// What becomes of a stream.
  public enum Verdict: Sendable, Hashable {
    /// Packets of these types go to these legs.
    case mixed([Part])
    /// None of them is mixed.
    case leftOut(Reason)
  }

  /// The packets of one type.
  public struct Part: Sendable, Hashable {
    /// 0 to 127.
    public var type: Int
    /// Index into `legs`.
    public var leg: Int
  }

  /// A member of the replay's room.
  public struct Leg: Sendable {
    /// From where and to where.
    public var source: TransportAddress, destination: TransportAddress
    /// In what.
    public var codec: LegFormat.Codec
    /// The type of its packets.
    public var payloadType: Int
    /// Telephone events among them.
    public var telephoneEventType: Int?
    /// The level's number among its header extensions.
    public var audioLevelExtension: Int?
    var last: PacketTime
  }

  /// The streams that were found, in the order of their first packets.
  public let streams: [CapturedStream]
  /// What becomes of each.
  public private(set) var verdicts: [Verdict] = []
  /// What most packets of each stream are; `nil` where nobody says.
  public let formats: [PayloadFormat?]
  /// Who is mixed.
  public private(set) var legs: [Leg] = []
  /// The place whose own packets are left out, and how many people were there; `nil` where there is none.
  public private(set) var bridge: (place: String, people: Int)?

  /// The most that one room takes.
  public static let mostLegs = 500
  /// A phone that changes its SSRC may send a little of both at one time.
  private static let longestOverlap: Int64 = 500_000_000

  init(_ streams: [CapturedStream], book: FormatBook, options: ReplayOptions) {
    self.streams = streams
    let pages = streams.map { book.page(of: $0) }
    formats = zip(streams, pages).map { stream, page in stream.mainType.flatMap { page.format(of: $0) } }
    verdicts = zip(streams, pages).map { stream, page in
      Self.reason(toLeaveOut: stream, page, options).map { .leftOut($0) } ?? .mixed([])
    }
    if options.to.isEmpty && options.from.isEmpty { preferBridgeSide() }
    for index in streams.indices where verdicts[index] == .mixed([]) {
      assignLegs(to: index, pages[index], options)
    }
  }

  // MARK: What is left out

  private static func reason(
    toLeaveOut stream: CapturedStream, _ page: FormatBook.Page, _ options: ReplayOptions
  ) -> Reason? {
    let isWanted =
      (options.to.isEmpty || options.to.contains { $0.matches(stream.key.destination) })
      && (options.from.isEmpty || options.from.contains { $0.matches(stream.key.source) })
    guard isWanted else { return .notWanted }
    let voices = stream.types.compactMap { count -> LegFormat.Codec? in
      if case .voice(let codec) = page.format(of: count.type)?.use { return codec }
      return nil
    }
    let looks = stream.evidence
    guard !voices.isEmpty else { return reason(toLeaveOut: stream, page) }
    if stream.cutShort == stream.packets { return .cutShort }
    let isPlain = voices.contains(.opus) ? looks.isOpus : looks.isG711
    if page.isEncrypted && !isPlain { return .encrypted(isDescribed: true) }
    let isScrambled = voices.contains(.opus) ? looks.looksRandom : looks.isNotG711 && looks.looksRandom
    // A stream of both codecs is looked at as Opus alone.
    return isScrambled && Set(voices).count == 1 ? .encrypted(isDescribed: false) : nil
  }

  /// Of a stream in which nothing can be mixed.
  private static func reason(toLeaveOut stream: CapturedStream, _ page: FormatBook.Page) -> Reason {
    let type = stream.mainType ?? 0
    if let format = page.format(of: type) { return .unsupported(format) }
    if page.isEncrypted { return .encrypted(isDescribed: true) }
    let looks = stream.evidence
    let guess: Guess = looks.isOpus ? .opus : looks.isG711 ? .pcm : looks.looksRandom ? .encrypted : .nothing
    return .unknownType(type, looksLike: guess)
  }

  /// Leaves out what a bridge in the capture sent.
  private mutating func preferBridgeSide() {
    let mixable = streams.indices.filter { verdicts[$0] == .mixed([]) }
    guard let (place, people) = BridgeSide.find(in: mixable.map { streams[$0] }) else { return }
    for index in mixable where place.matches(streams[index].key.source) {
      verdicts[index] = .leftOut(.fromBridge)
    }
    bridge = (place.text, people)
  }

  // MARK: Legs

  private mutating func assignLegs(to index: Int, _ page: FormatBook.Page, _ options: ReplayOptions) {
    let stream = streams[index]
    let events = stream.types.first { page.format(of: $0.type)?.use == .telephoneEvent }?.type
    var parts: [Part] = []
    for count in stream.types {
      guard case .voice(let codec) = page.format(of: count.type)?.use else { continue }
      let leg = Leg(
        source: stream.key.source, destination: stream.key.destination, codec: codec, payloadType: count.type,
        telephoneEventType: events,
        audioLevelExtension: options.audioLevelExtension ?? page.audioLevelExtension, last: stream.last)
      guard let place = takeLeg(leg, from: stream.first) else { continue }
      parts.append(Part(type: count.type, leg: place))
      // Keys make no sound: one leg's counts are enough to hold them.
      if let events, parts.count == 1 { parts.append(Part(type: events, leg: place)) }
    }
    verdicts[index] = parts.isEmpty ? .leftOut(.tooMany) : .mixed(parts)
  }

  /// The leg whose stream has ended when this one begins, or a new one.
  private mutating func takeLeg(_ leg: Leg, from first: PacketTime) -> Int? {
    let place = legs.firstIndex { other in
      other.source == leg.source && other.destination == leg.destination && other.codec == leg.codec
        && other.payloadType == leg.payloadType
        && other.last.nanoseconds(since: first) <= Self.longestOverlap
    }
    if let place {
      legs[place].last = max(legs[place].last, leg.last)
      legs[place].telephoneEventType = legs[place].telephoneEventType ?? leg.telephoneEventType
      return place
    }
    guard legs.count < Self.mostLegs else { return nil }
    legs.append(leg)
    return legs.count - 1
  }
}
