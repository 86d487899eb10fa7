import COpenSSL

/// What OpenSSL asks about one session while it runs: whether a certificate is the right one, and how long to wait.
///
/// Owned by its connection, which hangs it on the session as application data; touched by OpenSSL's calls alone.
final class DTLSPeer {
  /// Between two times that a flight is sent again, at the most.
  static let mostMicroseconds: UInt32 = 6_000_000

  private let expected: CertificateFingerprint
  private let firstMicroseconds: UInt32
  /// A certificate came, and was not the expected one.
  private(set) var isStranger = false

  init(expecting expected: CertificateFingerprint, retransmitAfterMilliseconds milliseconds: Int) {
    self.expected = expected
    firstMicroseconds = UInt32(clamping: milliseconds * 1_000)
  }

  /// Hangs it on a session, which must end before it does.
  func attach(to session: OpaquePointer) {
    // 0 is where OpenSSL keeps what belongs to the application.
    SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
    DTLS_set_timer_cb(session) { session, microseconds in
      guard let session, let peer = DTLSPeer.of(session) else { return DTLSPeer.mostMicroseconds }
      return peer.wait(after: microseconds)
    }
  }

  private static func of(_ session: OpaquePointer) -> DTLSPeer? {
    SSL_get_ex_data(session, 0).map { Unmanaged<DTLSPeer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// RFC 6347, 4.2.4.1: twice as long each time. 0 is the first.
  private func wait(after microseconds: UInt32) -> UInt32 {
    microseconds == 0 ? firstMicroseconds : 2 * min(microseconds, Self.mostMicroseconds / 2)
  }

  /// Called by OpenSSL in place of a check of the certificate's chain, which nobody vouches for: 1 where it has the
  /// promised fingerprint, and else 0, which sends a fatal alert (bad_certificate).
  static func verify(_ store: OpaquePointer?) -> Int32 {
    guard let store, let raw = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let peer = of(OpaquePointer(raw)), let certificate = X509_STORE_CTX_get0_cert(store)
    else { return 0 }
    if CertificateFingerprint(peer.expected.algorithm, of: certificate) == peer.expected { return 1 }
    peer.isStranger = true
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
    return 0
  }
}
