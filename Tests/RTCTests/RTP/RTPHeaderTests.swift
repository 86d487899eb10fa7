import MediaBase
import RTC
import Testing

@Suite struct RTPHeaderTests {
  /// Two CSRCs, a one-byte header extension of two words, five bytes of payload, three of padding.
  static let full: [UInt8] = [
    0xb2, 0xe0, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
    0x00, 0x00, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff,
    0xbe, 0xde, 0x00, 0x02, 0x10, 0xa5, 0x21, 0x0b, 0x0c, 0x00, 0x00, 0x00,
    1, 2, 3, 4, 5, 0, 0, 3,
  ]

  @Test func everyFieldIsRead() throws {
    let header = try RTPHeader(parsing: Self.full.span)
    #expect(header.payloadType == 96)
    #expect(header.isMarked)
    #expect(header.sequenceNumber.rawValue == 0x1234)
    #expect(header.timestamp.rawValue == 0xdeca_fbad)
    #expect(header.ssrc.rawValue == 0xcafe_babe)
    #expect(header.csrcCount == 2)
    #expect(header.csrc(0, of: Self.full.span).rawValue == 1)
    #expect(header.csrc(1, of: Self.full.span).rawValue == 0xffff_ffff)
    #expect(header.extensionProfile == 0xbede)
    #expect(header.extensionElements == 24..<32)
    #expect(header.payload == 32..<37)
    let payload = header.payload(of: Self.full.span)
    #expect(payload.count == 5)
    #expect(payload[0] == 1)
  }

  @Test func aPacketMayHaveNoPayload() throws {
    let header = try RTPHeader(parsing: Self.bare.span)
    #expect(header.payload.isEmpty)
    #expect(header.payload(of: Self.bare.span).count == 0)
  }

  static let bare: [UInt8] = [0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]

  /// Without padding, so that only the header can be cut.
  @Test func aHeaderCutAnywhereIsTruncated() throws {
    var packet = Array(Self.full[..<32])
    packet[0] &= 0xdf
    for count in 0..<32 {
      #expect(throws: RTPError.truncated, "\(count) bytes") {
        try RTPHeader(parsing: packet.span.extracting(0..<count))
      }
    }
    let whole = try RTPHeader(parsing: packet.span)
    #expect(whole.payload.isEmpty)
  }

  @Test func everyOtherVersionIsRefused() {
    for version in [0, 1, 3] {
      var packet = Self.bare
      packet[0] = UInt8(version) << 6
      #expect(throws: RTPError.wrongVersion(version)) { try RTPHeader(parsing: packet.span) }
    }
  }

  @Test(arguments: [
    // What the last byte says, and whether that can be, of eight bytes behind the header.
    (0, false), (1, true), (7, true), (8, true), (9, false), (255, false),
  ])
  func paddingMustFit(count: Int, isPossible: Bool) throws {
    var packet = Self.full
    packet[packet.count - 1] = UInt8(count)
    if isPossible {
      let header = try RTPHeader(parsing: packet.span)
      #expect(header.payload == 32..<40 - count)
    } else {
      #expect(throws: RTPError.badPadding) { try RTPHeader(parsing: packet.span) }
    }
  }

  @Test func paddingWithNothingBehindTheHeaderIsRefused() {
    var packet = Self.bare
    packet[0] |= 0x20
    #expect(throws: RTPError.badPadding) { try RTPHeader(parsing: packet.span) }
  }

  @Test func anExtensionLongerThanThePacketIsTruncated() {
    var packet = Self.full
    packet[22] = 0xff
    packet[23] = 0xff
    #expect(throws: RTPError.truncated) { try RTPHeader(parsing: packet.span) }
  }

  @Test func whatIsWrittenIsRead() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let written = RTPHeader(
        payloadType: Int.random(in: 0...127, using: &random), isMarked: Bool.random(using: &random),
        sequenceNumber: SequenceNumber(rawValue: .random(in: 0...0xffff, using: &random)),
        timestamp: RTPTimestamp(rawValue: .random(in: 0...0xffff_ffff, using: &random)),
        ssrc: SSRC(rawValue: .random(in: 0...0xffff_ffff, using: &random)))
      let id = Int.random(in: 1...14, using: &random)
      let level = AudioLevel(
        belowOverload: .random(in: 0...127, using: &random), isVoice: Bool.random(using: &random))
      let hasLevel = Bool.random(using: &random)
      let payload = random.bytes(.random(in: 0...20, using: &random))
      var packet = [UInt8](repeating: 0xee, count: 20) + payload
      var span = packet.mutableSpan
      let count = try written.write(into: &span, audioLevel: hasLevel ? (level, id) : nil)
      #expect(count == (hasLevel ? 20 : 12))
      packet.replaceSubrange(count..<20, with: [])

      let read = try RTPHeader(parsing: packet.span)
      #expect(read.payloadType == written.payloadType && read.isMarked == written.isMarked)
      #expect(read.sequenceNumber == written.sequenceNumber && read.timestamp == written.timestamp)
      #expect(read.ssrc == written.ssrc)
      #expect(Array(packet[read.payload]) == payload)
      #expect(AudioLevel(id: id, header: read, packet: packet.span) == (hasLevel ? level : nil))
      #expect(AudioLevel(id: id % 14 + 1, header: read, packet: packet.span) == nil)
    }
  }

  @Test func aHeaderNeedsRoom() throws {
    let header = try RTPHeader(parsing: Self.bare.span)
    let level = (level: AudioLevel(belowOverload: 3, isVoice: true), id: 1)
    for count in 0..<20 {
      var room = [UInt8](repeating: 0, count: count)
      var span = room.mutableSpan
      if count < 12 {
        #expect(throws: RTPError.noRoom) { try header.write(into: &span) }
      }
      var other = room.mutableSpan
      #expect(throws: RTPError.noRoom) { try header.write(into: &other, audioLevel: level) }
    }
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededGenerator(seed: 2)
    var parsed = 0
    for round in 0..<20_000 {
      var bytes = random.bytes(.random(in: 0...80, using: &random))
      if round % 2 == 0, !bytes.isEmpty { bytes[0] = 0x80 | bytes[0] & 0x3f }
      guard let header = try? RTPHeader(parsing: bytes.span) else { continue }
      parsed += 1
      #expect(header.payload.upperBound <= bytes.count && header.extensionElements.upperBound <= bytes.count)
      var elements = HeaderExtensionReader(header, of: bytes.span)
      while let element = elements.next() {
        #expect(header.extensionElements.lowerBound < element.data.lowerBound)
        #expect(element.data.upperBound <= header.extensionElements.upperBound)
      }
    }
    #expect(parsed > 1000)
  }
}
