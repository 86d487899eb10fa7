import MediaBase

/// The header of an RTP packet (RFC 3550, 5.1), and where the parts behind it lie.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P|X|  CC   |M|     PT      |        sequence number        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                           timestamp                           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                             SSRC                              |
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
///     |        CSRC, CC times, then with X the header extension:      |
///     |      defined by profile       |  length in words of 4 bytes   |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// What the receive path hands on beside the packet's bytes, and what the send path writes in front of a payload
/// (`write(into:audioLevel:)`). A value that holds no bytes: it may be kept when they are gone. Costs nothing but itself.
public struct RTPHeader: Hashable, Sendable {
  /// Which codec, as the signalling numbered it: 0 to 127.
  public var payloadType: Int
  /// For audio: the first packet of a talkspurt (RFC 3551, 4.1), or of a telephone event.
  public var isMarked: Bool
  /// One more each packet.
  public var sequenceNumber: SequenceNumber
  /// When the first sample was taken, in ticks of the payload's clock.
  public var timestamp: RTPTimestamp
  /// Whose packet it is.
  public var ssrc: SSRC

  /// How many contributing sources are listed, 0 to 15.
  public private(set) var csrcCount = 0
  /// The 16 bits that say which form the header extension has; 0 where there is none.
  public private(set) var extensionProfile: UInt16 = 0
  /// Where the header extension's elements lie in the packet, without its 4 bytes of profile and length; empty where
  /// there is none.
  public private(set) var extensionElements = 0..<0
  /// Where the payload lies in the packet, without padding; may be empty. `payload(of:)` gives the bytes.
  public private(set) var payload = 0..<0

  /// The bytes of a header without CSRCs and extension.
  public static let fixedBytes = 12

  /// A header to be written.
  public init(
    payloadType: Int, isMarked: Bool = false, sequenceNumber: SequenceNumber, timestamp: RTPTimestamp, ssrc: SSRC
  ) {
    self.payloadType = payloadType
    self.isMarked = isMarked
    self.sequenceNumber = sequenceNumber
    self.timestamp = timestamp
    self.ssrc = ssrc
  }

  /// Reads the header of a whole packet. For SRTP: of one that has been unprotected.
  public init(parsing packet: Span<UInt8>) throws(RTPError) {
    var reader = ByteReader(packet)
    guard let first = reader.readUInt8(), let second = reader.readUInt8() else { throw .truncated }
    guard first >> 6 == 2 else { throw .wrongVersion(Int(first >> 6)) }
    guard let sequence = reader.readUInt16(), let timestamp = reader.readUInt32(), let ssrc = reader.readUInt32()
    else { throw .truncated }
    self.init(
      payloadType: Int(second & 0x7f), isMarked: second & 0x80 != 0, sequenceNumber: SequenceNumber(rawValue: sequence),
      timestamp: RTPTimestamp(rawValue: timestamp), ssrc: SSRC(rawValue: ssrc))
    csrcCount = Int(first & 0x0f)
    guard reader.skip(4 * csrcCount) else { throw .truncated }
    if first & 0x10 != 0 { try readExtension(&reader) }
    let padding = first & 0x20 != 0 ? try Self.paddingBytes(of: packet, behind: reader.position) : 0
    payload = reader.position..<packet.count - padding
  }

  private mutating func readExtension(_ reader: inout ByteReader) throws(RTPError) {
    guard let profile = reader.readUInt16(), let words = reader.readUInt16() else { throw .truncated }
    let start = reader.position
    guard reader.skip(4 * Int(words)) else { throw .truncated }
    extensionProfile = profile
    extensionElements = start..<reader.position
  }

  /// The last byte tells how many there are, itself among them.
  private static func paddingBytes(of packet: Span<UInt8>, behind headerEnd: Int) throws(RTPError) -> Int {
    guard packet.count > headerEnd else { throw .badPadding }
    let count = Int(packet[packet.count - 1])
    guard count >= 1, count <= packet.count - headerEnd else { throw .badPadding }
    return count
  }

  /// The payload's bytes, of the packet that this header was parsed from.
  @_lifetime(copy packet)
  public func payload(of packet: Span<UInt8>) -> Span<UInt8> {
    packet.extracting(payload)
  }

  /// A contributing source (0 ..< `csrcCount`), of the packet that this header was parsed from.
  public func csrc(_ index: Int, of packet: Span<UInt8>) -> SSRC {
    precondition(index >= 0 && index < csrcCount, "a header of \(csrcCount) CSRCs has no CSRC \(index)")
    var reader = ByteReader(packet.extracting(Self.fixedBytes + 4 * index..<Self.fixedBytes + 4 * index + 4))
    return SSRC(rawValue: reader.readUInt32() ?? 0)
  }
}
