import Conference
import MediaBase
import Testing

@Suite struct OverloadTests {
  @Test func aRoomUnderLoadMixesFewerTalkersAndSaysSo() throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(2)))
    let loud = try conference.join(), soft = try conference.join(), listener = try conference.join()
    loud.say(Sounds.tone(440, seconds: 6, amplitude: 0.3))
    soft.say(Sounds.tone(1_000, seconds: 6, amplitude: 0.05))
    conference.run(ticks: 60)
    conference.room.shed(.talkers, at: conference.now)
    conference.run(ticks: 60)
    #expect(Sounds.amplitude(of: 1_000, in: listener.heard.suffix(24_000)) < 0.003)
    #expect(abs(Sounds.amplitude(of: 440, in: listener.heard.suffix(24_000)) - 0.3) < 0.04)
    conference.room.shed(.none, at: conference.now)
    conference.run(ticks: 60)
    #expect(abs(Sounds.amplitude(of: 1_000, in: listener.heard.suffix(24_000)) - 0.05) < 0.02)
    let told = conference.told.compactMap { event in
      if case .shedding(let step) = event.kind { step } else { nil }
    }
    #expect(told == [.talkers, .none])
  }
}

@Suite struct StrangerTests {
  @Test func packetsFromElsewhereAreCountedAndNothingElse() throws {
    let conference = VirtualConference()
    let leg = try conference.join(), listener = try conference.join()
    leg.say(Sounds.tone(440, seconds: 2))
    for _ in 0..<50 {
      var packet = try #require(leg.nextPacket())
      var bytes = packet.mutableSpan
      conference.room.receive(
        &bytes, from: TransportAddress(ipv4: 0x7f00_0001, port: 4_444), for: leg.index, at: conference.now,
        pool: &conference.pool)
      conference.runWithoutPackets(ticks: 1)
    }
    #expect(listener.heard.allSatisfy { abs($0) < 1e-3 })
    #expect(conference.quality(of: leg)?.packetsReceived == 0)
    #expect(conference.quality(of: leg)?.packetsRejected ?? 0 > 0)
  }

  @Test func aSourceIsLearntOnceFromTheFirstGoodPacket() throws {
    let conference = VirtualConference()
    let place = TransportAddress(ipv4: 0x7f00_0001, port: 10_000)
    let other = TransportAddress(ipv4: 0x7f00_0001, port: 4_444)
    let leg = try conference.join { $0.learnsSource = true }
    conference.runWithoutPackets(ticks: 3)
    #expect(leg.headers.isEmpty, "nobody knows yet where to send")
    leg.say(Sounds.tone(440, seconds: 1))
    // Garbage and a wrong payload type teach nothing.
    for bytes in [[UInt8](repeating: 0x80, count: 40), [], [0x80, 0, 0]] {
      var bytes = bytes
      var span = bytes.mutableSpan
      conference.room.receive(&span, from: other, for: leg.index, at: conference.now, pool: &conference.pool)
    }
    for source in [place, other, place] {
      var packet = try #require(leg.nextPacket())
      var bytes = packet.mutableSpan
      conference.room.receive(&bytes, from: source, for: leg.index, at: conference.now, pool: &conference.pool)
    }
    conference.runWithoutPackets(ticks: 3)
    #expect(leg.headers.count == 3)
    let learnt = conference.told.compactMap { event in
      if case .sourceLearnt(leg.id, let source) = event.kind { source } else { nil }
    }
    #expect(learnt == [place])
  }
}
