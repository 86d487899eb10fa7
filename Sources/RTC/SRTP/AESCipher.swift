import COpenSSL
import MediaBase

/// AES-128 under one key, made ready for many packets: in counter mode (RFC 3711, 4.1.1) or as GCM (RFC 7714).
///
/// Owns OpenSSL's context, and frees it, which erases the key. A packet gives it a new initialisation vector and no more:
/// neither that nor anything else here allocates.
struct AESCipher: ~Copyable {
  /// What it is made for.
  enum Mode {
    /// To encrypt and decrypt, which are the same.
    case counter
    /// GCM, one direction each.
    case seal, open
  }

  /// Bytes of a key, and of a block.
  static let keyBytes = 16
  /// Bytes of GCM's tag.
  static let tagBytes = 16

  private let context: OpaquePointer

  /// `unavailable` where OpenSSL has no memory or no AES.
  init(_ mode: Mode, key: Span<UInt8>) throws(SRTPError) {
    precondition(key.count == Self.keyBytes, "AES-128 has keys of 16 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { throw .unavailable(status: 0) }
    let cipher = mode == .counter ? EVP_aes_128_ctr() : EVP_aes_128_gcm()
    let status = unsafe key.withUnsafeBufferPointer {
      unsafe EVP_CipherInit_ex(context, cipher, nil, $0.baseAddress, nil, mode == .open ? 0 : 1)
    }
    guard status == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw .unavailable(status: Int(truncatingIfNeeded: ERR_peek_last_error()))
    }
    self.context = context
  }

  deinit {
    EVP_CIPHER_CTX_free(context)
  }

  /// Goes on with another key, in the same mode.
  func use(_ key: InlineArray<16, UInt8>) throws(SRTPError) {
    let status = unsafe key.span.withUnsafeBufferPointer {
      unsafe EVP_CipherInit_ex(context, nil, nil, $0.baseAddress, nil, -1)
    }
    guard status == 1 else { throw Self.refusal }
  }

  /// Counter mode: encrypts or decrypts bytes in place, from the block whose counter `first` is.
  func apply(to bytes: inout MutableSpan<UInt8>, from first: InlineArray<16, UInt8>) throws(SRTPError) {
    let isDone = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe begin(first.span) && crypt(bytes)
    }
    guard isDone else { throw Self.refusal }
  }

  /// GCM: encrypts what lies behind the first `clear` of `count` bytes, and puts a tag behind them. The tag covers all of
  /// them, and `more`.
  func seal(
    _ packet: inout MutableSpan<UInt8>, clear: Int, count: Int, nonce: InlineArray<12, UInt8>, more: Span<UInt8>
  ) throws(SRTPError) {
    let isDone = unsafe packet.withUnsafeMutableBytes { bytes in
      unsafe begin(nonce.span) && authenticate(bytes, clear, more) && crypt(part(bytes, clear, count))
        && finish() && exchangeTag(EVP_CTRL_AEAD_GET_TAG, part(bytes, count, count + Self.tagBytes))
    }
    guard isDone else { throw Self.refusal }
  }

  /// GCM: decrypts what lies between the first `clear` bytes and the tag at `count`; `notAuthentic` where the tag is wrong.
  func open(
    _ packet: inout MutableSpan<UInt8>, clear: Int, count: Int, nonce: InlineArray<12, UInt8>, more: Span<UInt8>
  ) throws(SRTPError) {
    var isReady = false
    let isAuthentic = unsafe packet.withUnsafeMutableBytes { bytes in
      isReady =
        unsafe begin(nonce.span) && exchangeTag(EVP_CTRL_AEAD_SET_TAG, part(bytes, count, count + Self.tagBytes))
        && authenticate(bytes, clear, more) && crypt(part(bytes, clear, count))
      return isReady && finish()
    }
    guard isReady else { throw Self.refusal }
    guard isAuthentic else { throw .notAuthentic }
  }
}

extension AESCipher {
  private static var refusal: SRTPError { .refused(status: Int(truncatingIfNeeded: ERR_peek_last_error())) }

  /// The key stays as it is, and so does the direction.
  private func begin(_ vector: Span<UInt8>) -> Bool {
    unsafe vector.withUnsafeBufferPointer { unsafe EVP_CipherInit_ex(context, nil, nil, nil, $0.baseAddress, -1) == 1 }
  }

  private func authenticate(_ bytes: UnsafeMutableRawBufferPointer, _ clear: Int, _ more: Span<UInt8>) -> Bool {
    unsafe more.withUnsafeBytes { more in
      unsafe update(nil, UnsafeRawBufferPointer(part(bytes, 0, clear))) && (more.isEmpty || update(nil, more))
    }
  }

  private func crypt(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
    unsafe bytes.isEmpty || update(bytes.baseAddress, UnsafeRawBufferPointer(bytes))
  }

  private func update(_ output: UnsafeMutableRawPointer?, _ input: UnsafeRawBufferPointer) -> Bool {
    var written: Int32 = 0
    return unsafe EVP_CipherUpdate(
      context, output?.assumingMemoryBound(to: UInt8.self), &written,
      input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(clamping: input.count)) == 1
  }

  private func finish() -> Bool {
    // GCM has nothing left to write.
    var nothing = InlineArray<16, UInt8>(repeating: 0)
    var written: Int32 = 0
    var span = nothing.mutableSpan
    return unsafe span.withUnsafeMutableBufferPointer {
      unsafe EVP_CipherFinal_ex(context, $0.baseAddress, &written) == 1
    }
  }

  private func exchangeTag(_ request: Int32, _ tag: UnsafeMutableRawBufferPointer) -> Bool {
    unsafe EVP_CIPHER_CTX_ctrl(context, request, Int32(Self.tagBytes), tag.baseAddress) == 1
  }

  private func part(_ bytes: UnsafeMutableRawBufferPointer, _ from: Int, _ to: Int) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[from..<to])
  }
}
