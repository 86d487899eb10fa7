/// What the offer of a browser (RFC 9429) wants of us, checked: one section with sound, how it is reached and keyed, and
/// the codec that both can.
///
/// Everything else in the offer is refused by the answer. A plain value.
public struct PeerOffer: Sendable, Hashable {
  /// As it came.
  public let description: SessionDescription
  /// Which of its sections has the sound.
  public let audioIndex: Int
  /// Their ICE credentials.
  public let credentials: ICECredentials
  /// The hash of their certificate, by the strongest function that we know.
  public let fingerprint: CertificateFingerprint
  /// Our side of the DTLS association.
  public let role: DTLSRole
  /// Who sends, seen from them.
  public let direction: MediaDirection
  /// The best codec that both have, and its payload type with them.
  public let codec: VoiceCodec, payloadType: Int
  /// What they want of Opus; all as usual for other codecs.
  public let opus: OpusParameters
  /// The payload type of telephone events at the codec's clock rate; `nil` where there are none.
  public let telephoneEventPayloadType: Int?
  /// The number of the RFC 6464 level, 1 to 14.
  public let audioLevelExtension: Int?
  /// The number of RFC 9143's `mid`, 1 to 14.
  public let midExtension: Int?
  /// `a=ptime` and `a=maxptime` in milliseconds, 1 to 120.
  public let packetMilliseconds: Int?, mostPacketMilliseconds: Int?

  /// The section with the sound.
  public var audio: SessionDescription.Media { description.media[audioIndex] }

  /// Reads an offer.
  public init(_ bytes: Span<UInt8>) throws(PeerOfferError) {
    let description: SessionDescription
    do {
      description = try SessionDescription(bytes)
    } catch {
      throw .unreadable(error)
    }
    try self.init(description)
  }

  /// Checks an offer.
  public init(_ description: SessionDescription) throws(PeerOfferError) {
    self.description = description
    let candidates = description.media.indices.filter { Self.isOffered(description.media[$0]) }
    guard let first = candidates.first else { throw .noAudio }
    guard candidates.contains(where: { Self.isKeyedByDTLS(description.media[$0]) }) else { throw .noSRTP }
    let usable = candidates.first { index in
      Self.isKeyedByDTLS(description.media[index]) && PeerCodec.best(of: description.media[index]) != nil
    }
    audioIndex = usable ?? first
    let audio = description.media[audioIndex]
    guard let codec = PeerCodec.best(of: audio) else { throw .noCodec }
    (self.codec, payloadType) = (codec.codec, codec.payloadType)
    opus = codec.parameters(in: audio)
    telephoneEventPayloadType = codec.telephoneEvents(in: audio)

    let transport = PeerTransport(description, audio)
    guard transport.value("rtcp-mux") != nil else { throw .noMultiplexing }
    guard let credentials = transport.credentials else { throw .noCredentials }
    guard let fingerprint = transport.fingerprint else { throw .noFingerprint }
    guard let role = transport.role else { throw .noRole }
    (self.credentials, self.fingerprint, self.role) = (credentials, fingerprint, role)

    direction = Self.direction(of: audio) ?? Self.direction(of: description) ?? .sendrecv
    guard direction != .inactive else { throw .inactive }
    audioLevelExtension = Self.extensionNumber(SessionDescription.audioLevelURI, in: audio)
    let isBundled = audio.value("mid").map(description.bundle.contains) ?? false
    midExtension = isBundled ? Self.extensionNumber(SessionDescription.midURI, in: audio) : nil
    packetMilliseconds = Self.milliseconds(audio.value("ptime"))
    mostPacketMilliseconds = Self.milliseconds(audio.value("maxptime"))
  }

  /// Port 0 refuses a section, but for one that is there only in a bundle (RFC 9143, 6).
  private static func isOffered(_ media: SessionDescription.Media) -> Bool {
    media.kind == "audio" && (media.port != 0 || media.has("bundle-only"))
  }

  /// RFC 5764, 8 and RFC 7850, 2. The others of the family have no feedback, which we can do without.
  private static func isKeyedByDTLS(_ media: SessionDescription.Media) -> Bool {
    ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP"].contains(media.profile)
  }

  private static func direction(of media: SessionDescription.Media) -> MediaDirection? {
    media.attributes.lazy.compactMap { MediaDirection(rawValue: $0.name) }.first
  }

  private static func direction(of description: SessionDescription) -> MediaDirection? {
    description.attributes.lazy.compactMap { MediaDirection(rawValue: $0.name) }.first
  }

  /// RFC 8285, 5: `1 uri`, `1/sendrecv uri attributes`. Numbers above 14 need headers of two bytes, which we do not write.
  private static func extensionNumber(_ uri: String, in media: SessionDescription.Media) -> Int? {
    for value in media.values("extmap") {
      let words = value.split(separator: " ")
      guard words.count >= 2, words[1] == uri, let id = words[0].split(separator: "/").first.flatMap({ Int($0) }),
        (1...14).contains(id)
      else { continue }
      return id
    }
    return nil
  }

  private static func milliseconds(_ text: String?) -> Int? {
    text.flatMap { Int($0) }.flatMap { (1...120).contains($0) ? $0 : nil }
  }
}
