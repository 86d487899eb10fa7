import AudioCodecs
import Conference
import MediaBase
import Mixing
import RTC
import Testing

@Suite struct RoomTests {
  static func settled(_ heard: [Float]) -> ArraySlice<Float> { heard.suffix(24_000) }

  @Test func everybodyHearsTheOthersAndNotThemselves() throws {
    let conference = VirtualConference()
    let tones = [440.0, 700, 1_000]
    let talkers = try tones.map { hertz in
      let leg = try conference.join()
      leg.say(Sounds.tone(hertz, seconds: 2))
      return leg
    }
    let listener = try conference.join()
    conference.run(ticks: 95)
    for (own, leg) in talkers.enumerated() {
      for (number, hertz) in tones.enumerated() {
        let amplitude = Sounds.amplitude(of: hertz, in: Self.settled(leg.heard))
        #expect(number == own ? amplitude < 0.002 : abs(amplitude - 0.2) < 0.03, "\(own) hears \(hertz): \(amplitude)")
      }
    }
    for hertz in tones {
      let amplitude = Sounds.amplitude(of: hertz, in: Self.settled(listener.heard))
      #expect(abs(amplitude - 0.2) < 0.03, "the listener hears \(hertz): \(amplitude)")
    }
  }

  @Test(arguments: [LegFormat.Codec.pcmu, .pcma])
  func telephonesTakePart(codec: LegFormat.Codec) throws {
    let conference = VirtualConference()
    let phone = try conference.join(LegFormat(codec: codec, payloadType: codec == .pcmu ? 0 : 8), sendsLevel: false)
    let browser = try conference.join()
    phone.say(Sounds.tone(440, seconds: 2))
    browser.say(Sounds.tone(1_000, seconds: 2))
    conference.run(ticks: 95)
    #expect(abs(Sounds.amplitude(of: 440, in: Self.settled(browser.heard)) - 0.2) < 0.03)
    #expect(Sounds.amplitude(of: 1_000, in: Self.settled(browser.heard)) < 0.002)
    #expect(abs(Sounds.amplitude(of: 1_000, in: Self.settled(phone.heard)) - 0.2) < 0.03)
    #expect(Sounds.amplitude(of: 440, in: Self.settled(phone.heard)) < 0.002)
  }

