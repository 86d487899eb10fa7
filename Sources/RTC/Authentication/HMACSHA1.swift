import COpenSSL

/// HMAC with SHA-1 (RFC 2104) under one key: what authenticates SRTP packets (RFC 3711, 4.2.1) and STUN messages
/// (RFC 8489, 14.5).
///
///     SHA-1( key ⊕ opad | SHA-1( key ⊕ ipad | message ) )
///
/// A value that holds both digests as they stand behind the padded key, so that a message costs neither of them again, and
/// no allocation. SHA-1 is called at OpenSSL's low level for that reason: each of EVP_MAC, HMAC_CTX and copied EVP_MD_CTXs
/// allocates twice a message and takes 1.6 to 2 times as long (OpenSSL 3.0, 112 bytes: 135 to 163 ns against 82 ns). That
/// SHA-1's collisions are known does not weaken HMAC, and both standards prescribe it.
public struct HMACSHA1 {
  /// Bytes of an authentication code.
  public static let byteCount = 20
  /// Bytes that SHA-1 takes at a time (RFC 3174).
  private static let blockBytes = 64

  private var inner: SHA1
  private var outer: SHA1

  /// With a key of any length; one of more than 64 bytes is hashed first (RFC 2104, 2).
  public init(key: Span<UInt8>) {
    var block = InlineArray<64, UInt8>(repeating: 0)
    if key.count > Self.blockBytes {
      var hash = SHA1()
      hash.update(key)
      let digest = hash.finalize()
      for index in digest.indices { block[index] = digest[index] }
    } else {
      for index in key.indices { block[index] = key[index] }
    }
    inner = Self.digest(of: block, paddedWith: 0x36)
    outer = Self.digest(of: block, paddedWith: 0x5c)
    block.eraseBytes()
  }

  private static func digest(of key: InlineArray<64, UInt8>, paddedWith padding: UInt8) -> SHA1 {
    var block = key
    for index in block.indices { block[index] ^= padding }
    var digest = SHA1()
    digest.update(block.span)
    block.eraseBytes()
    return digest
  }

  /// The code of a message.
  public func code(of message: Span<UInt8>) -> InlineArray<20, UInt8> {
    var hash = inner
    hash.update(message)
    return finish(hash)
  }

  /// The code of two pieces that make one message.
  func code(of first: Span<UInt8>, _ second: Span<UInt8>) -> InlineArray<20, UInt8> {
    var hash = inner
    hash.update(first)
    hash.update(second)
    return finish(hash)
  }

  /// Overwrites the key; what it makes from then on is worth nothing.
  mutating func erase() {
    inner.erase()
    outer.erase()
  }

  private func finish(_ inner: consuming SHA1) -> InlineArray<20, UInt8> {
    var hash = outer
    let digest = inner.finalize()
    hash.update(digest.span)
    return hash.finalize()
  }
}

/// The HMAC-SHA1 of a message under a key that is used once; see `HMACSHA1` for more. Allocates nothing.
public func hmacSHA1(key: Span<UInt8>, message: Span<UInt8>) -> InlineArray<20, UInt8> {
  HMACSHA1(key: key).code(of: message)
}

/// Whether two codes are the same, in a time that does not tell where they differ. Codes of two lengths never are.
public func isSameCode(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
  guard one.count == other.count else { return false }
  return unsafe one.withUnsafeBytes { one in
    unsafe other.withUnsafeBytes { other in
      unsafe one.isEmpty || CRYPTO_memcmp(one.baseAddress, other.baseAddress, one.count) == 0
    }
  }
}

/// A SHA-1 digest on its way: OpenSSL's own state, which is a plain value of 96 bytes. Its calls cannot fail.
private struct SHA1 {
  private var state = SHA_CTX()

  init() {
    unsafe SHA1_Init(&state)
  }

  mutating func update(_ bytes: Span<UInt8>) {
    _ = unsafe bytes.withUnsafeBytes { unsafe SHA1_Update(&state, $0.baseAddress, $0.count) }
  }

  mutating func erase() {
    unsafe OPENSSL_cleanse(&state, MemoryLayout<SHA_CTX>.size)
  }

  consuming func finalize() -> InlineArray<20, UInt8> {
    var digest = InlineArray<20, UInt8>(repeating: 0)
    var bytes = digest.mutableSpan
    _ = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe SHA1_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
    }
    return digest
  }
}

extension InlineArray where Element == UInt8 {
  /// Overwrites what was secret, in a way that no optimiser leaves out.
  mutating func eraseBytes() {
    var bytes = mutableSpan
    unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
  }
}
