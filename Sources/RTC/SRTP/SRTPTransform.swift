import MediaBase

/// What makes a packet secret and authentic under session keys, for RTP and RTCP in one direction (RFC 3711, 4; RFC 7714).
///
///     AES_CM_128_HMAC_SHA1_80   | clear | encrypted | index of RTCP | tag, over all before it, and RTP's roll-over counter |
///     AEAD_AES_128_GCM          | clear | encrypted | tag, over all | index of RTCP |
///
/// Knows nothing of sources, windows or headers: the caller gives a packet's SSRC, its index and how much of it stays in the
/// clear. RTP and RTCP share OpenSSL's context, which takes 1.2 KiB, and give it their key in turn: an RTCP datagram comes
/// with hundreds of packets. One owner; a call allocates nothing.
package struct SRTPTransform: ~Copyable {
  /// Bytes of the encryption flag and the index behind an RTCP datagram.
  static let indexBytes = 4
  private static let encryptedFlag: UInt32 = 0x8000_0000

  private let cipher: AESCipher
  private var rtp: Part
  private var rtcp: Part
  /// Whose key the cipher has.
  private var current = SRTPSessionKeys.Use.rtp
  private let tagBytes: Int

  /// What one of both goes by.
  private struct Part {
    var key: InlineArray<16, UInt8>
    var salt: InlineArray<14, UInt8>
    /// `nil` in GCM, which authenticates by itself.
    var authentication: HMACSHA1?

    init(_ suite: SRTPKeys.Suite, _ keys: SRTPSessionKeys) {
      key = keys.cipher
      salt = keys.salt
      authentication = suite == .aesCM128HMACSHA180 ? HMACSHA1(key: keys.authentication.span) : nil
    }

    mutating func erase() {
      key.eraseBytes()
      salt.eraseBytes()
      authentication?.erase()
    }
  }

  /// For packets that are sent, or for those that come.
  package init(
    _ suite: SRTPKeys.Suite, rtp: SRTPSessionKeys, rtcp: SRTPSessionKeys, isSending: Bool
  ) throws(SRTPError) {
    let mode: AESCipher.Mode = suite == .aesCM128HMACSHA180 ? .counter : isSending ? .seal : .open
    cipher = try AESCipher(mode, key: rtp.cipher.span)
    self.rtp = Part(suite, rtp)
    self.rtcp = Part(suite, rtcp)
    tagBytes = suite.tagBytes
  }

  /// Overwrites what OpenSSL does not.
  mutating func erase() {
    rtp.erase()
    rtcp.erase()
  }

  private mutating func prepare(for use: SRTPSessionKeys.Use) throws(SRTPError) {
    guard current != use else { return }
    try cipher.use(use == .rtp ? rtp.key : rtcp.key)
    current = use
  }
}

