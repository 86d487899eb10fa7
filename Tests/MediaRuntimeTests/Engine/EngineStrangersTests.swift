import AudioCodecs
import Conference
import MediaBase
import MediaRuntime
import RTC
import Testing

/// Whose packets a leg's are, and what becomes of all others.
@Suite("Strangers at the engine's ports", .serialized)
struct EngineStrangersTests {
  @Test("packets from another place are not heard, and move nobody")
  func anotherPlace() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (ada, bert, stranger) = (try rig.leg(number: 1), try rig.leg(number: 2), try rig.leg(number: 1))
      let joined = try await rig.join(room, ada)
      _ = try await rig.join(room, bert)
      // The stranger even has Ada's SSRC.
      stranger.talk(1_000, to: joined.local)
      ada.talk(400, to: joined.local)
      try await eventually("the voice") { bert.amplitude(of: 400, inLast: 50) > 0.15 }
      #expect(bert.amplitude(of: 1_000, inLast: 50) < 0.01)
      #expect(stranger.packetCount == 0 && stranger.rtcp.isEmpty && stranger.unreadable == 0)
      expectNoGap(ada.packets[...])
      try await eventually("quality") { (rig.quality(of: joined.member)?.packetsReceived ?? 0) > 25 }
      // Nothing of the stranger was counted as Ada's: no packet twice, none refused.
      #expect(rig.quality(of: joined.member)?.packetsDuplicate == 0)
      #expect(rig.quality(of: joined.member)?.packetsRejected == 0)
    }
  }

  @Test("packets of another payload type are counted and not heard")
  func anotherPayloadType() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      // Ada speaks A-law where μ-law was agreed on.
      let (ada, bert) = (try rig.leg(.aLaw, number: 1), try rig.leg(number: 2))
      let joined = try await rig.join(room, ada) { $0.format = LegFormat(codec: .pcmu, payloadType: 0) }
      _ = try await rig.join(room, bert)
      ada.talk(400, to: joined.local)
      try await eventually("refusals") { (rig.quality(of: joined.member)?.packetsRejected ?? 0) > 10 }
      #expect(rig.quality(of: joined.member)?.packetsReceived == 0)
      #expect(bert.packets.allSatisfy { $0.payload.allSatisfy { $0 == G711.muLaw.silence } })
      #expect(!rig.tells { if case .mediaStarted = $0 { true } else { false } })
    }
  }

  @Test("a leg whose source is to be learnt gets nothing before, is learnt once, and stays")
  func learning() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (announced, first, second) = (try rig.leg(number: 1), try rig.leg(number: 2), try rig.leg(number: 3))
      let other = try rig.leg(number: 4)
      let joined = try await rig.join(room, announced) { $0.learnsSource = true }
      let others = try await rig.join(room, other)
      #expect(joined.local != others.local)
      // What is no good packet teaches nothing.
      try first.send([1, 2, 3], to: joined.local)
      try first.send([0x80, 8] + [UInt8](repeating: 0, count: 170), to: joined.local)
      let ssrc = (0..<4).map { UInt8(truncatingIfNeeded: first.ssrc.rawValue >> UInt32(24 - 8 * $0)) }
      try first.send([0x80, 201, 0, 1] + ssrc, to: joined.local)
      try await eventually("the other's packets") { other.packetCount > 20 }
      #expect(first.packetCount == 0 && first.rtcp.isEmpty && announced.packetCount == 0)

      first.talk(400, to: joined.local)
      try await eventually("the voice and the answer") { other.amplitude(of: 400) > 0.15 && first.packetCount > 0 }
      second.talk(1_000, to: joined.local)
      try await eventually("refusals") { (rig.quality(of: joined.member)?.packetsRejected ?? 0) > 20 }
      #expect(other.amplitude(of: 1_000) < 0.01 && other.amplitude(of: 400) > 0.15)
      #expect(second.packetCount == 0 && announced.packetCount == 0)
      expectNoGap(first.packets[...])
      let learnt = rig.events.compactMap { if case .sourceLearnt(joined.member, let place) = $0 { place } else { nil } }
      #expect(learnt == [first.address])
      await rig.engine.leave(joined.member)
      try await eventually("the goodbye") { first.hasGoodbye(of: joined.ssrc) }
      #expect(announced.rtcp.isEmpty)
    }
  }

  @Test(
    "an encrypted leg is heard and hears; forged, plain and repeated packets are refused",
    arguments: SRTPKeys.Suite.allCases)
  func encrypted(suite: SRTPKeys.Suite) async throws {
    let length = suite.keyAndSaltBytes
    func keys(_ send: UInt8, _ receive: UInt8) throws -> SRTPKeys {
      try #require(
        SRTPKeys(
          suite: suite, send: (0..<length).map { UInt8($0) &+ send }, receive: (0..<length).map { UInt8($0) &+ receive }
        ))
    }
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let ada = try rig.leg(number: 1, keys: keys(11, 77))
      let bert = try rig.leg(number: 2)
      let joined = try await rig.join(room, ada) { $0.srtp = try? keys(77, 11) }
      let berts = try await rig.join(room, bert)
      ada.talk(400, to: joined.local)
      bert.talk(1_000, to: berts.local)
      try await eventually("both voices") { ada.amplitude(of: 1_000) > 0.15 && bert.amplitude(of: 400) > 0.15 }
      #expect(ada.unreadable == 0 && rig.quality(of: joined.member)?.packetsRejected ?? 0 == 0)

      ada.fallSilent()
      let last = ada.lastSent
      try ada.send(last, to: joined.local)
      var forged = last
      forged[3] &+= 1
      try ada.send(forged, to: joined.local)
      forged = last
      forged[20] ^= 1
      try ada.send(forged, to: joined.local)
      let plain = Array(last[..<172])
      try ada.send(plain, to: joined.local)
      // A goodbye that is not authentic ends nothing.
      try ada.send([0x81, 203, 0, 1] + last[8..<12], to: joined.local)
      try await eventually("refusals") { rig.quality(of: joined.member)?.packetsRejected == 5 }
      #expect(!rig.tells { if case .leftByRTCP = $0 { true } else { false } })

      ada.talk(400, to: joined.local)
      let count = bert.packetCount
      try await eventually("the voice again") { bert.packetCount > count + 20 && bert.amplitude(of: 400) > 0.15 }
      #expect(rig.quality(of: joined.member)?.packetsRejected == 5)
    }
  }

  @Test("a leg with the wrong keys is not heard")
  func wrongKeys() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let right = try #require(SRTPKeys(suite: .aesCM128HMACSHA180, send: Array(0..<30), receive: Array(50..<80)))
      let wrong = try #require(SRTPKeys(suite: .aesCM128HMACSHA180, send: Array(51..<81), receive: Array(0..<30)))
      let (ada, bert) = (try rig.leg(number: 1, keys: wrong), try rig.leg(number: 2))
      let joined = try await rig.join(room, ada) { $0.srtp = right }
      _ = try await rig.join(room, bert)
      ada.talk(400, to: joined.local)
      try await eventually("refusals") { (rig.quality(of: joined.member)?.packetsRejected ?? 0) > 10 }
      #expect(rig.quality(of: joined.member)?.packetsReceived == 0)
      #expect(bert.packets.allSatisfy { $0.payload.allSatisfy { $0 == G711.muLaw.silence } })
      #expect(ada.packetCount > 0, "what the bridge sends is not concerned")
    }
  }

  @Test("a flood of garbage, from strangers and from a leg's own place, does not stop the others")
  func flood() async throws {
    try await EngineRig.run { rig in
      let room = try await rig.engine.openRoom(RoomSettings())
      let (ada, bert, mad) = (try rig.leg(number: 1), try rig.leg(number: 2), try rig.leg(number: 3))
      let stranger = try rig.leg(number: 4)
      let (joined, berts) = (try await rig.join(room, ada), try await rig.join(room, bert))
      let mads = try await rig.join(room, mad)
      ada.talk(400, to: joined.local)
      bert.talk(1_000, to: berts.local)
      try await eventually("both voices") { ada.amplitude(of: 1_000) > 0.15 && bert.amplitude(of: 400) > 0.15 }
      var random = Random(state: 5)
      for _ in 0..<40 {
        for leg in [mad, stranger] { try leg.sendGarbage(250, to: joined.local, &random) }
        try leg(ada, getsMoreThan: ada.packetCount)
      }
      try await eventually("refusals") { (rig.quality(of: mads.member)?.packetsRejected ?? 0) > 5_000 }
      let count = ada.packetCount
      try await eventually("voices after the flood") {
        ada.packetCount > count + 20 && ada.amplitude(of: 1_000) > 0.15 && bert.amplitude(of: 400) > 0.15
      }
      expectNoGap(ada.packets[...])
      expectNoGap(bert.packets[...])
      #expect(rig.quality(of: joined.member)?.packetsRejected == 0)
    }
  }

  /// Waits for a packet during the flood: the sender is no faster than the bridge's ticks.
  private func leg(_ leg: LoopbackLeg, getsMoreThan count: Int) throws {
    let deadline = MonotonicClock.now.advanced(byMilliseconds: 20_000)
    var poller = try Poller(waker: Waker())
    while leg.packetCount <= count {
      try #require(MonotonicClock.now < deadline, "the flood stopped the bridge")
      poller.wait(until: MonotonicClock.now.advanced(byMilliseconds: 2))
    }
  }
}

extension LoopbackLeg {
  /// Random bytes of random lengths, which look like RTP, RTCP, STUN, DTLS and nothing.
  fileprivate func sendGarbage(_ count: Int, to target: TransportAddress, _ random: inout Random) throws {
    var batch = SendBatch(capacity: count)
    let destination = try #require(SocketAddress(target, for: socket))
    for _ in 0..<count {
      let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      Datagrams.append(bytes, to: &batch, for: destination)
    }
    batch.flush(to: socket)
  }
}

/// Numbers that are the same in each run (SplitMix64).
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}
