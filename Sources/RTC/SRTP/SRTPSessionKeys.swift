import MediaBase

/// The keys that one direction's packets are protected with, made from its master key (RFC 3711, 4.3): one set for RTP, and
/// another for RTCP. Whoever makes them erases them.
///
///     label · 2⁴⁸ ⊕ master salt ─ AES-CM under the master key ─▶ cipher key | authentication key | salt
///
/// The key derivation rate is 0: keys last as long as the master key does. GCM's salts of 96 bits are filled up with zeros
/// behind them (RFC 7714, 11).
package struct SRTPSessionKeys {
  /// What they are for: the label of the first of them.
  package enum Use: UInt8, Sendable {
    case rtp = 0
    case rtcp = 3
  }

  /// For AES-128.
  package var cipher = InlineArray<16, UInt8>(repeating: 0)
  /// For HMAC-SHA1; zeros and without use in GCM.
  package var authentication = InlineArray<20, UInt8>(repeating: 0)
  /// 14 bytes; in GCM the first 12.
  package var salt = InlineArray<14, UInt8>(repeating: 0)

  /// All zeros: for published session keys, that have no master key.
  package init() {}

  /// Of a master key with its salt behind it, as long as the suite says.
  package init(_ suite: SRTPKeys.Suite, master: Span<UInt8>, for use: Use) throws(SRTPError) {
    precondition(master.count == suite.keyAndSaltBytes, "a master key has the length of its suite")
    let derivation = try Derivation(master)
    var span = cipher.mutableSpan
    try derivation.fill(&span, label: use.rawValue)
    span = authentication.mutableSpan
    if suite == .aesCM128HMACSHA180 { try derivation.fill(&span, label: use.rawValue + 1) }
    span = salt.mutableSpan
    var part = span._mutatingExtracting(0..<suite.saltBytes)
    try derivation.fill(&part, label: use.rawValue + 2)
  }

  /// Overwrites all of them.
  package mutating func erase() {
    cipher.eraseBytes()
    authentication.eraseBytes()
    salt.eraseBytes()
  }
}

/// AES in counter mode as a pseudo-random function (RFC 3711, 4.3.3).
private struct Derivation: ~Copyable {
  private let cipher: AESCipher
  private var salt = InlineArray<16, UInt8>(repeating: 0)

  init(_ master: Span<UInt8>) throws(SRTPError) {
    for index in AESCipher.keyBytes..<master.count { salt[index - AESCipher.keyBytes] = master[index] }
    cipher = try AESCipher(.counter, key: master.extracting(0..<AESCipher.keyBytes))
  }

  func fill(_ output: inout MutableSpan<UInt8>, label: UInt8) throws(SRTPError) {
    var block = salt
    // The label stands before the 48 bits of the index, which is 0, at the end of 14 bytes.
    block[7] ^= label
    for index in output.indices { output[index] = 0 }
    try cipher.apply(to: &output, from: block)
    block.eraseBytes()
  }
}

extension SRTPKeys.Suite {
  /// Bytes of a salt.
  var saltBytes: Int { keyAndSaltBytes - AESCipher.keyBytes }

  /// Bytes of the authentication tag.
  var tagBytes: Int { self == .aesCM128HMACSHA180 ? 10 : AESCipher.tagBytes }
}
