import MediaBase
import RTC
import Testing

@Suite struct RTCPReaderTests {
  /// What the packets of a datagram are, each as a word.
  static func read(_ datagram: [UInt8]) throws(RTCPError) -> [String] {
    var reader = try RTCPReader(datagram.span)
    var found: [String] = []
    while let packet = reader.next() {
      switch packet {
      case .report(let report): found.append("\(report.info == nil ? "RR" : "SR") \(report.blockCount)")
      case .sourceDescription(var description):
        found.append("SDES")
        while let item = description.next() {
          found.append("\(item.source.rawValue) \(item.kind) \(text(item.text))")
        }
      case .goodbye(let goodbye): found.append("BYE \(goodbye.sourceCount) \(text(goodbye.reason))")
      case .extendedReport(var report):
        found.append("XR")
        while let block = report.next() { found.append("\(block)".split(separator: "(")[0] + "") }
      case .feedback: found.append("feedback")
      case .other(let type): found.append("other \(type)")
      case .malformed(let type): found.append("malformed \(type)")
      }
    }
    return found
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
  }

  /// A packet of that type and count, its body filled up to a word.
  static func packet(_ type: UInt8, count: Int = 0, _ body: [UInt8], padding: Bool = false) -> [UInt8] {
    let body = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    return [0x80 | (padding ? 0x20 : 0) | UInt8(count), type, 0, UInt8(body.count / 4)] + body
  }

  static let senderReport = packet(200, count: 1, [0, 0, 0, 1] + [UInt8](1...20) + [0, 0, 0, 2] + [UInt8](1...20))
  static let receiverReport = packet(201, [0, 0, 0, 1])
  static let description = packet(202, count: 2, [0, 0, 0, 1, 1, 3, 97, 64, 98, 0, 0, 0, 0, 0, 0, 2, 2, 1, 110, 0])
  static let goodbye = packet(203, count: 1, [0, 0, 0, 1, 3, 98, 121, 101])

  @Test func aCompoundIsReadInOrder() throws {
    let datagram =
      Self.senderReport + Self.description + Self.packet(204, [0, 0, 0, 1] + Array("name".utf8))
      + Self.packet(205, count: 1, [UInt8](repeating: 1, count: 12)) + Self.packet(206, [UInt8](repeating: 1, count: 8))
      + Self.goodbye
    let found = try Self.read(datagram)
    #expect(found == ["SR 1", "SDES", "1 1 a@b", "2 2 n", "other 204", "feedback", "feedback", "BYE 1 bye"])
    let startsWithReport = try RTCPReader(datagram.span).startsWithReport
    #expect(startsWithReport)
  }

  /// RFC 5506.
  @Test func aSinglePacketMayDoWithoutAReport() throws {
    let found = try Self.read(Self.goodbye)
    #expect(found == ["BYE 1 bye"])
    let startsWithReport = try RTCPReader(Self.goodbye.span).startsWithReport
    #expect(!startsWithReport)
  }

