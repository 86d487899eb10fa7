import MediaBase

/// The encryption of one leg's RTP and RTCP, both ways, over libsrtp (RFC 3711, RFC 7714).
///
///     | RTP header | header extension | payload, encrypted | tag |
///     └────────────── authenticated ──────────────────────┘
///
/// Packets are changed in place, in the caller's bytes. A packet that is refused may have been changed all the same: it is
/// of no use any more. Header extensions are authenticated, and not encrypted (RFC 6904).
///
/// Owns the library's state, and frees it; one owner, which may touch it from one thread at a time. With libsrtp's NSS
/// build, AES-128-GCM takes half the time of AES-CM with SHA-1: offer it first. What it allocates after it is made is told
/// in docs/rtc.md.
public struct SRTPContext: ~Copyable {
  /// The most bytes that protecting adds to an RTP packet, by any suite.
  public static let rtpTrailerBytes = 16
  /// The most bytes that protecting adds to an RTCP datagram: a tag and the index.
  public static let rtcpTrailerBytes = rtpTrailerBytes + 4
  /// Packets behind the newest that are told from replays; RFC 3711, 3.3.2 asks for 64 at least.
  public static let windowPackets = 1024
  /// Sources that a leg may send from over its time; each costs memory, and one is enough for all but restarts.
  public static let mostSources = 16

  private let sending: SRTPSession
  private let receiving: SRTPSession
  private let tagBytes: Int
  private var sources = InlineArray<16, UInt32>(repeating: 0)
  private var sourceCount = 0

  /// A context with keys, of which it makes no copy but libsrtp's own, erased when it is let go.
  ///
  /// Where the source that we send is named, all that sending needs is made now; otherwise with its first packet, and any
  /// may be sent.
  public init(_ keys: SRTPKeys, sending source: SSRC? = nil) throws(SRTPError) {
    let sending = try SRTPSession(keys.suite, key: keys.send, sources: source.map { .one($0) } ?? .anySent)
    let receiving = try SRTPSession(keys.suite, key: keys.receive, sources: .anyReceived)
    // Only when both are there: a half-made context could not be taken apart.
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
    return try sending.apply(.protect, to: &packet, count: count)
  }

  /// Protects an RTCP datagram of `count` bytes at the front of `datagram`, which needs room for `rtcpTrailerBytes` more.
  /// Returns its new length.
  public mutating func protectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= Self.rtcpHeaderBytes, datagram.count >= count, datagram[0] >> 6 == 2 else { throw .malformed }
    guard datagram.count - count >= Self.rtcpTrailerBytes else { throw .noRoom }
    return try sending.apply(.protectRTCP, to: &datagram, count: count)
  }

  /// Checks and decrypts an SRTP packet of `count` bytes at the front of `packet`. Returns its new length.
  public mutating func unprotect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard packet.count >= count, count >= RTPHeader.fixedBytes + tagBytes, packet[0] >> 6 == 2 else { throw .malformed }
    let source = Self.number(at: 8, in: packet)
    guard isAdmissible(source) else { throw .tooManySources }
    let length = try receiving.apply(.unprotect, to: &packet, count: count)
    admit(source)
    return length
  }

  /// Checks and decrypts an SRTCP datagram of `count` bytes at the front of `datagram`. Returns its new length.
  public mutating func unprotectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    // libsrtp checks for less than it then reads: header, tag, index.
    guard datagram.count >= count, count >= Self.rtcpHeaderBytes + tagBytes + 4, datagram[0] >> 6 == 2
    else { throw .malformed }
    let source = Self.number(at: 4, in: datagram)
    guard isAdmissible(source) else { throw .tooManySources }
    let length = try receiving.apply(.unprotectRTCP, to: &datagram, count: count)
    admit(source)
    return length
  }

  /// The part of RTCP's header that stays in the clear (RFC 3711, 3.4).
  private static let rtcpHeaderBytes = 8

  private static func number(at offset: Int, in packet: borrowing MutableSpan<UInt8>) -> UInt32 {
    var reader = ByteReader(packet.span.extracting(offset..<offset + 4))
    return reader.readUInt32() ?? 0
  }

  /// libsrtp makes a stream for each source whose first packet is authentic, and never forgets it.
  private func isAdmissible(_ source: UInt32) -> Bool {
    sourceCount < Self.mostSources || knows(source)
  }

  private func knows(_ source: UInt32) -> Bool {
    let known = sources.span
    for index in 0..<sourceCount where known[index] == source { return true }
    return false
  }

  private mutating func admit(_ source: UInt32) {
    guard sourceCount < Self.mostSources, !knows(source) else { return }
    sources[sourceCount] = source
    sourceCount += 1
  }
}
