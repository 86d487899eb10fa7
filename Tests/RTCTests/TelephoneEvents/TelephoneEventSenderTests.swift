import MediaBase
import RTC
import Testing

@Suite struct TelephoneEventSenderTests {
  private static func packets(of sender: inout TelephoneEventSender) -> [TelephoneEventPacket] {
    var packets: [TelephoneEventPacket] = []
    while let packet = sender.nextPacket() { packets.append(packet) }
    return packets
  }

  @Test func aPressIsDrawnAsInTheStandard() {
    var sender = TelephoneEventSender(packetTicks: 160)
    #expect(!sender.isSending && sender.nextPacket() == nil)
    sender.press(TelephoneKey("5")!, toneTicks: 640, at: RTPTimestamp(rawValue: 77))
    #expect(sender.isSending)
    let packets = Self.packets(of: &sender)
    #expect(packets.map(\.payload.durationTicks) == [160, 320, 480, 640, 640, 640])
    #expect(packets.map(\.isMarked) == [true, false, false, false, false, false])
    #expect(packets.map(\.payload.isEnd) == [false, false, false, true, true, true])
    #expect(packets.allSatisfy { $0.timestamp.rawValue == 77 && $0.payload.code == 5 })
    #expect(!sender.isSending)
  }

  @Test(arguments: [(1, [160, 160, 160]), (160, [160, 160, 160]), (161, [160, 320, 320, 320])])
  func aToneLastsWholePackets(ticks: Int, durations: [UInt16]) {
    var sender = TelephoneEventSender(packetTicks: 160)
    sender.press(TelephoneKey("#")!, toneTicks: ticks, at: RTPTimestamp(rawValue: 0))
    #expect(Self.packets(of: &sender).map(\.payload.durationTicks) == durations)
  }

  @Test func theLongestToneIsAsLongAsTheCounter() {
    var sender = TelephoneEventSender(packetTicks: 960)
    sender.press(TelephoneKey("1")!, toneTicks: .max, at: RTPTimestamp(rawValue: 0))
    let packets = Self.packets(of: &sender)
    #expect(packets.count == 69 + 2 && packets.last?.payload.durationTicks == 0xffff)
  }

  @Test func everyKeyArrives() throws {
    for key in TelephoneKey.allCases {
      var sender = TelephoneEventSender(packetTicks: 960)
      var receiver = TelephoneEventReceiver(clockRate: 48_000)
      sender.press(key, toneTicks: 4800, at: RTPTimestamp(rawValue: 0xffff_fff0))
      for packet in Self.packets(of: &sender) {
        var payload = [UInt8](repeating: 0, count: 4)
        var span = payload.mutableSpan
        try packet.payload.write(into: &span)
        let header = RTPHeader(
          payloadType: 101, isMarked: packet.isMarked, sequenceNumber: SequenceNumber(rawValue: 0),
          timestamp: packet.timestamp, ssrc: SSRC(rawValue: 1))
        receiver.receive(header, payload: payload.span, at: PacketTime(nanoseconds: 0))
      }
      #expect(receiver.popEvent() == .pressed(key))
      #expect(receiver.popEvent() == .released(key, milliseconds: 100))
      #expect(receiver.popEvent() == nil)
    }
  }

  @Test func aPayloadNeedsRoom() {
    let payload = TelephoneEventPayload(code: 1, isEnd: false, dBUnder0dBm0: 10, durationTicks: 160)
    var room = [UInt8](repeating: 0, count: 3)
    var span = room.mutableSpan
    #expect(throws: RTPError.noRoom) { try payload.write(into: &span) }
  }
}
