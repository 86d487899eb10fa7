import MediaBase
import MediaFiles
import RTC

/// Finds the RTP streams in a capture, and the session descriptions that say what is in them.
///
///     UDP ─┬─ RFC 5761: RTP? ─ header ─ by addresses and SSRC ─ several in order ─▶ stream
///          ├─ RTCP, STUN, DTLS: counted
///          └─ SIP with SDP ─▶ media descriptions
///     TCP ─── SIP with SDP ─┘
///
/// Knows no file: it is handed one datagram after another with its time. Memory is bounded by `mostStreams` and
/// `mostDescriptions`, whatever comes: candidates that nothing came of give way to new ones. Costs some 100 ns a packet.
public struct StreamFinder {
  /// A description, and when it came by.
  public struct Described: Sendable {
    /// From the capture's first packet on.
    public var time: PacketTime
    /// What it says of one medium.
    public var media: MediaDescription
  }

  /// What UDP carried.
  public struct Counts: Sendable, Hashable, Codable {
    /// Packets of RTP streams, and of RTCP.
    public var rtp = 0, rtcp = 0
    /// Connectivity checks, and handshakes of DTLS.
    public var stun = 0, dtls = 0
    /// SIP messages with a session description, TCP's among them.
    public var descriptions = 0
  }

  /// What UDP carried; `rtp` is what looks like it, in order or not.
  public private(set) var counts = Counts()
  /// What was described, in the order that it came by.
  public private(set) var described: [Described] = []

  private var candidates: [CapturedStream] = []
  private var places: [StreamKey: Int] = [:]

  /// The most streams, candidates among them.
  public static let mostStreams = 4_096
  /// The most media descriptions.
  public static let mostDescriptions = 4_096

  /// Nothing found.
  public init() {}

  /// The streams, in the order of their first packets.
  public var streams: [CapturedStream] { candidates.filter(\.isCertain) }

  /// Looks at a datagram or segment.
  public mutating func take(_ datagram: CapturedDatagram, payload: Span<UInt8>, at time: PacketTime) {
    guard datagram.transport == .udp else { return takeSIP(payload, at: time) }
    switch PacketClass(of: payload) {
    case .rtp: takeRTP(datagram, payload: payload, at: time)
    case .rtcp: if (try? RTCPReader(payload)) != nil { counts.rtcp += 1 }
    case .stun: counts.stun += 1
    case .dtls: counts.dtls += 1
    // SIP begins with a capital letter, which is no class of a media port.
    case .unknown: takeSIP(payload, at: time)
    }
  }

  private mutating func takeRTP(_ datagram: CapturedDatagram, payload: Span<UInt8>, at time: PacketTime) {
    let isWhole = datagram.missingBytes == 0
    guard let header = Self.header(of: payload, isWhole: isWhole) else { return }
    counts.rtp += 1
    let key = StreamKey(source: datagram.source, destination: datagram.destination, ssrc: header.ssrc)
    let place = places[key] ?? insert(key, at: time)
    candidates[place].note(header, payload: header.payload(of: payload), isWhole: isWhole, at: time)
  }

  /// A packet's header; of one that was cut short, the fields that were kept.
  static func header(of packet: Span<UInt8>, isWhole: Bool) -> RTPHeader? {
    if let header = try? RTPHeader(parsing: packet) { return isWhole && header.payload.isEmpty ? nil : header }
    // What tells the padding, and perhaps the extension's end, was cut off.
    var reader = ByteReader(packet)
    guard !isWhole, let first = reader.readUInt8(), let second = reader.readUInt8(), first >> 6 == 2,
      let sequence = reader.readUInt16(), let timestamp = reader.readUInt32(), let ssrc = reader.readUInt32()
    else { return nil }
    return RTPHeader(
      payloadType: Int(second & 0x7f), sequenceNumber: SequenceNumber(rawValue: sequence),
      timestamp: RTPTimestamp(rawValue: timestamp), ssrc: SSRC(rawValue: ssrc))
  }

  private mutating func insert(_ key: StreamKey, at time: PacketTime) -> Int {
    if candidates.count >= Self.mostStreams { forgetCandidates() }
    if candidates.count >= Self.mostStreams {
      // All are streams: the last one's place is as good as any, for what nothing more will be taken of.
      places[candidates[candidates.count - 1].key] = nil
      candidates.removeLast()
    }
    candidates.append(CapturedStream(key, at: time))
    places[key] = candidates.count - 1
    return candidates.count - 1
  }

  /// Drops those that are no streams yet.
  private mutating func forgetCandidates() {
    candidates.removeAll { !$0.isCertain }
    places.removeAll(keepingCapacity: true)
    for (index, stream) in candidates.enumerated() { places[stream.key] = index }
  }

  private mutating func takeSIP(_ message: Span<UInt8>, at time: PacketTime) {
    guard let range = SIPMessage.sessionDescription(in: message) else { return }
    counts.descriptions += 1
    for media in MediaDescription.read(message.extracting(range)) where described.count < Self.mostDescriptions {
      described.append(Described(time: time, media: media))
    }
  }
}
