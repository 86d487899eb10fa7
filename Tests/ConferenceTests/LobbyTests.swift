import AllocationCounter
import Conference
import MediaBase
import Mixing
import Testing

/// Those who wait for a host: music, one encode a format for all of them, and a way into the room that is not heard.
@Suite struct LobbyTests {
  private static let music = SoundsInTheRoomTests.sound(1_000, seconds: 1, amplitude: 0.1)

  private static func waiting(_ sound: RoomSound? = music) throws -> VirtualConference {
    let conference = VirtualConference()
    try conference.room.change(.hold(sound), at: conference.now)
    return conference
  }

  @discardableResult
  private static func join(_ conference: VirtualConference, codec: LegFormat.Codec = .opus) throws -> VirtualLeg {
    try conference.join(LegFormat(codec: codec, payloadType: codec == .opus ? 111 : 8), sendsLevel: codec == .opus) {
      ($0.waits, $0.canTalk) = (true, false)
    }
  }

  private static func expectWhole(_ leg: VirtualLeg) {
    let ticks = leg.settings.format.codec == .opus ? 960 : 160
    for (before, after) in zip(leg.headers, leg.headers.dropFirst()) {
      #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1)
      #expect(after.timestamp.distance(from: before.timestamp) == Int32(ticks) && after.ssrc == leg.ssrc)
    }
  }

  @Test func whoWaitsHearsMusicByOneEncodeAFormat() throws {
    let conference = try Self.waiting()
    let legs = try (0..<20).map { try Self.join(conference, codec: $0 % 2 == 0 ? .opus : .pcma) }
    for leg in legs { leg.say(Sounds.tone(440, seconds: 2)) }
    conference.run(ticks: 100)
    for leg in legs {
      #expect(abs(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(24_000)) - 0.1) < 0.015)
      #expect(Sounds.amplitude(of: 440, in: leg.heard.suffix(24_000)) < 0.001, "nobody who waits is heard")
      #expect(leg.payloads == legs[leg.settings.format.codec == .opus ? 0 : 1].payloads)
    }
    #expect(conference.room.quality.encodesShared == 200 && conference.room.quality.encodesOwn == 0)
  }

  /// The host comes, talks, and a second later everybody has come in.
  @Test func theHostLetsThemIn() throws {
    let conference = try Self.waiting()
    let early = try Self.join(conference), phone = try Self.join(conference, codec: .pcma)
    conference.run(ticks: 100)
    let host = try conference.join(), steady = try conference.join()
    host.say(HandOverTests.babble(seconds: 9))
    conference.run(ticks: 50)
    #expect(early.heard.count == 150 * 960 && Sounds.amplitude(of: 1_000, in: steady.heard[...]) < 0.005)
    try conference.room.change(.admit, at: conference.now)
    for leg in [early, phone] { try conference.room.change(leg.index, .canTalk(true)) }
    conference.run(ticks: 300)
    for leg in [early, phone] {
      Self.expectWhole(leg)
      #expect(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(4 * 48_000)) < 0.01)
    }
    // Half a second of fading, then 400 ms to 1 s until they share the room's stream: from there on, packet for packet.
    let (theirs, others) = (early.payloads.suffix(300), steady.payloads.suffix(300))
    let alike = zip(theirs, others).map { $0 == $1 }
    let shared = (alike.lastIndex(of: false) ?? -1) + 1
    #expect((45...80).contains(shared), "\(shared)")
    // And the seam there is no worse than the difference between two encodes of one sound.
    let ratios = HandOverTests.frameRatios(early.heard.suffix(300 * 960), against: steady.heard.suffix(300 * 960))
    let before = ratios[28..<shared].sorted()
    let apart = before[before.count / 2]
    #expect(apart > 10)
    #expect(ratios[shared] > apart - 4 && ratios[shared + 1] > apart - 4, "\(ratios[shared...].prefix(5)), \(apart)")
    let after = ratios[(shared + 10)...].min() ?? 0
    #expect(after > apart + 5, "\(after), \(apart)")
    // One who has come in is heard.
    early.say(Sounds.tone(700, seconds: 2))
    host.say(Sounds.tone(300, seconds: 0.1))
    conference.run(ticks: 95)
    #expect(abs(Sounds.amplitude(of: 700, in: host.heard.suffix(24_000)) - 0.2) < 0.03)
  }

