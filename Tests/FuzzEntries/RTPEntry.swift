import MediaBase
import RTC

/// The first byte's lowest bit: the rest is one packet, or the steps of a stream.
func feedRTP(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  if script.byte() & 1 == 0 {
    feedPacket(script.take(bytes.count))
  } else {
    feedStream(&script)
  }
}

private func feedPacket(_ packet: Span<UInt8>) {
  _ = PacketClass(of: packet)
  guard let header = try? RTPHeader(parsing: packet) else { return }
  precondition((0...127).contains(header.payloadType), "payload type \(header.payloadType)")
  precondition(header.payload.lowerBound >= RTPHeader.fixedBytes + 4 * header.csrcCount, "\(header)")
  precondition(header.payload.upperBound <= packet.count, "\(header) in \(packet.count) bytes")
  precondition(header.payload(of: packet).count == header.payload.count, "\(header)")
  for index in 0..<header.csrcCount { _ = header.csrc(index, of: packet) }
  var elements = HeaderExtensionReader(header, of: packet)
  while let element = elements.next() {
    precondition(element.data.lowerBound > header.extensionElements.lowerBound, "\(element) of \(header)")
    precondition(element.data.upperBound <= header.extensionElements.upperBound, "\(element) of \(header)")
    let level = AudioLevel(id: element.id, header: header, packet: packet)
    precondition(level == nil || (0...127).contains(level!.belowOverload), "\(String(describing: level))")
  }
}

/// Each step: a source, a sequence number, a timestamp, and how long after the one before.
private func feedStream(_ script: inout ByteScript) {
  var statistics = ReceptionStatistics(clockRate: 48_000, minimumInSequence: Int(script.byte() % 3) + 1)
  var now = PacketTime(nanoseconds: 0)
  var packets: UInt64 = 0
  while !script.isAtEnd {
    let source = SSRC(rawValue: UInt32(script.byte() % 4))
    let number = SequenceNumber(rawValue: UInt16(script.byte()) << 8 | UInt16(script.byte()))
    let header = RTPHeader(
      payloadType: 96, sequenceNumber: number, timestamp: RTPTimestamp(rawValue: script.word()), ssrc: source)
    now = now.advanced(byNanoseconds: Int64(Int32(bitPattern: script.word())) << Int64(script.byte() % 32))
    _ = statistics.receive(header, at: now)
    packets += 1
    precondition(statistics.packetsReceived + statistics.packetsRefused == packets, "every packet is counted once")
    if script.byte() & 1 == 1 {
      statistics.noteSenderReport(from: source, time: NTPTimestamp(rawValue: UInt64(number.rawValue) << 32), at: now)
    }
    let block = statistics.takeReportBlock(at: now)
    precondition((block == nil) == (statistics.source == nil), "a report on who was taken")
    precondition(statistics.jitter.milliseconds.isFinite, "jitter that is no number")
  }
}
