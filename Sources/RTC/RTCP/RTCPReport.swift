import MediaBase

/// A sender or receiver report as it came (RFC 3550, 6.4): who sent it, what they send, and how they receive.
///
/// A view of the caller's bytes. What a profile adds behind the blocks is passed over.
public struct RTCPReport: ~Escapable {
  /// Who sent the report.
  public let sender: SSRC
  /// What they send; `nil` in a receiver report.
  public let info: RTCPSenderInfo?
  /// On how many streams they report, 0 to 31.
  public let blockCount: Int
  private let blocks: Span<UInt8>

  @_lifetime(copy body)
  init?(_ body: Span<UInt8>, blockCount: Int, isSender: Bool) {
    var reader = ByteReader(body)
    guard let sender = reader.readUInt32() else { return nil }
    var info: RTCPSenderInfo?
    if isSender {
      info = RTCPSenderInfo(&reader)
      if info == nil { return nil }
    }
    guard let blocks = reader.readBytes(blockCount * RTCPReportBlock.bytes) else { return nil }
    self.sender = SSRC(rawValue: sender)
    self.info = info
    self.blockCount = blockCount
    self.blocks = blocks
  }

  /// One of the blocks; `nil` where there is none of that index.
  public func block(_ index: Int) -> RTCPReportBlock? {
    guard index >= 0, index < blockCount else { return nil }
    var reader = ByteReader(blocks.extracting(droppingFirst: index * RTCPReportBlock.bytes))
    return RTCPReportBlock(&reader)
  }

  /// The block on one stream, such as our own; `nil` where there is none.
  public func block(on source: SSRC) -> RTCPReportBlock? {
    for index in 0..<blockCount {
      if let block = block(index), block.source == source { return block }
    }
    return nil
  }
}

extension RTCPSenderInfo {
  /// `nil` where the bytes end before.
  init?(_ reader: inout ByteReader) {
    guard let time = reader.readUInt64(), let timestamp = reader.readUInt32(), let packets = reader.readUInt32(),
      let octets = reader.readUInt32()
    else { return nil }
    self.init(
      time: NTPTimestamp(rawValue: time), timestamp: RTPTimestamp(rawValue: timestamp), packetCount: packets,
      octetCount: octets)
  }
}

extension RTCPReportBlock {
  /// `nil` where the bytes end before.
  init?(_ reader: inout ByteReader) {
    guard let source = reader.readUInt32(), let loss = reader.readUInt32(), let highest = reader.readUInt32(),
      let jitter = reader.readUInt32(), let last = reader.readUInt32(), let delay = reader.readUInt32()
    else { return nil }
    self.init(
      source: SSRC(rawValue: source), fractionLost: UInt8(loss >> 24),
      // 24 bits with a sign.
      packetsLost: Int32(bitPattern: loss << 8) >> 8, extendedHighest: highest, jitterTicks: jitter,
      lastSenderReport: last, delaySinceLastSenderReport: delay)
  }
}
