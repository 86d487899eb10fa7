import MediaBase

/// The encryption of one leg's RTP and RTCP, both ways, over OpenSSL's ciphers (RFC 3711, RFC 7714).
///
///     | RTP header | header extension | payload, encrypted | tag |
///     └────────────── authenticated ──────────────────────┘
///
/// Packets are changed in place, in the caller's bytes. A packet that is refused may have been changed all the same: it is
/// of no use any more. Header extensions are authenticated, and not encrypted (RFC 6904).
///
/// Owns the ciphers, and frees them; one owner, which may touch it from one thread at a time. Allocates when it is made and
/// never after. What a packet takes is a row of `bench kernels`.
public struct SRTPContext: ~Copyable {
  /// The most bytes that protecting adds to an RTP packet, by any suite.
  public static let rtpTrailerBytes = 16
  /// The most bytes that protecting adds to an RTCP datagram: a tag and the index.
  public static let rtcpTrailerBytes = rtpTrailerBytes + 4
  /// Packets behind the newest that are told from replays; RFC 3711, 3.3.2 asks for 64 at least.
  public static let windowPackets = 1024
  /// Sources that a leg may send from over its time; each costs memory, and one is enough for all but restarts.
  public static let mostSources = 16

  private let sending: SRTPDirection
  private let receiving: SRTPDirection
  private let tagBytes: Int

  /// A context with keys, of which it keeps what is derived from them, erased when it is let go. Takes all its memory now:
  /// about 6 KiB.
  ///
  /// Where the source that we send is named, no other may be sent; otherwise any may, and its first packet may allocate.
  public init(_ keys: SRTPKeys, sending source: SSRC? = nil) throws(SRTPError) {
    let sending = try SRTPDirection(
      keys.suite, master: keys.send, isSending: true, sources: 1, isBounded: source != nil)
    let receiving = try SRTPDirection(
      keys.suite, master: keys.receive, isSending: false, sources: Self.mostSources, isBounded: true)
    if let source { try sending.admit(source.rawValue) }
    self.sending = sending
    self.receiving = receiving
    tagBytes = keys.suite.tagBytes
  }
}

extension SRTPContext {
  /// Protects an RTP packet of `count` bytes at the front of `packet`, which needs room for `rtpTrailerBytes` more. Returns
  /// its new length. A sequence number may be sent once only: `replayed` otherwise.
  public mutating func protect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= RTPHeader.fixedBytes, packet.count >= count, packet[0] >> 6 == 2 else { throw .malformed }
    guard packet.count - count >= Self.rtpTrailerBytes else { throw .noRoom }
    return try sending.protect(&packet, count: count)
  }

  /// Protects an RTCP datagram of `count` bytes at the front of `datagram`, which needs room for `rtcpTrailerBytes` more.
  /// Returns its new length.
  public mutating func protectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= SRTPDirection.rtcpHeaderBytes, datagram.count >= count, datagram[0] >> 6 == 2
    else { throw .malformed }
    guard datagram.count - count >= Self.rtcpTrailerBytes else { throw .noRoom }
    return try sending.protectRTCP(&datagram, count: count)
  }

  /// Checks and decrypts an SRTP packet of `count` bytes at the front of `packet`. Returns its new length.
  public mutating func unprotect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard packet.count >= count, count >= RTPHeader.fixedBytes + tagBytes, packet[0] >> 6 == 2 else { throw .malformed }
    return try receiving.unprotect(&packet, count: count)
  }

  /// Checks and decrypts an SRTCP datagram of `count` bytes at the front of `datagram`; one whose sender left it in the
  /// clear is checked alone. Returns its new length.
  public mutating func unprotectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    let fewest = SRTPDirection.rtcpHeaderBytes + SRTPTransform.indexBytes + tagBytes
    guard datagram.count >= count, count >= fewest, datagram[0] >> 6 == 2 else { throw .malformed }
    return try receiving.unprotectRTCP(&datagram, count: count)
  }
}
