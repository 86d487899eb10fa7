import MediaBase

/// One direction of a leg's SRTP: its keys, and what is remembered of each source in it.
///
/// All memory is taken when it is made, but for sources that are sent without having been named. One owner, which may touch it from one thread at a time.
final class SRTPDirection {
  /// The part of RTCP's header that stays in the clear (RFC 3711, 3.4).
  static let rtcpHeaderBytes = 8

  private var transform: SRTPTransform
  private let tagBytes: Int
  private var sources: FixedArray<SRTPSource>
  private var sourceCount = 0
  /// What more sources than there are places for come to: places, or `tooManySources`.
  private let isBounded: Bool

  /// For so many sources, or where `isBounded` is false for so many without allocating.
  init(
    _ suite: SRTPKeys.Suite, master: [UInt8], isSending: Bool, sources count: Int, isBounded: Bool
  ) throws(SRTPError) {
    var rtpKeys = try SRTPSessionKeys(suite, master: master.span, for: .rtp)
    var rtcpKeys = try SRTPSessionKeys(suite, master: master.span, for: .rtcp)
    defer {
      rtpKeys.erase()
      rtcpKeys.erase()
    }
    transform = try SRTPTransform(suite, rtp: rtpKeys, rtcp: rtcpKeys, isSending: isSending)
    tagBytes = suite.tagBytes
    sources = FixedArray(count: count) { _ in SRTPSource(ssrc: 0) }
    self.isBounded = isBounded
  }

  deinit {
    transform.erase()
  }

  /// Names a source before its first packet.
  func admit(_ ssrc: UInt32) throws(SRTPError) {
    keep(try open(ssrc))
  }

  /// A place for a packet that is being looked at. A new source's stays free until `keep`: a packet that is not good leaves
  /// nothing behind.
  private func open(_ ssrc: UInt32) throws(SRTPError) -> Int {
    for place in 0..<sourceCount where sources[place].ssrc == ssrc { return place }
    if sourceCount == sources.count {
      guard !isBounded else { throw .tooManySources }
      sources.enlarge(to: 2 * sourceCount) { _ in SRTPSource(ssrc: 0) }
    }
    sources[sourceCount] = SRTPSource(ssrc: ssrc)
    return sourceCount
  }

  private func keep(_ place: Int) {
    if place == sourceCount { sourceCount += 1 }
  }
}

extension SRTPDirection {
  func protect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    let header = try Self.headerBytes(of: packet.span, count: count)
    let (ssrc, number) = Self.identity(of: packet.span)
    let place = try open(ssrc)
    let index = try sources[place].index(of: number)
    try sources[place].packets.check(index)
    let length = try transform.protectRTP(&packet, header: header, count: count, source: ssrc, index: index)
    sources[place].packets.insert(index)
    keep(place)
    return length
  }

  func unprotect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    let header = try Self.headerBytes(of: packet.span, count: count - tagBytes)
    let (ssrc, number) = Self.identity(of: packet.span)
    let place = try open(ssrc)
    let index = try sources[place].index(of: number)
    try sources[place].packets.check(index)
    let length = try transform.unprotectRTP(&packet, header: header, count: count, source: ssrc, index: index)
    sources[place].packets.insert(index)
    keep(place)
    return length
  }

  func protectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    let ssrc = Self.number(at: 4, in: datagram.span)
    let place = try open(ssrc)
    let index = try sources[place].nextReportIndex()
    keep(place)
    return try transform.protectRTCP(
      &datagram, header: Self.rtcpHeaderBytes, count: count, source: ssrc, index: index)
  }

  func unprotectRTCP(_ datagram: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    let ssrc = Self.number(at: 4, in: datagram.span)
    let place = try open(ssrc)
    let index = UInt64(transform.readIndex(of: datagram.span, count: count).index)
    try sources[place].reports.check(index)
    let length = try transform.unprotectRTCP(&datagram, header: Self.rtcpHeaderBytes, count: count, source: ssrc)
    sources[place].reports.insert(index)
    keep(place)
    return length
  }
}

extension SRTPDirection {
  /// Bytes of an RTP header with its sources and its extension (RFC 3550, 5.1 and 5.3.1), which stay in the clear;
  /// `malformed` where they reach beyond `count`.
  private static func headerBytes(of packet: Span<UInt8>, count: Int) throws(SRTPError) -> Int {
    var bytes = RTPHeader.fixedBytes + 4 * Int(packet[0] & 0x0f)
    if packet[0] & 0x10 != 0 {
      guard bytes + 4 <= count else { throw .malformed }
      bytes += 4 + 4 * (Int(packet[bytes + 2]) << 8 | Int(packet[bytes + 3]))
    }
    guard bytes <= count else { throw .malformed }
    return bytes
  }

  private static func identity(of packet: Span<UInt8>) -> (ssrc: UInt32, number: UInt16) {
    (number(at: 8, in: packet), UInt16(packet[2]) << 8 | UInt16(packet[3]))
  }

  private static func number(at offset: Int, in packet: Span<UInt8>) -> UInt32 {
    var reader = ByteReader(packet.extracting(offset..<offset + 4))
    return reader.readUInt32() ?? 0
  }
}
