import COpenSSL

/// Why a DTLS association could not be made or did not last. The scope of each is the one association, but for
/// `unavailable`, which is this machine's.
public enum DTLSError: Error, Hashable, Sendable {
  /// OpenSSL could not make a key, a certificate or a session: its own number, 0 where it gave none.
  case unavailable(code: UInt)
  /// The certificate that came is not the one that the signalling promised (RFC 8122, 5).
  case wrongFingerprint
  /// The other side speaks DTLS, but none of our SRTP protection profiles (RFC 5764, 4.1.2).
  case noSRTPProfile
  /// No association within 30 seconds.
  case timedOut
  /// More datagrams than any handshake needs.
  case tooManyDatagrams
  /// The other side gave up: the number of its alert (RFC 5246, 7.2).
  case alert(UInt8)
  /// What came is no handshake that OpenSSL accepts: its own number.
  case refused(code: UInt)
}

extension DTLSError: CustomStringConvertible {
  /// One line without secrets.
  public var description: String {
    switch self {
    case .unavailable(let code): "OpenSSL could not make a DTLS session: \(Self.reason(code))"
    case .wrongFingerprint: "the certificate is not the one of the session description's fingerprint"
    case .noSRTPProfile: "the other side offers no SRTP protection profile that is spoken here"
    case .timedOut: "no DTLS association within \(DTLSSession.mostSeconds) seconds"
    case .tooManyDatagrams: "more than \(DTLSSession.mostDatagrams) datagrams in one DTLS handshake"
    case .alert(let number): "the other side ended the DTLS association with alert \(number)"
    case .refused(let code): "the DTLS handshake failed: \(Self.reason(code))"
    }
  }

  private static func reason(_ code: UInt) -> String {
    guard let text = ERR_reason_error_string(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  /// The last of what OpenSSL noted on this thread.
  static var lastOfOpenSSL: UInt { ERR_peek_last_error() }

  /// What OpenSSL noted, as a failure of a session. It notes an alert that came as 1000 and its number.
  static func ofSession() -> DTLSError {
    let code = lastOfOpenSSL
    let alert = Int(ERR_GET_REASON(code)) - 1000
    return (0...255).contains(alert) ? .alert(UInt8(alert)) : .refused(code: code)
  }
}