  @Test func theMusicFadesOutWithoutAStep() throws {
    let conference = try Self.waiting(SoundsInTheRoomTests.wave(seconds: 1, amplitude: 0.25))
    let leg = try Self.join(conference)
    conference.run(ticks: 60)
    try conference.room.change(.admit, at: conference.now)
    conference.run(ticks: 60)
    let steps = zip(leg.heard[9_600...], leg.heard[9_601...]).map { abs($1 - $0) }.max() ?? 1
    #expect(steps < 0.02, "\(steps)")
    #expect(leg.heard.suffix(2_400).allSatisfy { abs($0) < 0.01 })
  }

  /// Nobody else is in the room: the lobby's stream is the room's from then on, and its encoder goes on.
  @Test func aLobbyWithoutARoomBecomesIt() throws {
    let conference = try Self.waiting()
    let first = try Self.join(conference)
    conference.run(ticks: 50)
    try conference.room.change(.admit, at: conference.now)
    conference.run(ticks: 100)
    let late = try conference.join()
    conference.run(ticks: 10)
    #expect(Array(first.payloads.suffix(10)) == late.payloads)
    Self.expectWhole(first)
  }

  @Test func whoComesLateToAnOpenRoomIsLetInAtOnce() throws {
    let conference = try Self.waiting()
    try conference.room.change(.admit, at: conference.now)
    let host = try conference.join()
    host.say(Sounds.tone(440, seconds: 2))
    conference.run(ticks: 20)
    let late = try Self.join(conference)
    conference.run(ticks: 75)
    #expect(abs(Sounds.amplitude(of: 440, in: late.heard.suffix(24_000)) - 0.2) < 0.03)
    #expect(Sounds.amplitude(of: 1_000, in: late.heard[...]) < 0.002)
  }

