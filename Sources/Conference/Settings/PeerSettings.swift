import RTC

/// What the signalling agreed on with a WebRTC peer, instead of an address and keys: both are found on the media port, by
/// ICE and by DTLS.
public struct PeerSettings: Sendable, Hashable {
  /// The peer's ICE credentials.
  public var credentials: ICECredentials
  /// The hash of the certificate that the peer has to show.
  public var fingerprint: CertificateFingerprint
  /// Our side of the DTLS association.
  public var role: DTLSRole

  /// A peer with that offer.
  public init(credentials: ICECredentials, fingerprint: CertificateFingerprint, role: DTLSRole) {
    self.credentials = credentials
    self.fingerprint = fingerprint
    self.role = role
  }
}

/// What a WebRTC peer is to be told of our side.
public struct PeerAnswer: Sendable, Hashable {
  /// Our ICE credentials for this peer.
  public var credentials: ICECredentials
  /// Where we can be reached, the best first.
  public var candidates: [ICECandidate]
  /// The hash of our certificate.
  public var fingerprint: CertificateFingerprint

  /// Our side as it is.
  public init(credentials: ICECredentials, candidates: [ICECandidate], fingerprint: CertificateFingerprint) {
    self.credentials = credentials
    self.candidates = candidates
    self.fingerprint = fingerprint
  }
}

/// Why a WebRTC peer is given up.
public enum PeerLoss: String, Sendable, Hashable, CaseIterable {
  /// No check of theirs came in time after they joined, or no handshake came to its end.
  case neverConnected
  /// Their checks stayed away (RFC 7675).
  case consentExpired
  /// Their certificate is not the one of the signalling.
  case wrongFingerprint
  /// DTLS failed for another reason.
  case handshakeFailed
  /// They closed the DTLS association.
  case closed
}