  @Test func reportsAreReadToTheLastField() throws {
    var reader = try RTCPReader(Self.senderReport.span)
    guard case .report(let report)? = reader.next() else {
      Issue.record("no report")
      return
    }
    #expect(report.sender.rawValue == 1)
    #expect(
      report.info
        == RTCPSenderInfo(
          time: NTPTimestamp(rawValue: 0x0102_0304_0506_0708), timestamp: RTPTimestamp(rawValue: 0x090a_0b0c),
          packetCount: 0x0d0e_0f10, octetCount: 0x1112_1314))
    #expect(
      report.block(on: SSRC(rawValue: 2))
        == RTCPReportBlock(
          source: SSRC(rawValue: 2), fractionLost: 1, packetsLost: 0x02_0304, extendedHighest: 0x0506_0708,
          jitterTicks: 0x090a_0b0c, lastSenderReport: 0x0d0e_0f10, delaySinceLastSenderReport: 0x1112_1314))
    let none = report.block(on: SSRC(rawValue: 3)) == nil && report.block(1) == nil && report.block(-1) == nil
    #expect(none)
  }

  @Test func aNegativeLossKeepsItsSign() throws {
    var bytes = Self.senderReport
    bytes.replaceSubrange(33..<36, with: [0xff, 0xff, 0xfe])
    var reader = try RTCPReader(bytes.span)
    guard case .report(let report)? = reader.next() else {
      Issue.record("no report")
      return
    }
    let lost = report.block(0)?.packetsLost
    #expect(lost == -2)
  }

  @Test func aDatagramCutAnywhereIsRefusedOrEndsAtAPacket() throws {
    let parts = [Self.senderReport, Self.description, Self.goodbye]
    let datagram = parts.joined().map { $0 }
    let ends = [Self.senderReport.count, Self.senderReport.count + Self.description.count]
    for count in 0..<datagram.count where !ends.contains(count) {
      #expect(throws: RTCPError.truncated, "\(count) bytes") { try Self.read(Array(datagram[..<count])) }
    }
    for count in ends { #expect(throws: Never.self) { try Self.read(Array(datagram[..<count])) } }
  }

  @Test func headersThatAreNotRTCPAreRefused() {
    for version in [UInt8(0), 1, 3] {
      #expect(throws: RTCPError.wrongVersion(Int(version))) { try Self.read([version << 6, 201, 0, 1, 0, 0, 0, 1]) }
    }
    for type in [UInt8(0), 191, 224, 255] {
      #expect(throws: RTCPError.wrongPacketType(Int(type))) { try Self.read([0x80, type, 0, 1, 0, 0, 0, 1]) }
    }
    // In the second packet of a compound too: nothing of it is read.
    #expect(throws: RTCPError.wrongVersion(1)) { try Self.read(Self.receiverReport + [0x40, 203, 0, 0]) }
  }

  @Test func paddingIsTakenOffTheLastPacketOnly() throws {
    let padded = Self.packet(203, count: 1, [0, 0, 0, 1, 0, 0, 0, 4], padding: true)
    let found = try Self.read(Self.receiverReport + padded)
    #expect(found == ["RR 0", "BYE 1 "])
    #expect(throws: RTCPError.badPadding) { try Self.read(padded + Self.receiverReport) }
    for count: UInt8 in [0, 1, 2, 3, 12, 255] {
      #expect(throws: RTCPError.badPadding, "\(count)") {
        try Self.read(Self.packet(203, count: 1, [0, 0, 0, 1, 0, 0, 0, count], padding: true))
      }
    }
    #expect(throws: RTCPError.badPadding) { try Self.read(Self.packet(203, [], padding: true)) }
  }

  @Test(arguments: [
    (packet(200, count: 0, [UInt8](repeating: 0, count: 20)), "malformed 200"),
    (packet(200, count: 2, [UInt8](repeating: 0, count: 48)), "malformed 200"),
    (packet(201, []), "malformed 201"), (packet(201, count: 1, [0, 0, 0, 1]), "malformed 201"),
    (packet(203, count: 2, [0, 0, 0, 1]), "malformed 203"), (packet(207, []), "malformed 207"),
    (packet(205, [0, 0, 0, 1]), "malformed 205"), (packet(192, []), "other 192"),
  ])
  func aBodyTooShortForItsCountIsMalformed(packet: [UInt8], expected: String) throws {
    // And the packet behind it holds.
    let found = try Self.read(packet + Self.goodbye)
    #expect(found == [expected, "BYE 1 bye"])
  }

  @Test(arguments: [
    // A text beyond the end; a chunk beyond the end; no end of the items; a chunk of nothing.
    (1, [0, 0, 0, 1, 1, 200, 97, 98], []), (2, [0, 0, 0, 1, 1, 1, 97, 0], ["1 1 a"]),
    (1, [0, 0, 0, 1, 1, 2, 97, 98], ["1 1 ab"]), (1, [0, 0, 0, 1, 0, 0, 0, 0], []), (31, [], []),
    // Zeros up to the word, four of them where the item ends at one.
    (2, [0, 0, 0, 1, 1, 2, 97, 98, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0], ["1 1 ab", "2 1 "]),
  ])
  func sourceDescriptions(count: Int, body: [UInt8], expected: [String]) throws {
    let found = try Self.read(Self.packet(202, count: count, body))
    #expect(found == ["SDES"] + expected)
  }

  @Test func aGoodbyeNamesItsSources() throws {
    let datagram = Self.packet(203, count: 2, [0, 0, 0, 1, 0, 0, 0, 7, 200, 97, 0, 0])
    var reader = try RTCPReader(datagram.span)
    guard case .goodbye(let goodbye)? = reader.next() else {
      Issue.record("no goodbye")
      return
    }
    let names = [1, 7, 2].map { goodbye.names(SSRC(rawValue: $0)) }
    #expect(names == [true, true, false])
    // The reason goes beyond the end: it is left out, and they leave all the same.
    let reasonBytes = goodbye.reason.count
    #expect(reasonBytes == 0)
  }

  @Test func extendedReportsGiveTheBlocksThatWeKnow() throws {
    let unknown: [UInt8] = [1, 0, 0, 1, 9, 9, 9, 9]
    let time: [UInt8] = [4, 0, 0, 2] + [UInt8](1...8)
    let delays: [UInt8] = [5, 0, 0, 6] + [0, 0, 0, 1] + [UInt8](1...8) + [0, 0, 0, 2] + [UInt8](1...8)
    let metrics: [UInt8] = [7, 0, 0, 8] + [UInt8](repeating: 3, count: 32)
    let found = try Self.read(Self.packet(207, [0, 0, 0, 1] + unknown + time + delays + metrics))
    #expect(found == ["XR", "other", "receiverReferenceTime", "receiverDelay", "receiverDelay", "voipMetrics"])
    // Too short for their types, and beyond the end.
    let short = try Self.read(
      Self.packet(207, [0, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 8]))
    #expect(short == ["XR", "other", "other", "other"])
    let beyond = try Self.read(Self.packet(207, [0, 0, 0, 1, 5, 0, 0, 3, 0, 0, 0, 0]) + Self.goodbye)
    #expect(beyond == ["XR", "BYE 1 bye"])
  }

  @Test func randomBytesNeverTrap() throws {
    var random = SeededGenerator(seed: 6)
    var read = 0
    for _ in 0..<20_000 {
      // Headers that hold together, around bodies that need not.
      var datagram: [UInt8] = []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        datagram += Self.packet(
          .random(in: 199...208, using: &random), count: .random(in: 0...31, using: &random),
          random.bytes(4 * .random(in: 0...20, using: &random)))
      }
      if let found = try? Self.read(datagram) { read += found.count }
      _ = try? Self.read(random.bytes(.random(in: 0...40, using: &random)))
    }
    #expect(read > 20_000)
  }
}
