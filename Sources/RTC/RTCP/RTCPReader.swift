import MediaBase

/// Reads the packets of an RTCP datagram one after another (RFC 3550, 6.1: "compound packet"; RFC 5506: a single one).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P|  count  |      type     |  length in words, less one    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  body: by its type, up to the length; then the next packet    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// All headers are checked before the first packet is given, so that half a datagram is never acted upon. What it gives are
/// views of the caller's bytes. Allocates nothing.
public struct RTCPReader: ~Escapable {
  private var reader: ByteReader

  /// Whether it begins with a report, as RFC 3550, 6.1 asks for; RFC 5506 lets it be left out, and so do we.
  public let startsWithReport: Bool

  /// Reads a whole datagram. For SRTCP: one that has been unprotected.
  ///
  /// Holds RFC 3550 A.2 (version, type, padding in the last packet only, lengths that add up), but that any type may come
  /// first.
  @_lifetime(copy datagram)
  public init(_ datagram: Span<UInt8>) throws(RTCPError) {
    var headers = ByteReader(datagram)
    guard datagram.count >= 4 else { throw .truncated }
    while headers.remaining > 0 { try Self.check(&headers) }
    reader = ByteReader(datagram)
    startsWithReport =
      datagram[1] == RTCPPacketType.senderReport || datagram[1] == RTCPPacketType.receiverReport
  }

  private static func check(_ headers: inout ByteReader) throws(RTCPError) {
    guard let first = headers.readUInt8(), let type = headers.readUInt8(), let words = headers.readUInt16()
    else { throw .truncated }
    guard first >> 6 == 2 else { throw .wrongVersion(Int(first >> 6)) }
    guard RTCPPacketType.all.contains(type) else { throw .wrongPacketType(Int(type)) }
    guard let body = headers.readBytes(4 * Int(words)) else { throw .truncated }
    guard first & 0x20 != 0 else { return }
    // RFC 3550, 6.4.1: a multiple of four, which the last byte tells.
    guard headers.remaining == 0, body.count > 0 else { throw .badPadding }
    let padding = Int(body[body.count - 1])
    guard padding > 0, padding % 4 == 0, padding <= body.count else { throw .badPadding }
  }

  /// The next packet; `nil` at the end.
  @_lifetime(copy self)
  public mutating func next() -> RTCPPacket? {
    guard let first = reader.readUInt8(), let type = reader.readUInt8(), let words = reader.readUInt16(),
      var body = reader.readBytes(4 * Int(words))
    else { return nil }
    if first & 0x20 != 0 { body = body.extracting(droppingLast: Int(body[body.count - 1])) }
    return RTCPPacket(type: type, count: Int(first & 0x1f), body: body)
  }
}

/// One packet of an RTCP datagram.
public enum RTCPPacket: ~Escapable {
  /// A sender or receiver report.
  case report(RTCPReport)
  /// Who a source is.
  case sourceDescription(RTCPSourceDescription)
  /// Sources that leave.
  case goodbye(RTCPGoodbye)
  /// RFC 3611.
  case extendedReport(RTCPExtendedReport)
  /// Feedback about transport or payload (RFC 4585), such as a NACK; passed over, for audio is not sent twice.
  case feedback
  /// APP, and types that we do not know.
  case other(packetType: Int)
  /// Its body is too short for what its header promised. The packets behind it hold.
  case malformed(packetType: Int)

  @_lifetime(copy body)
  init(type: UInt8, count: Int, body: Span<UInt8>) {
    self = .malformed(packetType: Int(type))
    switch type {
    case RTCPPacketType.senderReport:
      if let report = RTCPReport(body, blockCount: count, isSender: true) { self = .report(report) }
    case RTCPPacketType.receiverReport:
      if let report = RTCPReport(body, blockCount: count, isSender: false) { self = .report(report) }
    case RTCPPacketType.sourceDescription:
      self = .sourceDescription(RTCPSourceDescription(body, chunkCount: count))
    case RTCPPacketType.goodbye:
      if let goodbye = RTCPGoodbye(body, sourceCount: count) { self = .goodbye(goodbye) }
    case RTCPPacketType.extendedReport:
      if let report = RTCPExtendedReport(body) { self = .extendedReport(report) }
    case RTCPPacketType.transportFeedback, RTCPPacketType.payloadFeedback:
      // RFC 4585, 6.1: the sender's SSRC and the medium's.
      if body.count >= 8 { self = .feedback }
    default: self = .other(packetType: Int(type))
    }
  }
}