  @Test func onlyTheLoudestAreMixed() throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(2)))
    let loud = [440.0, 700]
    for hertz in loud { try conference.join().say(Sounds.tone(hertz, seconds: 2, amplitude: 0.2)) }
    let soft = try conference.join()
    soft.say(Sounds.tone(1_000, seconds: 2, amplitude: 0.02))
    let listener = try conference.join()
    conference.run(ticks: 95)
    for hertz in loud { #expect(abs(Sounds.amplitude(of: hertz, in: Self.settled(listener.heard)) - 0.2) < 0.03) }
    #expect(Sounds.amplitude(of: 1_000, in: Self.settled(listener.heard)) < 0.001)
    // And one who is not mixed hears the shared mix.
    #expect(Array(soft.payloads.suffix(20)) == Array(listener.payloads.suffix(20)))
  }

  @Test func listenersShareOneEncode() throws {
    let conference = VirtualConference()
    try conference.join().say(Sounds.tone(440, seconds: 1))
    let listeners = try (0..<20).map { _ in try conference.join() }
    conference.run(ticks: 50)
    #expect(listeners.allSatisfy { $0.payloads == listeners[0].payloads })
    #expect(conference.room.quality.encodesShared <= 50)
    #expect(conference.room.quality.encodesOwn <= 50)
  }

  @Test func streamsAreNumberedWithoutAGapThroughHandOvers() throws {
    let conference = VirtualConference()
    let talker = try conference.join()
    let other = try conference.join()
    other.keepsSending = true
    for _ in 0..<3 {
      talker.say(Sounds.tone(440, seconds: 0.5))
      conference.run(ticks: 150)
    }
    for leg in [talker, other] {
      #expect(leg.headers.count == 450)
      for (before, after) in zip(leg.headers, leg.headers.dropFirst()) {
        #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1)
        #expect(after.timestamp.distance(from: before.timestamp) == 960)
        #expect(after.ssrc == leg.ssrc)
      }
    }
  }

  @Test func aSilentRoomIsNotEncodedAfresh() throws {
    let conference = VirtualConference()
    let listener = try conference.join()
    conference.run(ticks: 300)
    #expect(conference.room.quality.encodesShared < 40)
    #expect(listener.headers.count == 300)
    #expect(listener.heard.allSatisfy { abs($0) < 1e-3 })
  }

  @Test func talkingIsTold() throws {
    let conference = VirtualConference()
    let talker = try conference.join()
    talker.keepsSending = true
    talker.say(Sounds.tone(440, seconds: 0.5))
    conference.run(ticks: 100)
    var states: [Bool] = []
    for event in conference.told {
      if case .talking(talker.id, let isTalking) = event.kind { states.append(isTalking) }
    }
    #expect(states == [true, false])
  }

  @Test func oneWhoWhispersIsHeardByOneOnly() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), listener = try conference.join(), excluded = try conference.join()
    try conference.room.change(excluded.index, .level(.silence, of: talker.id), source: talker.index)
    talker.say(Sounds.tone(440, seconds: 2))
    conference.run(ticks: 95)
    #expect(abs(Sounds.amplitude(of: 440, in: Self.settled(listener.heard)) - 0.2) < 0.03)
    #expect(Sounds.amplitude(of: 440, in: Self.settled(excluded.heard)) < 0.001)
    try conference.room.change(excluded.index, .level(.unity, of: talker.id), source: talker.index)
    talker.say(Sounds.tone(440, seconds: 2))
    conference.run(ticks: 95)
    #expect(abs(Sounds.amplitude(of: 440, in: Self.settled(excluded.heard)) - 0.2) < 0.03)
  }

  @Test func aDeafenedMemberHearsNothing() throws {
    let conference = VirtualConference()
    let talker = try conference.join(), deaf = try conference.join()
    try conference.room.change(deaf.index, .canHear(false))
    talker.say(Sounds.tone(440, seconds: 1))
    conference.run(ticks: 45)
    #expect(deaf.headers.count == 45)
    #expect(deaf.heard.allSatisfy { abs($0) < 1e-3 })
  }

  /// With every place taken by talkers, one who is deafened still gets a mix of their own, which is silent.
  @Test func aMemberIsDeafenedThoughAllTalk() throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(1)))
    let legs = try (0..<4).map { _ in try conference.join() }
    for (number, leg) in legs.enumerated() {
      leg.say(Sounds.tone(440, seconds: 0.4, amplitude: 0.01 * Double(1 + 9 * number)))
      conference.run(ticks: 12)
    }
    let late = try conference.join { $0.canHear = false }
    try conference.room.change(legs[0].index, .canHear(false))
    let before = legs[0].heard.count
    legs[3].say(Sounds.tone(440, seconds: 1))
    conference.run(ticks: 45)
    // Their encoder goes on from the shared one's state, which holds 6.5 ms of what was said before.
    #expect(late.heard.dropFirst(1_920).allSatisfy { abs($0) < 1e-3 })
    #expect(legs[0].heard[(before + 9_600)...].allSatisfy { abs($0) < 1e-3 })
  }

  @Test func leavingFreesTheIndex() throws {
    let conference = VirtualConference(RoomSettings(capacity: 2))
    let first = try conference.join()
    try conference.join()
    #expect(throws: ConferenceMediaError.roomFull(capacity: 2)) { try conference.join() }
    first.say(Sounds.tone(440, seconds: 1))
    conference.run(ticks: 20)
    conference.leave(first)
    conference.run(ticks: 5)
    #expect(try conference.join().index == first.index)
    #expect(conference.room.memberCount == 2)
  }
}
