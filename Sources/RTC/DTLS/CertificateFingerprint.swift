/// The hash of a certificate as SDP carries it (RFC 8122, 5), which ties a DTLS association to the signalling: no
/// certificate authority vouches for either side.
public struct CertificateFingerprint: Sendable, Hashable {
  /// Hash functions that we accept. RFC 8122 forbids MD5 and MD2, and SHA-1 is not one that an attacker cannot collide.
  public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    /// Bytes of a hash.
    public var byteCount: Int {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }
  }

  /// Which hash.
  public let algorithm: Algorithm
  /// The hash of the certificate's DER form.
  public let bytes: [UInt8]

  /// `nil` where the hash has not the algorithm's length.
  public init?(algorithm: Algorithm, bytes: [UInt8]) {
    guard bytes.count == algorithm.byteCount else { return nil }
    self.algorithm = algorithm
    self.bytes = bytes
  }
}
