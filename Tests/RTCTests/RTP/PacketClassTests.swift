import RTC
import Testing

@Suite struct PacketClassTests {
  /// RFC 7983, 7: every first byte.
  @Test func everyFirstByteHasTheClassOfTheStandard() {
    for byte in UInt8.min...UInt8.max {
      let expected: PacketClass =
        switch byte {
        case 0...3: .stun
        case 20...63: .dtls
        case 128...191: .rtp
        default: .unknown
        }
      #expect(PacketClass(of: [byte, 0].span) == expected, "first byte \(byte)")
    }
  }

  /// RFC 5761, 4: RTCP is 192 to 223, which RTP has as payload types 64 to 95 with the marker.
  @Test func theSecondByteTellsRTPFromRTCP() {
    for byte in UInt8.min...UInt8.max {
      #expect(PacketClass(of: [0x80, byte].span) == ((192...223).contains(byte) ? .rtcp : .rtp), "second byte \(byte)")
    }
  }

  @Test func tooLittleIsUnknown() {
    #expect(PacketClass(of: [UInt8]().span) == .unknown)
    #expect(PacketClass(of: [0x80].span) == .unknown)
  }
}
