import AllocationCounter
import Conference
import MediaBase
import RTC
import Testing

/// Telephone keys to a leg: RFC 4733 events in place of its voice packets, in the same stream.
@Suite struct TelephoneKeysTests {
  /// An event packet that a leg got: what it says, and where it stands.
  struct Event: Equatable {
    var place: Int
    var timestamp: RTPTimestamp
    var isMarked: Bool
    var key: Unicode.Scalar?
    var isEnd: Bool
    var duration: Int
  }

  static func events(of leg: VirtualLeg) -> [Event] {
    leg.headers.indices.filter { leg.headers[$0].payloadType == 101 }.map { place in
      let (header, payload) = (leg.headers[place], leg.payloads[place])
      return Event(
        place: place, timestamp: header.timestamp, isMarked: header.isMarked,
        key: TelephoneKey(code: payload[0])?.sign, isEnd: payload[1] & 0x80 != 0,
        duration: Int(payload[2]) << 8 | Int(payload[3]))
    }
  }

  private static func join(
    _ conference: VirtualConference, _ format: LegFormat = LegFormat(codec: .opus, payloadType: 111)
  ) throws -> VirtualLeg {
    try conference.join(format, sendsLevel: false) { $0.telephoneEventPayloadType = 101 }
  }

  private static func keys(_ signs: String) -> [TelephoneKey] { signs.unicodeScalars.compactMap { TelephoneKey($0) } }

  @Test func aKeyStandsInTheVoicesPlace() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), leg = try Self.join(conference)
    talker.say(Sounds.tone(440, seconds: 2))
    conference.run(ticks: 20)
    try conference.room.change(leg.index, .press(KeyPresses(keys: Self.keys("1#"))))
    conference.run(ticks: 40)
    let events = Self.events(of: leg)
    // 100 ms are five packets; the end is sent three times; the pause of 50 ms is the two repeated ends and one of voice.
    #expect(events.map(\.key) == Array(repeating: "1", count: 7) + Array(repeating: "#", count: 7))
    #expect(events.map(\.place) == Array(20..<27) + Array(28..<35))
    #expect(events.prefix(7).map(\.duration) == [960, 1_920, 2_880, 3_840, 4_800, 4_800, 4_800])
    #expect(events.prefix(7).map(\.isEnd) == [false, false, false, false, true, true, true])
    #expect(events.map(\.isMarked) == (0..<14).map { $0 % 7 == 0 })
    // The key's timestamp is when it was pressed; the voice's go on as if nothing had been left out.
    let first = leg.headers[0].timestamp
    for (place, header) in leg.headers.enumerated() {
      let pressed = events.last { $0.place <= place && $0.place > place - 7 && header.payloadType == 101 }
      let ticks = pressed.map { event in events.first { $0.timestamp == event.timestamp }!.place } ?? place
      #expect(header.timestamp.distance(from: first) == Int32(960 * ticks))
      #expect(header.sequenceNumber.distance(from: leg.headers[0].sequenceNumber) == Int32(place))
      #expect(header.ssrc == leg.ssrc)
    }
    #expect(leg.headers.count == 60 && leg.headers[27].payloadType == 111 && !leg.headers[27].isMarked)
    #expect(abs(Sounds.amplitude(of: 440, in: leg.heard.suffix(14_400)) - 0.2) < 0.03)
  }

  @Test(arguments: [
    (LegFormat.Codec.pcma, PacketDuration.ms30, [240, 480, 720, 960, 960, 960]),
    (.opus, .ms60, [2_880, 5_760, 5_760, 5_760]), (.pcmu, .ms2point5, (1...40).map { $0 * 20 } + [800, 800]),
  ])
  func aToneLastsWholePacketsOfAnyLength(codec: LegFormat.Codec, packet: PacketDuration, durations: [Int]) throws {
    let conference = VirtualConference()
    var format = LegFormat(codec: codec, payloadType: codec == .opus ? 111 : codec == .pcma ? 8 : 0)
    format.packet = packet
    let leg = try Self.join(conference, format)
    conference.run(ticks: 6)
    try conference.room.change(leg.index, .press(KeyPresses(keys: Self.keys("5"))))
    conference.run(ticks: 30)
    #expect(Self.events(of: leg).map(\.duration) == durations)
  }

  @Test func aReceiverHearsEveryKeyOnceAndAsLong() throws {
    let conference = VirtualConference(RoomSettings(frame: .ms10))
    let leg = try Self.join(conference)
    let keys = TelephoneKey.allCases
    conference.run(ticks: 6)
    try conference.room.change(
      leg.index, .press(KeyPresses(keys: keys, toneMilliseconds: 60, pauseMilliseconds: 120)))
    conference.run(ticks: 16 * 18 + 20)
    var receiver = TelephoneEventReceiver(clockRate: 48_000)
    var got: [TelephoneEvent] = []
    for (place, header) in leg.headers.enumerated() where header.payloadType == 101 {
      let payload = leg.payloads[place]
      receiver.receive(header, payload: payload.span, at: PacketTime(nanoseconds: Int64(place) * 20_000_000))
      while let event = receiver.popEvent() { got.append(event) }
    }
    #expect(got == keys.flatMap { [.pressed($0), .released($0, milliseconds: 60)] })
    let presses = Self.events(of: leg).filter(\.isMarked).map(\.timestamp)
    for (before, after) in zip(presses, presses.dropFirst()) { #expect(after.distance(from: before) == 180 * 48) }
  }

  @Test func keysGoOutWhileDTXHoldsTheVoiceBack() throws {
    let conference = VirtualConference()
    var format = LegFormat(codec: .opus, payloadType: 111)
    format.usesDTX = true
    let leg = try Self.join(conference, format)
    conference.run(ticks: 100)
    let before = leg.headers.count
    try conference.room.change(leg.index, .press(KeyPresses(keys: Self.keys("9"))))
    conference.run(ticks: 10)
    #expect(Self.events(of: leg).count == 7 && leg.headers.count <= before + 8)
  }

  @Test func noMoreWaitThanThereIsRoomFor() throws {
    let conference = VirtualConference()
    let deaf = try conference.join(), leg = try Self.join(conference)
    #expect(throws: ConferenceMediaError.noTelephoneEvents(deaf.id)) {
      try conference.room.change(deaf.index, .press(KeyPresses(keys: Self.keys("1"))))
    }
    let most = KeyPresses.mostWaiting
    try conference.room.change(leg.index, .press(KeyPresses(keys: Array(repeating: Self.keys("1")[0], count: most))))
    #expect(throws: ConferenceMediaError.tooManyKeys(limit: most)) {
      try conference.room.change(leg.index, .press(KeyPresses(keys: Self.keys("2"))))
    }
    conference.run(ticks: 8 * most + 20)
    #expect(Self.events(of: leg).filter(\.isMarked).count == most)
    #expect(!leg.headers.suffix(10).contains { $0.payloadType == 101 })
  }

  @Test func aKeyAllocatesNothingAtATick() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), leg = try Self.join(conference)
    talker.keepsSending = true
    talker.say(Sounds.tone(440, seconds: 4))
    var packets = PacketTrain()
    for _ in 0..<200 { packets.append(talker.nextPacket() ?? []) }
    conference.runQuietly(&packets, from: talker, ticks: 0..<100)
    try conference.room.change(leg.index, .press(KeyPresses(keys: TelephoneKey.allCases)))
    let before = allocation_count()
    conference.runQuietly(&packets, from: talker, ticks: 100..<200)
    #expect(allocation_count() - before == 0)
  }
}
