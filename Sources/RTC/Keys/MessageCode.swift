import COpenSSL

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of a whole message: what signs the bridge's own tokens.
///
/// No state; safe from any thread. Allocates: for the control side, not for packets.
package enum MessageCode {
  /// The code's bytes.
  package static let length = 32

  /// The code of a message under a key of any length.
  package static func sha256(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: length)
    var written: UInt32 = 0
    let done = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &written)
    precondition(done != nil && written == UInt32(length), "OpenSSL has no HMAC-SHA-256")
    return code
  }
}