  /// The rule is switched on while people talk: all of them wait from then on, and hear the room go.
  @Test func aRoomIsMadeToWait() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), listener = try conference.join()
    talker.say(Sounds.tone(440, seconds: 2))
    conference.run(ticks: 50)
    try conference.room.change(.hold(Self.music), at: conference.now)
    try conference.room.change(talker.index, .canTalk(false))
    conference.run(ticks: 250)
    #expect(Sounds.amplitude(of: 440, in: talker.heard[...]) < 0.001, "nor does one hear oneself on the way")
    #expect(Sounds.amplitude(of: 440, in: listener.heard[..<48_000]) > 0.1)
    for leg in [talker, listener] {
      #expect(abs(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(24_000)) - 0.1) < 0.015)
      #expect(Sounds.amplitude(of: 440, in: leg.heard.suffix(24_000)) < 0.001)
      Self.expectWhole(leg)
    }
    #expect(Array(talker.payloads.suffix(50)) == Array(listener.payloads.suffix(50)), "they share one encode again")
  }

  @Test func aDeafenedMemberWhoWaitsHearsSilence() throws {
    let conference = try Self.waiting()
    let leg = try Self.join(conference)
    conference.run(ticks: 30)
    try conference.room.change(leg.index, .canHear(false))
    conference.run(ticks: 30)
    #expect(leg.heard.suffix(9_600).allSatisfy { abs($0) < 1e-3 })
    try conference.room.change(leg.index, .canHear(true))
    conference.run(ticks: 100)
    #expect(abs(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(24_000)) - 0.1) < 0.015)
  }

  /// The only one in the room talks, so that its stream rests until somebody comes: whoever waits is not handed to it before
  /// its encoder has heard the room for a while.
  @Test func nobodyIsLetIntoAStreamThatHasJustBegun() throws {
    let conference = try Self.waiting()
    let early = try Self.join(conference)
    let host = try conference.join()
    host.say(HandOverTests.babble(seconds: 9))
    conference.run(ticks: 100)
    try conference.room.change(.admit, at: conference.now)
    conference.run(ticks: 70)
    let late = try conference.join()
    conference.run(ticks: 200)
    let alike = zip(early.payloads.suffix(200), late.payloads).map { $0 == $1 }
    let shared = (alike.lastIndex(of: false) ?? -1) + 1
    #expect((19...55).contains(shared), "\(shared)")
    Self.expectWhole(early)
  }

  /// A telephone that talked goes back to a stream that rests, of the lobby by now: there is nothing but the music.
  @Test func aTelephoneThatTalkedHearsTheMusicWithoutAGap() throws {
    let conference = VirtualConference()
    let phone = try conference.join(LegFormat(codec: .pcma, payloadType: 8))
    phone.say(Sounds.tone(440, seconds: 3))
    conference.run(ticks: 50)
    try conference.room.change(.hold(Self.music), at: conference.now)
    conference.run(ticks: 30)
    let before = conference.room.quality.encodesOwn
    conference.run(ticks: 20)
    #expect(conference.room.quality.encodesOwn == before + 20)
    try conference.room.change(phone.index, .canTalk(false))
    conference.run(ticks: 150)
    let after = conference.room.quality.encodesOwn
    conference.run(ticks: 10)
    #expect(conference.room.quality.encodesOwn == after, "it is back at the shared stream")
    let heard = Array(phone.heard[(90 * 960)...])
    for start in stride(from: 0, to: heard.count - 480, by: 480) {
      let piece = heard[start..<start + 480]
      let power = piece.reduce(0) { $0 + Double($1 * $1) } / 480
      let tone = Sounds.amplitude(of: 1_000, in: piece)
      #expect(power - tone * tone / 2 < 0.01 * power, "at \(start)")
    }
    Self.expectWhole(phone)
  }

  /// Whatever comes together, each leg gets one whole stream.
  @Test(arguments: 1...8) func allThatCanComeTogetherLeavesNoGap(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let conference = VirtualConference(RoomSettings(talkers: .loudest(2)))
    for _ in 0..<60 {
      let here = conference.legs.filter { !$0.hasLeft }
      let leg = here.randomElement(using: &random)
      switch Int.random(in: 0..<11, using: &random) {
      case 0...2 where here.count < 8:
        let waits = Bool.random(using: &random), canHear = Int.random(in: 0..<4, using: &random) > 0
        let codec: LegFormat.Codec = Bool.random(using: &random) ? .opus : .pcma
        let format = LegFormat(codec: codec, payloadType: codec == .opus ? 111 : 8)
        try conference.join(format) { ($0.waits, $0.canHear) = (waits, canHear) }
      case 3: try conference.room.change(.hold(Self.music), at: conference.now)
      case 4, 5: try conference.room.change(.admit, at: conference.now)
      case 6: if let leg { try conference.room.change(leg.index, .canHear(Bool.random(using: &random))) }
      case 7: if let leg { try conference.room.change(leg.index, .canTalk(Bool.random(using: &random))) }
      case 8: if let leg, here.count > 4 { conference.leave(leg) }
      case 9:
        let lost: UInt8 = [0, 26, 60].randomElement(using: &random) ?? 0
        if let leg { try StreamChangeTests.report(lost, of: leg, to: conference) }
      default: leg?.say(Sounds.tone(400, seconds: Double.random(in: 0.1...1, using: &random)))
      }
      conference.run(ticks: Int.random(in: 1...40, using: &random))
    }
    for leg in conference.legs { Self.expectWhole(leg) }
  }

  @Test func neitherWaitingNorComingInAllocates() throws {
    let conference = try Self.waiting()
    for _ in 0..<10 { try Self.join(conference) }
    try Self.join(conference, codec: .pcma)
    let host = try conference.join()
    host.say(Sounds.tone(440, seconds: 8))
    var packets = PacketTrain()
    for _ in 0..<400 { packets.append(host.nextPacket() ?? []) }
    conference.runQuietly(&packets, from: host, ticks: 0..<100)
    try conference.room.change(.admit, at: conference.now)
    let before = allocation_count()
    conference.runQuietly(&packets, from: host, ticks: 100..<400)
    #expect(allocation_count() - before == 0)
    // The streams without a listener are gone at the next join.
    try conference.join()
  }
}
