/// Why an offer cannot be answered. Scope: whoever joins; they are told in words what is missing.
public enum PeerOfferError: Error, Sendable, Hashable, CustomStringConvertible {
  /// It is no session description.
  case unreadable(SessionDescription.ReadError)
  /// There is no section with sound that is not refused already.
  case noAudio
  /// The section with sound has another profile than DTLS-SRTP over UDP or TCP.
  case noSRTP
  /// Neither Opus, PCMU nor PCMA is offered.
  case noCodec
  /// RTP and RTCP on two ports: RFC 5761's `a=rtcp-mux` is missing.
  case noMultiplexing
  /// `a=ice-ufrag` or `a=ice-pwd` is missing, or not as RFC 8839, 5.4 wants it.
  case noCredentials
  /// No `a=fingerprint` with a hash of `CertificateFingerprint.Algorithm`.
  case noFingerprint
  /// `a=setup` is missing, or neither actpass, active nor passive.
  case noRole
  /// Nobody is to send.
  case inactive

  /// One line for people.
  public var description: String {
    switch self {
    case .unreadable(.noDescription): "the body is no session description: it must begin with v=0"
    case .unreadable(.badMedia(let number)): "media section \(number + 1) has an m= line that cannot be read"
    case .unreadable(.tooMuch(let limit)): "the description has more than \(limit) of its parts"
    case .noAudio: "no audio section is offered (m=audio)"
    case .noSRTP: "the audio section must be UDP/TLS/RTP/SAVPF: SRTP that is keyed by DTLS"
    case .noCodec: "the audio section offers neither opus/48000/2 nor PCMU nor PCMA"
    case .noMultiplexing: "the audio section must offer RTP and RTCP on one port (a=rtcp-mux)"
    case .noCredentials: "the audio section has no a=ice-ufrag and a=ice-pwd as RFC 8839 asks for"
    case .noFingerprint: "the audio section has no a=fingerprint of sha-256, sha-384 or sha-512"
    case .noRole: "the audio section must have a=setup:actpass, active or passive"
    case .inactive: "the audio section is inactive: nobody would send"
    }
  }

  /// Whether the bytes are to blame, and not what they ask for.
  public var isMalformed: Bool {
    if case .unreadable = self { return true }
    return false
  }
}
