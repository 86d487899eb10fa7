import Conference
import MediaBase
import MediaRuntime
import RTC
import Testing

@Suite("WebRTC peers on loopback", .serialized)
struct PeerTests {
  /// A room with a plain leg that says 400 Hz and a peer that says 1,000 Hz, connected.
  private struct Scene {
    let room: RoomID
    let plain: LoopbackLeg
    let plainJoined: JoinedLeg
    let peer: LoopbackPeer
    let joined: JoinedLeg
  }

  private func connect(_ rig: EngineRig) async throws -> Scene {
    let room = try await rig.engine.openRoom(RoomSettings())
    let plain = try rig.leg(number: 1)
    let plainJoined = try await rig.join(room, plain)
    let peer = try LoopbackPeer(try rig.leg(number: 2))
    let joined = try await rig.engine.join(room, leg: peer.settings())
    try peer.begin(with: try #require(joined.peer))
    try await eventually("the peer is connected") {
      try? peer.work()
      return peer.keys != nil && rig.tells { if case .peerConnected(joined.member) = $0 { true } else { false } }
    }
    plain.talk(400, to: plainJoined.local)
    peer.leg.talk(1_000, to: peer.target)
    return Scene(room: room, plain: plain, plainJoined: plainJoined, peer: peer, joined: joined)
  }

  @Test("a peer gets through by checks and handshake, hears the others and is heard by them, encrypted")
  func hearing() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      try await eventually("both voices") {
        try? scene.peer.work()
        return scene.peer.leg.amplitude(of: 400) > 0.15 && scene.plain.amplitude(of: 1_000) > 0.15
      }
      #expect(scene.peer.leg.amplitude(of: 1_000) < 0.01 && scene.plain.amplitude(of: 400) < 0.01)
      #expect(scene.peer.leg.packets.allSatisfy { $0.header.ssrc == scene.joined.ssrc })
      #expect(scene.peer.mapped == scene.peer.leg.address)
      #expect(scene.joined.peer?.candidates.map(\.address) == [scene.joined.local])
      expectNoGap(scene.peer.leg.packets[...])
    }
  }

  @Test("forty peers that join at once all get through")
  func manyAtOnce() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      var peers: [(peer: LoopbackPeer, member: MemberID)] = []
      for number in 1...40 {
        let peer = try LoopbackPeer(try rig.leg(number: UInt32(number)))
        let joined = try await rig.engine.join(room, leg: peer.settings())
        try peer.begin(with: try #require(joined.peer))
        peers.append((peer, joined.member))
      }
      try await eventually("all are connected") {
        for (peer, _) in peers { try? peer.work() }
        let connected = rig.events.count { if case .peerConnected = $0 { true } else { false } }
        return connected == peers.count && peers.allSatisfy { $0.peer.keys != nil }
      }
      try await eventually("all are sent to") { peers.allSatisfy { $0.peer.leg.packetCount > 10 } }
      #expect(!rig.tells { if case .peerLost = $0 { true } else { false } })
    }
  }

  @Test("media goes to the place that the peer nominates last, and what comes from both is heard")
  func moving() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      let elsewhere = try rig.leg(number: 3)
      try await eventually("packets at the old place") { scene.peer.leg.packetCount > 10 }
      try scene.peer.check(nominate: true, from: elsewhere)
      try await eventually("packets at the new place") { elsewhere.unreadable + elsewhere.packetCount > 10 }
      let before = scene.peer.leg.packetCount
      try await eventually("more there") { elsewhere.packetCount > 30 }
      #expect(scene.peer.leg.packetCount <= before + 1)
      try await eventually("still heard") { scene.plain.amplitude(of: 1_000) > 0.15 }
    }
  }

  @Test("a forged check is not answered, a check of the wrong role is refused, and neither moves the media")
  func forgedChecks() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      let forger = try rig.leg(number: 3)
      for _ in 0..<5 { try scene.peer.check(nominate: true, from: forger, password: "no such password at all") }
      try scene.peer.check(nominate: true, from: scene.peer.leg, role: .controlled(9))
      try await eventually("the refusal") {
        try? scene.peer.work()
        return scene.peer.refusals == 1
      }
      #expect(forger.takeOthers().isEmpty && forger.packetCount == 0)
      try await eventually("media as before") { scene.peer.leg.amplitude(of: 400) > 0.15 }
      #expect(forger.packetCount == 0)
    }
  }

  @Test("a check that somebody sends again from elsewhere does not move the media")
  func replayedChecks() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      let thief = try rig.leg(number: 3)
      try scene.peer.check(nominate: true)
      for _ in 0..<5 { try thief.send(scene.peer.lastCheck, to: scene.peer.target) }
      let before = scene.peer.leg.packetCount
      try await eventually("media as before") { scene.peer.leg.packetCount > before + 20 }
      #expect(thief.takeOthers().isEmpty && thief.packetCount == 0 && thief.unreadable == 0)
    }
  }

  @Test("handshakes and media from where no check has come are nobody's")
  func strangersOfPeers() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      let stranger = try rig.leg(number: 3)
      var hello = try DTLSSession(DTLSCertificate(), role: .client, expecting: scene.peer.certificate.fingerprint)
      hello.start(at: MonotonicClock.now)
      let taken = hello.takeDatagram()
      let flight = try #require(taken)
      let before = rig.engine.strangerPackets.reduce(0, +)
      for _ in 0..<500 { try stranger.send(flight, to: scene.peer.target) }
      // Replayed media of the peer, from elsewhere.
      try await eventually("media of the peer") { !scene.peer.leg.lastSent.isEmpty }
      for _ in 0..<10 { try stranger.send(scene.peer.leg.lastSent, to: scene.peer.target) }
      try await eventually("counted as strangers") { rig.engine.strangerPackets.reduce(0, +) >= before + 400 }
      #expect(stranger.takeOthers().isEmpty && stranger.packetCount == 0)
    }
  }

  @Test("a certificate that is not the promised one ends the leg before any media")
  func wrongCertificate() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let peer = try LoopbackPeer(try rig.leg(number: 2))
      let other = try DTLSCertificate()
      let joined = try await rig.engine.join(room, leg: peer.settings(claiming: other.fingerprint))
      try peer.begin(with: try #require(joined.peer))
      try await eventually("the loss") {
        try? peer.work()
        return rig.tells {
          if case .peerLost(joined.member, .wrongFingerprint) = $0 { true } else { false }
        }
      }
      #expect(peer.leg.packetCount == 0)
    }
  }

  @Test("a peer that closes the association is told as gone, and one who left leaves nothing behind")
  func leaving() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      try scene.peer.close()
      try await eventually("the goodbye") {
        rig.tells { if case .peerLost(scene.joined.member, .closed) = $0 { true } else { false } }
      }
      await rig.engine.leave(scene.joined.member)
      // Its place is free: a plain leg may have it.
      _ = try await rig.join(scene.room, scene.peer.leg)
    }
  }

  @Test("a restart of ICE gives new credentials, and the old ones go on until the new ones are seen")
  func restarting() async throws {
    try await EngineRig.run { rig in
      let scene = try await connect(rig)
      let answer = try await rig.engine.restartICE(of: scene.joined.member, with: scene.peer.credentials)
      #expect(answer.credentials != scene.joined.peer?.credentials)
      #expect(answer.fingerprint == scene.joined.peer?.fingerprint)
      let answers = scene.peer.answers
      try await eventually("the old ones still work") {
        try? scene.peer.work()
        return scene.peer.answers > answers
      }
      await #expect(throws: ConferenceMediaError.self) {
        _ = try await rig.engine.restartICE(of: scene.plainJoined.member, with: scene.peer.credentials)
      }
    }
  }
}
