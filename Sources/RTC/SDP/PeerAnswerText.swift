import MediaBase

/// Our side of an offer, written as the answer (RFC 3264, 6; RFC 9429, 5.3): one section with sound, and all others
/// refused in their order.
///
/// A plain value; `text` costs a few kilobytes.
public struct PeerAnswerText: Sendable {
  /// What is answered.
  public var offer: PeerOffer
  /// Our ICE credentials for this peer.
  public var credentials: ICECredentials
  /// Where we can be reached, the best first.
  public var candidates: [ICECandidate]
  /// The hash of our certificate.
  public var fingerprint: CertificateFingerprint
  /// What we want of the Opus that we are sent.
  public var opus: OpusParameters
  /// The source of our packets.
  public var ssrc: SSRC
  /// Ties our packets' source to a person across sources (RFC 3550, 6.5.1).
  public var cname: String
  /// Tells this session from all others (RFC 8866, 5.2).
  public var session: UInt64

  /// An answer with the ordinary wishes.
  public init(
    _ offer: PeerOffer, credentials: ICECredentials, candidates: [ICECandidate], fingerprint: CertificateFingerprint,
    ssrc: SSRC, cname: String, session: UInt64
  ) {
    (self.offer, self.credentials, self.candidates) = (offer, credentials, candidates)
    (self.fingerprint, self.ssrc, self.cname, self.session) = (fingerprint, ssrc, cname, session)
    opus = OpusParameters()
    opus.leastPacketMilliseconds = 10
    opus.usesFEC = true
  }

  /// The description, each line with CR LF.
  public var text: String {
    let media = offer.description.media.indices.flatMap { index in
      index == offer.audioIndex ? audioLines : Self.refusal(of: offer.description.media[index])
    }
    return (sessionLines + media).map { $0 + "\r\n" }.joined()
  }

  private var isBundled: Bool { offer.audio.value("mid").map(offer.description.bundle.contains) ?? false }

  private var sessionLines: [String] {
    // RFC 9429, 5.2.1: a number of 63 bits.
    var lines = ["v=0", "o=- \(session >> 1) 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite"]
    if isBundled, let mid = offer.audio.value("mid") { lines.append("a=group:BUNDLE \(mid)") }
    return lines
  }

  /// Port 0 (RFC 3264, 6), and no place in the bundle (RFC 9143, 7.3.3).
  private static func refusal(of media: SessionDescription.Media) -> [String] {
    let line = "m=\(media.kind) 0 \(media.profile) \(media.formats.joined(separator: " "))"
    return [line, "c=IN IP4 0.0.0.0"] + (media.value("mid").map { ["a=mid:\($0)"] } ?? []) + ["a=inactive"]
  }

  private var audioLines: [String] {
    let types = [offer.payloadType] + (offer.telephoneEventPayloadType.map { [$0] } ?? [])
    let place = candidates.first { $0.transport == .udp }?.address ?? TransportAddress(ipv4: 0, port: 9)
    let typeText = types.map(String.init).joined(separator: " ")
    var lines = [
      "m=audio \(place.port) \(offer.audio.profile) \(typeText)",
      "c=IN \(place.ipv4 == nil ? "IP6" : "IP4") \(place.addressText)",
    ]
    if let mid = offer.audio.value("mid") { lines.append("a=mid:\(mid)") }
    lines += ["a=\(offer.direction.reversed.rawValue)"] + transportLines + formatLines + sourceLines
    return lines
  }

  private var transportLines: [String] {
    var lines = [
      "a=ice-ufrag:\(credentials.usernameFragment)", "a=ice-pwd:\(credentials.password)", "a=ice-options:ice2",
      "a=fingerprint:\(fingerprint.sdp)", "a=setup:\(offer.role == .server ? "passive" : "active")",
      "a=rtcp-mux",
    ]
    if offer.audio.has("rtcp-rsize") { lines.append("a=rtcp-rsize") }
    return lines + candidates.map { "a=candidate:\($0.sdp)" } + ["a=end-of-candidates"]
  }

  private var formatLines: [String] {
    let type = offer.payloadType
    var lines: [String] = []
    if let id = offer.audioLevelExtension { lines.append("a=extmap:\(id) \(SessionDescription.audioLevelURI)") }
    if let id = offer.midExtension { lines.append("a=extmap:\(id) \(SessionDescription.midURI)") }
    switch offer.codec {
    case .opus: lines += ["a=rtpmap:\(type) opus/48000/2", "a=fmtp:\(type) \(opus.text)"]
    case .pcmu: lines.append("a=rtpmap:\(type) PCMU/8000")
    case .pcma: lines.append("a=rtpmap:\(type) PCMA/8000")
    }
    if let events = offer.telephoneEventPayloadType {
      lines += ["a=rtpmap:\(events) telephone-event/\(offer.codec.clockRate)", "a=fmtp:\(events) 0-15"]
    }
    return lines
  }

  /// What makes a browser hand out a stream (RFC 8830) and know its packets (RFC 5576).
  private var sourceLines: [String] {
    guard offer.direction.receives else { return [] }
    return ["a=msid:partyline mix", "a=ssrc:\(ssrc.rawValue) cname:\(cname)"]
  }
}

extension ICECandidate {
  /// As `a=candidate` has it (RFC 8839, 5.1; RFC 6544, 4.5). The foundation is the same for equal transports and kinds of
  /// address (RFC 8445, 5.1.1.3).
  public var sdp: String {
    let foundation = (transport == .udp ? 1 : 2) + (address.ipv4 == nil ? 2 : 0)
    let (word, end) = transport == .udp ? ("udp", "") : ("tcp", " tcptype passive")
    return "\(foundation) 1 \(word) \(priority) \(address.addressText) \(address.port) typ host\(end)"
  }
}
