import AllocationCounter
import MediaBase
import RTC
import Testing

/// What runs for each packet may not allocate.
@Suite struct RTPAllocationTests {
  @Test func aPacketsWayInAndOutAllocatesNothing() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    var packet = [UInt8](repeating: 0, count: 200)
    var report = [UInt8](repeating: 0, count: 200)
    let cname: [UInt8] = [UInt8]("a@b".utf8)
    var reception = ReceptionStatistics(clockRate: 48_000)
    var sending = SendingStatistics(clockRate: 48_000)
    var keys = TelephoneEventReceiver(clockRate: 48_000)
    var press = TelephoneEventSender(packetTicks: 960)
    var losses = LossPattern()
    let clock = NTPClock(at: PacketTime(nanoseconds: 0), is: NTPTimestamp(secondsSince1970: 0))
    let ours = SSRC(rawValue: 9)
    var pressed = 0, levels = 0, reports = 0

    var before = allocation_count()
    for number in 0..<2000 {
      // Everything has been done once: what Swift allocates to know a type, it does when it first meets it.
      if number == 100 { before = allocation_count() }
      let now = PacketTime(nanoseconds: Int64(number) * 20_000_000)
      var sent = RTPHeader(
        payloadType: 96, sequenceNumber: SequenceNumber(rawValue: UInt16(number)),
        timestamp: RTPTimestamp(rawValue: UInt32(number * 960)), ssrc: ours)
      if number % 50 == 0 { press.press(TelephoneKey(code: 5)!, toneTicks: 4800, at: sent.timestamp) }
      let event = press.nextPacket()
      if let event { sent.timestamp = event.timestamp }
      var span = packet.mutableSpan
      let headerBytes = try sent.write(
        into: &span, audioLevel: (AudioLevel(dBov: Decibels(-30), isVoice: true), 1))
      if let event {
        var payload = span._mutatingExtracting(headerBytes..<headerBytes + 4)
        try event.payload.write(into: &payload)
      }
      sending.noteSent(sent.timestamp, payloadBytes: 4, at: now)

      let bytes = packet.span.extracting(0..<headerBytes + 4)
      let header = try RTPHeader(parsing: bytes)
      _ = reception.receive(header, at: now)
      if AudioLevel(id: 1, header: header, packet: bytes) != nil { levels += 1 }
      if event != nil { keys.receive(header, payload: header.payload(of: bytes), at: now) }
      while keys.popEvent() != nil { pressed += 1 }
      losses.note(number % 9 == 0 ? .lost : .heard)

      guard number % 250 == 10 else { continue }
      var writer = RTCPWriter(report.mutableSpan)
      writer.writeReport(
        from: ours, info: sending.senderInfo(at: now, clock: clock), block: reception.takeReportBlock(at: now))
      writer.writeSourceDescription(of: ours, cname: cname.span)
      writer.writeVoIPMetrics(losses.metrics(of: ours, packetMilliseconds: 20), from: ours)
      let count = try writer.finish()
      var reader = try RTCPReader(report.span.extracting(0..<count))
      while let packet = reader.next() {
        if case .report(let report) = packet, let block = report.block(on: ours) {
          reports += block.source == ours ? 1 : 0
        }
      }
    }
    #expect(allocation_count() - before == 0)
    #expect(pressed == 80 && levels == 2000 && reports == 8)
  }
}
