import MediaBase
import RTC
import Testing

@Suite struct HeaderExtensionTests {
  /// A packet with a header extension of that profile and those bytes, a multiple of four.
  static func packet(profile: UInt16, _ elements: [UInt8]) -> [UInt8] {
    [0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, UInt8(profile >> 8), UInt8(profile & 0xff), 0, UInt8(elements.count / 4)]
      + elements + [0xaa]
  }

  /// Number and data of each element.
  static func elements(of packet: [UInt8]) throws -> [[UInt8]] {
    let header = try RTPHeader(parsing: packet.span)
    var reader = HeaderExtensionReader(header, of: packet.span)
    var found: [[UInt8]] = []
    while let element = reader.next() { found.append([UInt8(element.id)] + packet[element.data]) }
    #expect(reader.next() == nil, "the end is the end")
    return found
  }

  @Test(arguments: [
    // One element; several with padding between and behind (RFC 8285, 4.2).
    ([0x10, 0x85, 0, 0], [[1, 0x85]]),
    ([0x10, 0x85, 0, 0, 0x22, 7, 8, 9], [[1, 0x85], [2, 7, 8, 9]]),
    // The longest, of 16 bytes.
    ([0xef] + [UInt8](1...16) + [0, 0, 0], [[14] + [UInt8](1...16)]),
    // Number 15 ends the reading, and number 0 with a length too.
    ([0x10, 0x85, 0xf0, 1, 0x20, 1, 0, 0], [[1, 0x85]]),
    ([0x10, 0x85, 0x01, 1, 0x20, 1, 0, 0], [[1, 0x85]]),
    // Beyond the end.
    ([0x10, 0x85, 0x23, 1], [[1, 0x85]]),
    ([0, 0, 0, 0x10], []), ([0, 0, 0, 0], []), ([], []),
  ])
  func oneByteForm(bytes: [UInt8], expected: [[UInt8]]) throws {
    #expect(try Self.elements(of: Self.packet(profile: 0xbede, bytes)) == expected)
  }

  @Test(arguments: [
    ([1, 0, 2, 1, 0x85, 0, 3, 1, 7, 0, 0, 0], [[1], [2, 0x85], [3, 7]]),
    // Numbers of 15 and above are ordinary here.
    ([15, 1, 9, 255, 1, 8, 0, 0], [[15, 9], [255, 8]]),
    // Beyond the end: the data, and the length itself.
    ([1, 3, 7, 7], []), ([0, 0, 0, 1], []), ([1, 0, 0, 9], [[1]]), ([0, 0, 0, 0], []),
  ])
  func twoByteForm(bytes: [UInt8], expected: [[UInt8]]) throws {
    #expect(try Self.elements(of: Self.packet(profile: 0x1000, bytes)) == expected)
    #expect(try Self.elements(of: Self.packet(profile: 0x100f, bytes)) == expected)
  }

  @Test func otherProfilesHaveNoElements() throws {
    for profile: UInt16 in [0, 0x0fff, 0x1010, 0xbedd, 0xffff] {
      #expect(try Self.elements(of: Self.packet(profile: profile, [0x10, 0x85, 1, 1])) == [])
    }
  }

  /// RFC 6464, 3.
  @Test(arguments: [(UInt8(0x00), 0, false), (0x7f, 127, false), (0x80, 0, true), (0xaa, 42, true)])
  func aLevelIsReadInBothForms(byte: UInt8, belowOverload: Int, isVoice: Bool) throws {
    let expected = AudioLevel(belowOverload: belowOverload, isVoice: isVoice)
    for packet in [
      Self.packet(profile: 0xbede, [0x20, 1, 0x10, byte]), Self.packet(profile: 0x1000, [2, 0, 1, 1, byte, 0, 0, 0]),
    ] {
      let header = try RTPHeader(parsing: packet.span)
      #expect(AudioLevel(id: 1, header: header, packet: packet.span) == expected)
      #expect(AudioLevel(id: 3, header: header, packet: packet.span) == nil)
    }
  }

  @Test func aLevelOfTwoBytesIsNone() throws {
    let packet = Self.packet(profile: 0xbede, [0x11, 0x85, 0, 0])
    let header = try RTPHeader(parsing: packet.span)
    #expect(AudioLevel(id: 1, header: header, packet: packet.span) == nil)
  }

  @Test(arguments: [
    (0.0, 0), (-0.4, 0), (-0.6, 1), (3, 0), (-126.7, 127), (-200, 127), (-.infinity, 127), (.nan, 127),
    (.infinity, 0),
  ])
  func anyDecibelsHaveALevel(dBov: Double, belowOverload: Int) {
    #expect(AudioLevel(dBov: Decibels(dBov), isVoice: false).belowOverload == belowOverload)
  }
}
