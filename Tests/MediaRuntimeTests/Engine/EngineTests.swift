import AudioCodecs
import Conference
import MediaBase
import MediaRuntime
import RTC
import Testing

@Suite("The engine on loopback", .serialized)
struct EngineTests {
  @Test("two legs hear each other, each from where it was told to send, and nobody hears themselves")
  func hearingEachOther() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (ada, bert) = (try rig.leg(.muLaw, number: 1), try rig.leg(.aLaw, number: 2))
      let (adas, berts) = (try await rig.join(room, ada), try await rig.join(room, bert))
      ada.talk(400, to: adas.local)
      bert.talk(1_000, to: berts.local)
      try await eventually("both voices") { ada.amplitude(of: 1_000) > 0.15 && bert.amplitude(of: 400) > 0.15 }
      #expect(ada.amplitude(of: 400) < 0.01 && bert.amplitude(of: 1_000) < 0.01)
      for (leg, joined) in [(ada, adas), (bert, berts)] {
        let packets = leg.packets
        #expect(packets.allSatisfy { $0.source == joined.local && $0.header.ssrc == joined.ssrc })
        #expect(packets.allSatisfy { $0.header.payloadType == leg.payloadType && $0.payload.count == 160 })
        #expect(packets.first?.header.isMarked == true)
        #expect(packets.dropFirst().allSatisfy { !$0.header.isMarked })
        expectNoGap(packets[...])
      }
    }
  }

  @Test("rooms on several threads have ports of their own, and do not hear each other")
  func severalThreads() async throws {
    try await EngineRig.run(threads: 2) { rig in
      let legs = try (1...4).map { try rig.leg(number: $0) }
      var ports: Set<UInt16> = []
      for (number, pair) in [legs[..<2], legs[2...]].enumerated() {
        let room = try await rig.engine.openRoom(RoomSettings())
        for (place, leg) in pair.enumerated() {
          let joined = try await rig.join(room, leg)
          ports.insert(joined.local.port)
          if place == 0 { leg.talk(number == 0 ? 400 : 1_000, to: joined.local) }
        }
      }
      #expect(ports.count == 2 && ports.allSatisfy { $0 % 2 == 0 })
      try await eventually("both rooms") { legs[1].amplitude(of: 400) > 0.15 && legs[3].amplitude(of: 1_000) > 0.15 }
      #expect(legs[1].amplitude(of: 1_000) < 0.01 && legs[3].amplitude(of: 400) < 0.01)
    }
  }

  @Test("events tell of media, talking, keys, quality and goodbyes")
  func events() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (ada, bert) = (try rig.leg(number: 1), try rig.leg(number: 2))
      let joined = try await rig.join(room, ada) { $0.telephoneEventPayloadType = 101 }
      let listener = try await rig.join(room, bert)
      ada.talk(400, to: joined.local)
      try await eventually("talking") {
        rig.tells { if case .talking(joined.member, true) = $0 { true } else { false } }
      }
      #expect(rig.tells { if case .mediaStarted(joined.member) = $0 { true } else { false } })
      #expect(!rig.tells { if case .mediaStarted(listener.member) = $0 { true } else { false } })
      ada.fallSilent()
      // RFC 4733, 2.3: the key 5, 100 ms at the 8 kHz of the stream, in a packet that continues the stream's numbers.
      try await eventually("silence") {
        rig.tells { if case .talking(joined.member, false) = $0 { true } else { false } }
      }
      var key = ada.lastSent[..<12].map { $0 }
      key[1] = 0x80 | 101
      key[3] &+= 1
      key[2] &+= key[3] == 0 ? 1 : 0
      try ada.send(key + [5, 0x0a, 0x03, 0x20], to: joined.local)
      try await eventually("the key") { rig.tells { if case .digit(joined.member, "5") = $0 { true } else { false } } }
      // RFC 3550, 6.6.
      let source = (0..<4).map { UInt8(truncatingIfNeeded: ada.ssrc.rawValue >> UInt32(24 - 8 * $0)) }
      try ada.send([0x81, 203, 0, 1] + source, to: joined.local)
      try await eventually("the goodbye") {
        rig.tells { if case .leftByRTCP(joined.member) = $0 { true } else { false } }
      }
      try await eventually("quality") {
        (rig.quality(of: joined.member)?.packetsReceived ?? 0) > 0
          && (rig.quality(of: listener.member)?.packetsSent ?? 0) > 0
          && rig.tells { if case .roomQuality(let room) = $0 { room.members == 2 && room.ticks > 0 } else { false } }
      }
      #expect(rig.quality(of: joined.member)?.packetsRejected == 0)
    }
  }

  @Test("many joins and leaves leave no gap in what another leg hears")
  func joinsAndLeaves() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (ada, bert) = (try rig.leg(number: 1), try rig.leg(number: 2))
      let joined = try await rig.join(room, ada)
      _ = try await rig.join(room, bert)
      ada.talk(400, to: joined.local)
      let others = try (3...12).map { try rig.leg($0 % 2 == 0 ? .muLaw : .aLaw, number: $0) }
      for round in 0..<20 {
        var members: [MemberID] = []
        for leg in others {
          let other = try await rig.join(room, leg) { $0.format.packet = round % 2 == 0 ? .ms20 : .ms40 }
          members.append(other.member)
          leg.talk(1_000, to: other.local)
        }
        let count = bert.packetCount
        try await eventually("a packet meanwhile") { bert.packetCount > count }
        for member in members { await rig.engine.leave(member) }
        for leg in others { leg.fallSilent() }
      }
      let count = bert.packetCount
      try await eventually("the voice afterwards") { bert.packetCount >= count + 20 && bert.amplitude(of: 400) > 0.15 }
      expectNoGap(bert.packets[...])
      #expect(bert.unreadable == 0)
    }
  }

  @Test("a leg that leaves gets a goodbye, and its address is free again")
  func leaving() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let leg = try rig.leg()
      let joined = try await rig.join(room, leg)
      try await eventually("packets") { leg.packetCount > 0 }
      await rig.engine.leave(joined.member)
      try await eventually("the goodbye") { leg.hasGoodbye(of: joined.ssrc) }
      let again = try await rig.join(room, leg)
      #expect(again.member != joined.member && again.ssrc != joined.ssrc)
    }
  }

  @Test("the engine's end says goodbye to every leg, on the place of its RTCP")
  func goodbyeAtTheEnd() async throws {
    try await EngineRig.run(threads: 2) { rig in
      let keys = try #require(
        SRTPKeys(suite: .aeadAES128GCM, send: Array(0..<28), receive: Array(100..<128)))
      let mirrored = try #require(SRTPKeys(suite: keys.suite, send: keys.receive, receive: keys.send))
      let legs = [try rig.leg(number: 1), try rig.leg(number: 2), try rig.leg(number: 3, keys: mirrored)]
      let reports = try rig.leg(number: 4)
      var sources: [SSRC] = []
      for (number, leg) in legs.enumerated() {
        let room = try await rig.engine.openRoom(RoomSettings())
        let joined = try await rig.join(room, leg) {
          if number == 1 { $0.remoteRTCP = reports.address }
          if number == 2 { $0.srtp = keys }
        }
        sources.append(joined.ssrc)
      }
      rig.stopEngine()
      try await eventually("goodbyes") {
        legs[0].hasGoodbye(of: sources[0]) && reports.hasGoodbye(of: sources[1]) && legs[2].hasGoodbye(of: sources[2])
      }
      #expect(legs[1].rtcp.isEmpty)
    }
  }

  @Test("an address that a leg has on the same thread is refused, for its RTCP too, until that leg has left")
  func addressInUse() async throws {
    try await EngineRig.run { rig in
      let rooms = [try await rig.engine.openRoom(RoomSettings()), try await rig.engine.openRoom(RoomSettings())]
      let (leg, reports) = (try rig.leg(number: 1), try rig.leg(number: 2))
      let joined = try await rig.join(rooms[0], leg) { $0.remoteRTCP = reports.address }
      for room in rooms {
        await #expect(throws: ConferenceMediaError.addressInUse(leg.address)) { _ = try await rig.join(room, leg) }
        await #expect(throws: ConferenceMediaError.addressInUse(reports.address)) {
          _ = try await rig.join(room, reports)
        }
      }
      await rig.engine.leave(joined.member)
      _ = try await rig.join(rooms[1], leg)
      _ = try await rig.join(rooms[0], reports)
    }
  }

  @Test("rooms and members that are not there are refused by name, and may be closed and left in peace")
  func unknownIDs() async throws {
    try await EngineRig.run { rig in
      let (noRoom, nobody) = (RoomID(rawValue: 99), MemberID(rawValue: 99))
      let leg = try rig.leg()
      await #expect(throws: ConferenceMediaError.unknownRoom(noRoom)) { _ = try await rig.join(noRoom, leg) }
      await #expect(throws: ConferenceMediaError.unknownMember(nobody)) {
        try await rig.engine.change(nobody, .canTalk(false))
      }
      await rig.engine.leave(nobody)
      await rig.engine.closeRoom(noRoom)
      let room = try await rig.engine.openRoom(RoomSettings(capacity: 1))
      let joined = try await rig.join(room, leg)
      await #expect(throws: ConferenceMediaError.unknownMember(nobody)) {
        try await rig.engine.change(joined.member, .level(Decibels(-6), of: nobody))
      }
      let other = try rig.leg(number: 2)
      await #expect(throws: ConferenceMediaError.roomFull(capacity: 1)) { _ = try await rig.join(room, other) }
      await rig.engine.leave(joined.member)
      await #expect(throws: ConferenceMediaError.unknownMember(joined.member)) {
        try await rig.engine.change(joined.member, .canTalk(false))
      }
      await rig.engine.leave(joined.member)
    }
  }

  @Test("a closed room says goodbye to its members and is gone with them; others go on")
  func closingARoom() async throws {
    try await EngineRig.run { rig in
      let (room, other) = (
        try await rig.engine.openRoom(RoomSettings()), try await rig.engine.openRoom(RoomSettings())
      )
      let legs = try (1...3).map { try rig.leg(number: $0) }
      let first = try await rig.join(room, legs[0])
      let second = try await rig.join(room, legs[1]) { $0.learnsSource = true }
      let staying = try await rig.join(other, legs[2])
      legs[0].talk(400, to: first.local)
      legs[1].talk(1_000, to: second.local)
      try await eventually("voices") { legs[0].amplitude(of: 1_000) > 0.15 && legs[1].amplitude(of: 400) > 0.15 }
      await rig.engine.closeRoom(room)
      try await eventually("goodbyes") { legs[0].hasGoodbye(of: first.ssrc) && legs[1].hasGoodbye(of: second.ssrc) }
      let counts = legs.map(\.packetCount)
      await #expect(throws: ConferenceMediaError.unknownRoom(room)) { _ = try await rig.join(room, legs[0]) }
      await #expect(throws: ConferenceMediaError.unknownMember(first.member)) {
        try await rig.engine.change(first.member, .canHear(false))
      }
      await rig.engine.closeRoom(room)
      try await eventually("the other room") { legs[2].packetCount > counts[2] + 10 }
      #expect(legs[0].packetCount == counts[0] && legs[1].packetCount == counts[1])
      expectNoGap(legs[2].packets[...])
      #expect(!legs[2].hasGoodbye(of: staying.ssrc))
      // Their addresses are free: the port of the one who was learnt is closed, and the other's may join again.
      _ = try await rig.join(other, legs[0])
    }
  }

  @Test("RTCP that has a place of its own comes from the port beside the voice, as it is received there")
  func reportsFromTheirOwnPort() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (leg, reports) = (try rig.leg(number: 1), try LoopbackLeg(number: 2))
      let joined = try await rig.join(room, leg) { $0.remoteRTCP = reports.address }
      await rig.engine.leave(joined.member)
      var batch = ReceiveBatch(capacity: 4)
      let source = try Datagrams.receive(1, from: reports.socket, by: &batch).first?.source
      #expect(source == joined.local.withPort(joined.local.port + 1))
    }
  }

  @Test("what is asked of an engine that has ended is refused, and does not wait for ever")
  func askingAfterTheEnd() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let leg = try rig.leg()
      let joined = try await rig.join(room, leg)
      rig.stopEngine()
      await #expect(throws: ConferenceMediaError.self) { _ = try await rig.engine.openRoom(RoomSettings()) }
      await #expect(throws: ConferenceMediaError.self) { try await rig.engine.change(joined.member, .canTalk(false)) }
      await rig.engine.leave(joined.member)
      await #expect(throws: ConferenceMediaError.self) { _ = try await rig.join(room, leg) }
      await rig.engine.closeRoom(room)
      for await event in await rig.engine.events() { Issue.record("told after the end: \(event)") }
    }
  }
}
