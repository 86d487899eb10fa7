import MediaBase
import RTC
import Testing

@Suite struct RTCPWriterTests {
  private static func block(_ random: inout SeededGenerator) -> RTCPReportBlock {
    RTCPReportBlock(
      source: SSRC(rawValue: .random(in: 0...0xffff_ffff, using: &random)),
      fractionLost: .random(in: 0...255, using: &random),
      packetsLost: .random(in: -0x80_0000...0x7f_ffff, using: &random),
      extendedHighest: .random(in: 0...0xffff_ffff, using: &random),
      jitterTicks: .random(in: 0...0xffff_ffff, using: &random),
      lastSenderReport: .random(in: 0...0xffff_ffff, using: &random),
      delaySinceLastSenderReport: .random(in: 0...0xffff_ffff, using: &random))
  }

  @Test func reportsAreReadAsTheyWereWritten() throws {
    var random = SeededGenerator(seed: 7)
    var bytes = [UInt8](repeating: 0xee, count: 100)
    for round in 0..<500 {
      let sender = SSRC(rawValue: .random(in: 0...0xffff_ffff, using: &random))
      let info = RTCPSenderInfo(
        time: NTPTimestamp(rawValue: random.next()),
        timestamp: RTPTimestamp(rawValue: .random(in: 0...0xffff_ffff, using: &random)),
        packetCount: .random(in: 0...0xffff_ffff, using: &random),
        octetCount: .random(in: 0...0xffff_ffff, using: &random))
      let block = Self.block(&random)
      var writer = RTCPWriter(bytes.mutableSpan)
      writer.writeReport(from: sender, info: round % 2 == 0 ? info : nil, block: round % 3 == 0 ? nil : block)
      let count = try writer.finish()
      #expect(count == 8 + (round % 2 == 0 ? 20 : 0) + (round % 3 == 0 ? 0 : 24))

      var reader = try RTCPReader(bytes.span.extracting(0..<count))
      guard case .report(let report)? = reader.next() else {
        Issue.record("no report")
        return
      }
      #expect(report.sender == sender && report.info == (round % 2 == 0 ? info : nil))
      let read = report.block(0)
      #expect(read == (round % 3 == 0 ? nil : block))
      let isAtEnd = reader.next() == nil
      #expect(isAtEnd)
    }
  }

  @Test func namesAndReasonsOfEveryLengthFillTheirWords() throws {
    for length in 1...255 {
      let text = [UInt8](repeating: 0x61, count: length)
      let word = String(repeating: "a", count: length)
      var bytes = [UInt8](repeating: 0xee, count: 600)
      var writer = RTCPWriter(bytes.mutableSpan)
      writer.writeReport(from: SSRC(rawValue: 9), info: nil, block: nil)
      writer.writeSourceDescription(of: SSRC(rawValue: 9), cname: text.span)
      writer.writeGoodbye(of: SSRC(rawValue: 9), reason: text.span)
      let count = try writer.finish()
      #expect(count % 4 == 0)
      let found = try RTCPReaderTests.read(Array(bytes[..<count]))
      #expect(found == ["RR 0", "SDES", "9 1 \(word)", "BYE 1 \(word)"])
    }
  }

  @Test func aGoodbyeNeedsNoReason() throws {
    var bytes = [UInt8](repeating: 0xee, count: 8)
    let none: [UInt8] = []
    var writer = RTCPWriter(bytes.mutableSpan)
    writer.writeGoodbye(of: SSRC(rawValue: 0x0102_0304), reason: none.span)
    let count = try writer.finish()
    #expect(Array(bytes[..<count]) == [0x81, 203, 0, 1, 1, 2, 3, 4])
  }

  @Test func extendedReportsAreReadAsTheyWereWritten() throws {
    var metrics = RTCPVoIPMetrics(source: SSRC(rawValue: 0x0102_0304))
    (metrics.lossRate, metrics.discardRate, metrics.burstDensity, metrics.gapDensity) = (1, 2, 3, 4)
    (metrics.burstMilliseconds, metrics.gapMilliseconds) = (0x0506, 0x0708)
    (metrics.roundTripMilliseconds, metrics.endSystemMilliseconds) = (0x090a, 0x0b0c)
    (metrics.signalLeveldBm0, metrics.noiseLeveldBm0) = (-20, -70)
    (metrics.receiverConfiguration, metrics.nominalDepthMilliseconds) = (0xf3, 60)
    (metrics.maximumDepthMilliseconds, metrics.absoluteMaximumDepthMilliseconds) = (80, 500)
    let delay = RTCPReceiverDelay(source: SSRC(rawValue: 7), lastReceiverReport: 8, delaySinceLastReceiverReport: 9)
    let time = NTPTimestamp(rawValue: 0x1122_3344_5566_7788)
    let ours = SSRC(rawValue: 5)

    var bytes = [UInt8](repeating: 0xee, count: 100)
    var writer = RTCPWriter(bytes.mutableSpan)
    writer.writeVoIPMetrics(metrics, from: ours)
    writer.writeReferenceTime(time, from: ours)
    writer.writeReceiverDelay(delay, from: ours)
    let count = try writer.finish()
    #expect(count == 44 + 20 + 24)

    var reader = try RTCPReader(bytes.span.extracting(0..<count))
    var blocks: [RTCPExtendedReport.Block] = []
    while let packet = reader.next() {
      guard case .extendedReport(var report) = packet else { continue }
      #expect(report.sender == ours)
      while let block = report.next() { blocks.append(block) }
    }
    #expect(blocks == [.voipMetrics(metrics), .receiverReferenceTime(time), .receiverDelay(delay)])
    // RFC 3611, 4.7: type, reserved, length, source, rates, durations, delays, levels.
    #expect(
      Array(bytes[8..<36]) == [
        7, 0, 0, 8, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xec, 0xba, 127, 16, 127, 127, 127, 127,
      ])
  }

  @Test func whatDoesNotFitIsNotSent() {
    var random = SeededGenerator(seed: 8)
    let block = Self.block(&random)
    let name: [UInt8] = [1, 2, 3]
    for room in 0..<32 + 12 {
      var bytes = [UInt8](repeating: 0, count: room)
      #expect(throws: RTCPError.noRoom, "\(room) bytes") {
        var writer = RTCPWriter(bytes.mutableSpan)
        writer.writeReport(from: block.source, info: nil, block: block)
        writer.writeSourceDescription(of: block.source, cname: name.span)
        writer.writeGoodbye(of: block.source, reason: name.span)
        _ = try writer.finish()
      }
    }
  }
}
