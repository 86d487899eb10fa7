import COpenSSL

/// A fresh ECDSA P-256 key and the certificate that it signs for itself, as OpenSSL's own objects.
///
/// Owns both, and frees them. Its name is random: in WebRTC a certificate says nothing but its key (RFC 8827, 6.5).
final class SelfSignedCertificate {
  private static let secondsOfDay = 86_400
  /// From a day ago, for clocks that are wrong, and for a year: as long as a bridge may run without a restart.
  private static let validDays = 365

  let key: OpaquePointer
  let certificate: OpaquePointer

  init() throws(DTLSError) {
    guard let key = Self.makeKey() else { throw .unavailable(code: DTLSError.lastOfOpenSSL) }
    guard let certificate = X509_new() else {
      EVP_PKEY_free(key)
      throw .unavailable(code: DTLSError.lastOfOpenSSL)
    }
    self.key = key
    self.certificate = certificate
    guard Self.fill(certificate), X509_set_pubkey(certificate, key) == 1, X509_sign(certificate, key, EVP_sha256()) > 0
    else { throw .unavailable(code: DTLSError.lastOfOpenSSL) }
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  private static func makeKey() -> OpaquePointer? {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1
    else { return nil }
    var key: OpaquePointer?
    return unsafe EVP_PKEY_keygen(context, &key) == 1 ? key : nil
  }

  /// Version 3, a random serial number, a random name for both sides, and its days.
  private static func fill(_ certificate: OpaquePointer) -> Bool {
    var generator = SystemRandomNumberGenerator()
    let number = generator.next() >> 1
    guard X509_set_version(certificate, 2) == 1,
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number) == 1,
      X509_gmtime_adj(X509_getm_notBefore(certificate), -secondsOfDay) != nil,
      X509_gmtime_adj(X509_getm_notAfter(certificate), validDays * secondsOfDay) != nil,
      let name = X509_get_subject_name(certificate)
    else { return false }
    let text = Array(String(generator.next(), radix: 16).utf8)
    let status = unsafe text.withUnsafeBufferPointer {
      unsafe X509_NAME_add_entry_by_txt(name, "CN", COPENSSL_ASCII, $0.baseAddress, Int32($0.count), -1, 0)
    }
    return status == 1 && X509_set_issuer_name(certificate, name) == 1
  }
}

extension CertificateFingerprint {
  /// The hash of a certificate of OpenSSL's; `nil` where OpenSSL cannot make it.
  init?(_ algorithm: Algorithm, of certificate: OpaquePointer) {
    var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
    var count = UInt32(bytes.count)
    let status = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe X509_digest(certificate, algorithm.digest, $0.baseAddress, &count)
    }
    guard status == 1, Int(count) == bytes.count else { return nil }
    self.init(algorithm: algorithm, bytes: bytes)
  }
}

extension CertificateFingerprint.Algorithm {
  fileprivate var digest: OpaquePointer? {
    switch self {
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    case .sha512: EVP_sha512()
    }
  }
}
