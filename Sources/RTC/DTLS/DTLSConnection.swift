import COpenSSL

/// OpenSSL's session of one DTLS association between two memory BIOs: owns it, frees it, and turns its return codes into
/// values. What to do with them is the caller's, `DTLSSession`.
final class DTLSConnection {
  /// What came of a step.
  enum Outcome {
    /// All that came is taken, and more is wanted.
    case waiting
    /// The handshake is complete.
    case done
    /// The other side has said goodbye.
    case closed
    case failed(DTLSError)
  }

  /// The most bytes of a datagram that is sent: WebRTC's usual bound, which every path carries.
  static let mtu = 1_200
  private static let exporterLabel = "EXTRACTOR-dtls_srtp"

  private let session: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private let peer: DTLSPeer

  init(_ certificate: DTLSCertificate, role: DTLSRole, peer: DTLSPeer) throws(DTLSError) {
    ERR_clear_error()
    let session = try certificate.makeSession()
    guard let incoming = BIO_new(BIO_s_mem()) else {
      SSL_free(session)
      throw .unavailable(code: DTLSError.lastOfOpenSSL)
    }
    guard let outgoing = BIO_new(BIO_s_mem()) else {
      BIO_free(incoming)
      SSL_free(session)
      throw .unavailable(code: DTLSError.lastOfOpenSSL)
    }
    // From here on the session owns them.
    SSL_set_bio(session, incoming, outgoing)
    _ = SSL_ctrl(session, DTLS_CTRL_SET_LINK_MTU, Self.mtu, nil)
    role == .server ? SSL_set_accept_state(session) : SSL_set_connect_state(session)
    peer.attach(to: session)
    (self.session, self.incoming, self.outgoing, self.peer) = (session, incoming, outgoing, peer)
  }

  deinit {
    SSL_free(session)
  }

  /// Lays a datagram ready for the next step. What the one before left behind, if anything, is gone.
  func feed(_ datagram: Span<UInt8>) {
    _ = BIO_ctrl(incoming, BIO_CTRL_RESET, 0, nil)
    _ = unsafe datagram.withUnsafeBytes { unsafe BIO_write(incoming, $0.baseAddress, Int32(clamping: $0.count)) }
  }

  /// Goes on with the handshake.
  func handshake() -> Outcome {
    ERR_clear_error()
    let status = SSL_do_handshake(session)
    return status == 1 ? .done : outcome(of: status)
  }

  /// Reads what came after the handshake, and throws application data away: repeated flights are answered here.
  func read() -> Outcome {
    var bytes = InlineArray<2048, UInt8>(repeating: 0)
    for _ in 0..<Self.mostReads {
      ERR_clear_error()
      var span = bytes.mutableSpan
      let status = unsafe span.withUnsafeMutableBytes {
        unsafe SSL_read(session, $0.baseAddress, Int32($0.count))
      }
      if status <= 0 { return outcome(of: status) }
    }
    return .waiting
  }

  /// More than the records that a datagram can hold.
  private static let mostReads = 128

  private func outcome(of status: Int32) -> Outcome {
    switch SSL_get_error(session, status) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .waiting
    case SSL_ERROR_ZERO_RETURN: .closed
    default: .failed(peer.isStranger ? .wrongFingerprint : DTLSError.ofSession())
    }
  }

  /// Sends the last flight again, if OpenSSL's own clock agrees that it is time: whether it did.
  func retransmit() throws(DTLSError) -> Bool {
    ERR_clear_error()
    let status = SSL_ctrl(session, DTLS_CTRL_HANDLE_TIMEOUT, 0, nil)
    guard status >= 0 else { throw DTLSError.ofSession() }
    return status > 0
  }

  /// Says goodbye (close_notify), where there is an association to end.
  func shutDown() {
    ERR_clear_error()
    _ = SSL_shutdown(session)
  }

  /// All that wants to be sent, as records behind each other.
  func takeRecords() -> [UInt8] {
    let count = BIO_ctrl_pending(outgoing)
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let read = unsafe bytes.withUnsafeMutableBytes {
      unsafe BIO_read(outgoing, $0.baseAddress, Int32(clamping: $0.count))
    }
    return Array(bytes.prefix(Int(max(0, read))))
  }

  /// The keys of the SRTP profile that both sides chose (RFC 5764, 4.2); `nil` where they chose none.
  func exportKeys(for role: DTLSRole) -> SRTPKeys? {
    guard let profile = SSL_get_selected_srtp_profile(session), let suite = unsafe Self.suite(profile.pointee.id) else {
      return nil
    }
    let saltBytes = suite.keyAndSaltBytes - Self.keyBytes
    var material = [UInt8](repeating: 0, count: 2 * suite.keyAndSaltBytes)
    let status = unsafe material.withUnsafeMutableBufferPointer {
      unsafe SSL_export_keying_material(
        session, $0.baseAddress, $0.count, Self.exporterLabel, Self.exporterLabel.utf8.count, nil, 0, 0)
    }
    guard status == 1 else { return nil }
    //  | client's key | server's key | client's salt | server's salt |
    let salts = 2 * Self.keyBytes
    let client = Array(material[..<Self.keyBytes] + material[salts..<salts + saltBytes])
    let server = Array(material[Self.keyBytes..<salts] + material[(salts + saltBytes)...])
    return role == .client
      ? SRTPKeys(suite: suite, send: client, receive: server) : SRTPKeys(suite: suite, send: server, receive: client)
  }

  private static let keyBytes = 16

  private static func suite(_ profile: UInt) -> SRTPKeys.Suite? {
    switch Int32(truncatingIfNeeded: profile) {
    case SRTP_AEAD_AES_128_GCM: .aeadAES128GCM
    case SRTP_AES128_CM_SHA1_80: .aesCM128HMACSHA180
    default: nil
    }
  }
}