extension SRTPTransform {
  /// Protects an RTP packet whose header has `header` of its `count` bytes; the room for the tag is the caller's care.
  /// `index` is the roll-over counter and the sequence number: 48 bits. Returns the new length.
  package mutating func protectRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, source: UInt32, index: UInt64
  ) throws(SRTPError) -> Int {
    try prepare(for: .rtp)
    if let authentication = rtp.authentication {
      try crypt(&packet, header..<count, source, index, rtp.salt)
      let code = authentication.code(of: packet.span.extracting(0..<count), Self.bytes(Self.rollOver(index)).span)
      Self.write(code.span.extracting(0..<tagBytes), into: &packet, at: count)
    } else {
      let nothing = InlineArray<0, UInt8>(repeating: 0)
      try cipher.seal(
        &packet, clear: header, count: count, nonce: Self.nonce(rtp.salt, source, index), more: nothing.span)
    }
    return count + tagBytes
  }

  /// Checks and decrypts an SRTP packet of `count` bytes, of which its header and tag are some.
  package mutating func unprotectRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, source: UInt32, index: UInt64
  ) throws(SRTPError) -> Int {
    try prepare(for: .rtp)
    let end = count - tagBytes
    if let authentication = rtp.authentication {
      let code = authentication.code(of: packet.span.extracting(0..<end), Self.bytes(Self.rollOver(index)).span)
      try check(code, packet.span.extracting(end..<count))
      try crypt(&packet, header..<end, source, index, rtp.salt)
    } else {
      let nothing = InlineArray<0, UInt8>(repeating: 0)
      try cipher.open(
        &packet, clear: header, count: end, nonce: Self.nonce(rtp.salt, source, index), more: nothing.span)
    }
    return end
  }

  /// Protects an RTCP datagram of `count` bytes, all of it but its first `header` encrypted. `index` has 31 bits.
  package mutating func protectRTCP(
    _ datagram: inout MutableSpan<UInt8>, header: Int, count: Int, source: UInt32, index: UInt32
  ) throws(SRTPError) -> Int {
    try prepare(for: .rtcp)
    let word = Self.bytes(index | Self.encryptedFlag)
    if let authentication = rtcp.authentication {
      try crypt(&datagram, header..<count, source, UInt64(index), rtcp.salt)
      Self.write(word.span, into: &datagram, at: count)
      let code = authentication.code(of: datagram.span.extracting(0..<count + Self.indexBytes))
      Self.write(code.span.extracting(0..<tagBytes), into: &datagram, at: count + Self.indexBytes)
    } else {
      try cipher.seal(
        &datagram, clear: header, count: count, nonce: Self.nonce(rtcp.salt, source, UInt64(index)), more: word.span)
      Self.write(word.span, into: &datagram, at: count + tagBytes)
    }
    return count + tagBytes + Self.indexBytes
  }

  /// The index of an SRTCP datagram of `count` bytes, and whether it is encrypted: what it says, before it is checked.
  func readIndex(of datagram: Span<UInt8>, count: Int) -> (index: UInt32, isEncrypted: Bool) {
    let position = rtcp.authentication == nil ? count - Self.indexBytes : count - Self.indexBytes - tagBytes
    var reader = ByteReader(datagram.extracting(position..<position + Self.indexBytes))
    let word = reader.readUInt32() ?? 0
    return (word & ~Self.encryptedFlag, word & Self.encryptedFlag != 0)
  }

  /// Checks an SRTCP datagram of `count` bytes, and decrypts it where it says that it is encrypted (RFC 3711, 3.4).
  package mutating func unprotectRTCP(
    _ datagram: inout MutableSpan<UInt8>, header: Int, count: Int, source: UInt32
  ) throws(SRTPError) -> Int {
    try prepare(for: .rtcp)
    let end = count - tagBytes - Self.indexBytes
    let (index, isEncrypted) = readIndex(of: datagram.span, count: count)
    if let authentication = rtcp.authentication {
      let code = authentication.code(of: datagram.span.extracting(0..<end + Self.indexBytes))
      try check(code, datagram.span.extracting(end + Self.indexBytes..<count))
      if isEncrypted { try crypt(&datagram, header..<end, source, UInt64(index), rtcp.salt) }
    } else {
      let word = Self.bytes(isEncrypted ? index | Self.encryptedFlag : index)
      try cipher.open(
        &datagram, clear: isEncrypted ? header : end, count: end, nonce: Self.nonce(rtcp.salt, source, UInt64(index)),
        more: word.span)
    }
    return end
  }
}

extension SRTPTransform {
  private static func rollOver(_ index: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: index >> 16) }

  private static func bytes(_ number: UInt32) -> InlineArray<4, UInt8> {
    [
      UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
      UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
    ]
  }

  private static func write(_ bytes: Span<UInt8>, into packet: inout MutableSpan<UInt8>, at offset: Int) {
    for index in bytes.indices { packet[offset + index] = bytes[index] }
  }

  private func check(_ code: InlineArray<20, UInt8>, _ tag: Span<UInt8>) throws(SRTPError) {
    guard isSameCode(code.span.extracting(0..<tagBytes), tag) else { throw .notAuthentic }
  }

  private func crypt(
    _ packet: inout MutableSpan<UInt8>, _ range: Range<Int>, _ source: UInt32, _ index: UInt64,
    _ salt: InlineArray<14, UInt8>
  ) throws(SRTPError) {
    var part = packet._mutatingExtracting(range)
    try cipher.apply(to: &part, from: Self.counter(salt, source, index))
  }

  /// salt · 2¹⁶ ⊕ SSRC · 2⁶⁴ ⊕ index · 2¹⁶ (RFC 3711, 4.1.1); the last two bytes count blocks.
  private static func counter(_ salt: InlineArray<14, UInt8>, _ source: UInt32, _ index: UInt64) -> InlineArray<
    16, UInt8
  > {
    var block = InlineArray<16, UInt8>(repeating: 0)
    for position in 0..<14 { block[position] = salt[position] }
    for position in 0..<4 { block[4 + position] ^= UInt8(truncatingIfNeeded: source >> UInt32(24 - 8 * position)) }
    for position in 0..<6 { block[8 + position] ^= UInt8(truncatingIfNeeded: index >> UInt64(40 - 8 * position)) }
    return block
  }

  /// salt ⊕ ( 00 00 | SSRC | index ) (RFC 7714, 8.1 and 9.1).
  private static func nonce(_ salt: InlineArray<14, UInt8>, _ source: UInt32, _ index: UInt64) -> InlineArray<12, UInt8>
  {
    var nonce = InlineArray<12, UInt8>(repeating: 0)
    for position in 0..<12 { nonce[position] = salt[position] }
    for position in 0..<4 { nonce[2 + position] ^= UInt8(truncatingIfNeeded: source >> UInt32(24 - 8 * position)) }
    for position in 0..<6 { nonce[6 + position] ^= UInt8(truncatingIfNeeded: index >> UInt64(40 - 8 * position)) }
    return nonce
  }
}
