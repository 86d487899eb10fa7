import COpenSSL

/// Who we are in DTLS: one self-signed certificate with its key, for all associations of a bridge, made when it starts.
///
/// Immutable, and may be used by any thread. Making one takes some milliseconds at most. The key is never told.
public final class DTLSCertificate: Sendable {
  /// What the session description says of it (RFC 8122): SHA-256.
  public let fingerprint: CertificateFingerprint
  private let context: DTLSContext

  /// A fresh key and certificate; `unavailable` where OpenSSL cannot make them.
  public init() throws(DTLSError) {
    ERR_clear_error()
    let made = try SelfSignedCertificate()
    guard let fingerprint = CertificateFingerprint(.sha256, of: made.certificate) else {
      throw .unavailable(code: DTLSError.lastOfOpenSSL)
    }
    context = try DTLSContext(made)
    self.fingerprint = fingerprint
  }

  /// A session of OpenSSL's under this certificate, to be freed by the caller.
  func makeSession() throws(DTLSError) -> OpaquePointer {
    guard let session = SSL_new(context.pointer) else { throw .unavailable(code: DTLSError.lastOfOpenSSL) }
    return session
  }
}

/// OpenSSL's settings that all sessions share: owns them and frees them. Never changed once made, and OpenSSL counts the
/// references to it under a lock of its own, so that any thread may make sessions of it.
private final class DTLSContext: @unchecked Sendable {
  /// AEAD with ephemeral keys only: what Chromium, Firefox and Safari all speak (RFC 7525, 4.2). RSA is for the
  /// certificates of others.
  private static let cipherSuites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
  ].joined(separator: ":")
  /// GCM first: a third of the time of the other for each packet.
  private static let profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
  /// The path's MTU is ours to say; renegotiation (RFC 5746) and resumption are of no use to a call.
  private static let options =
    COPENSSL_NO_QUERY_MTU | COPENSSL_NO_TICKET | COPENSSL_NO_RENEGOTIATION | COPENSSL_NO_COMPRESSION
    | COPENSSL_CIPHER_SERVER_PREFERENCE

  let pointer: OpaquePointer

  init(_ certificate: SelfSignedCertificate) throws(DTLSError) {
    guard let pointer = SSL_CTX_new(DTLS_method()) else { throw .unavailable(code: DTLSError.lastOfOpenSSL) }
    self.pointer = pointer
    guard SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(DTLS1_2_VERSION), nil) == 1,
      SSL_CTX_set_cipher_list(pointer, Self.cipherSuites) == 1,
      // Of all of OpenSSL's calls this one gives 0 for success.
      SSL_CTX_set_tlsext_use_srtp(pointer, Self.profiles) == 0,
      SSL_CTX_use_certificate(pointer, certificate.certificate) == 1,
      SSL_CTX_use_PrivateKey(pointer, certificate.key) == 1
    else { throw .unavailable(code: DTLSError.lastOfOpenSSL) }
    _ = SSL_CTX_set_options(pointer, Self.options)
    _ = SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    // A memory BIO gives a whole datagram, and what of it is not read at once is lost.
    _ = SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
    SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    SSL_CTX_set_cert_verify_callback(pointer, { store, _ in DTLSPeer.verify(store) }, nil)
  }

  deinit {
    SSL_CTX_free(pointer)
  }
}
