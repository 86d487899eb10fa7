import MediaBase

/// Writes the packets of an RTCP datagram, one after another, to the front of a caller's bytes.
///
/// RFC 3550, 6.1 wants a report first and a CNAME in each datagram; that is the caller's to do. What does not fit is noted,
/// and `finish` throws. One report block at most, because a leg sends one stream. Allocates nothing.
public struct RTCPWriter: ~Copyable, ~Escapable {
  private var writer: ByteWriter

  /// Writes to `datagram` from its first byte on. For SRTCP, leave room behind it: `SRTPContext.rtcpTrailerBytes`.
  @_lifetime(copy datagram)
  public init(_ datagram: consuming MutableSpan<UInt8>) {
    writer = ByteWriter(datagram)
  }

  /// A sender report, or without `info` a receiver report (RFC 3550, 6.4).
  public mutating func writeReport(from sender: SSRC, info: RTCPSenderInfo?, block: RTCPReportBlock?) {
    let type = info == nil ? RTCPPacketType.receiverReport : RTCPPacketType.senderReport
    let start = begin(type, count: block == nil ? 0 : 1)
    writer.write(sender.rawValue)
    if let info {
      writer.write(info.time.rawValue)
      writer.write(info.timestamp.rawValue)
      writer.write(info.packetCount)
      writer.write(info.octetCount)
    }
    if let block {
      writer.write(block.source.rawValue)
      writer.write(UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.packetsLost) & 0xff_ffff)
      writer.write(block.extendedHighest)
      writer.write(block.jitterTicks)
      writer.write(block.lastSenderReport)
      writer.write(block.delaySinceLastSenderReport)
    }
    end(start)
  }

  /// A source description with the canonical name of one source, 1 to 255 bytes (RFC 3550, 6.5.1).
  public mutating func writeSourceDescription(of source: SSRC, cname: Span<UInt8>) {
    precondition((1...255).contains(cname.count), "a CNAME cannot have \(cname.count) bytes")
    let start = begin(RTCPPacketType.sourceDescription, count: 1)
    writer.write(source.rawValue)
    writer.write(RTCPSourceItem.cname)
    writer.write(UInt8(cname.count))
    writer.write(cname)
    // RFC 3550, 6.5: at least one 0 ends the items.
    writer.write(UInt8(0))
    fillWord(from: start)
    end(start)
  }

  /// A goodbye of one source, with a reason of 0 to 255 bytes; an empty one is left out (RFC 3550, 6.6).
  public mutating func writeGoodbye(of source: SSRC, reason: Span<UInt8>) {
    precondition(reason.count <= 255, "a reason cannot have \(reason.count) bytes")
    let start = begin(RTCPPacketType.goodbye, count: 1)
    writer.write(source.rawValue)
    if reason.count > 0 {
      writer.write(UInt8(reason.count))
      writer.write(reason)
      fillWord(from: start)
    }
    end(start)
  }

  /// An extended report of one block with VoIP metrics (RFC 3611, 4.7).
  public mutating func writeVoIPMetrics(_ metrics: RTCPVoIPMetrics, from sender: SSRC) {
    let start = beginBlock(RTCPBlockType.voipMetrics, words: RTCPVoIPMetrics.words, from: sender)
    metrics.write(to: &writer)
    end(start)
  }

  /// An extended report of one block with our reference time (RFC 3611, 4.4).
  public mutating func writeReferenceTime(_ time: NTPTimestamp, from sender: SSRC) {
    let start = beginBlock(RTCPBlockType.referenceTime, words: 2, from: sender)
    writer.write(time.rawValue)
    end(start)
  }

  /// An extended report of one block that answers a reference time (RFC 3611, 4.5).
  public mutating func writeReceiverDelay(_ delay: RTCPReceiverDelay, from sender: SSRC) {
    let start = beginBlock(RTCPBlockType.delays, words: 3, from: sender)
    writer.write(delay.source.rawValue)
    writer.write(delay.lastReceiverReport)
    writer.write(delay.delaySinceLastReceiverReport)
    end(start)
  }

  /// The datagram's length. Throws `noRoom` where something did not fit: then nothing of it is to be sent.
  public func finish() throws(RTCPError) -> Int {
    guard !writer.hasOverflowed else { throw .noRoom }
    return writer.count
  }

  private mutating func beginBlock(_ type: UInt8, words: UInt16, from sender: SSRC) -> Int {
    let start = begin(RTCPPacketType.extendedReport, count: 0)
    writer.write(sender.rawValue)
    writer.write(type)
    writer.write(UInt8(0))
    writer.write(words)
    return start
  }

  /// The header, with a length that `end` fills in; returns where it is.
  private mutating func begin(_ type: UInt8, count: UInt8) -> Int {
    let start = writer.count
    writer.write(0x80 | count)
    writer.write(type)
    writer.write(UInt16(0))
    return start
  }

  private mutating func fillWord(from start: Int) {
    while !writer.hasOverflowed, (writer.count - start) % 4 != 0 { writer.write(UInt8(0)) }
  }

  private mutating func end(_ start: Int) {
    guard !writer.hasOverflowed else { return }
    writer.overwrite(UInt16((writer.count - start) / 4 - 1), at: start + 2)
  }
}
