import AudioCodecs
import MediaBase
import RTC
import Testing

/// Members whom nobody decodes, limits, and the pool that all share.
@Suite struct JitterBufferTests {
  private func levels(_ drawing: String, ticks: Int, frame: FrameDuration = .ms20) throws -> [UInt8?] {
    var rig = try PlayoutRig(.pcma, frame: frame)
    rig.send(TimeDrawing.arrivals(drawing))
    return (0..<ticks).map { _ in rig.advance().level }
  }

  @Test func theLevelOfWhatIsDueIsToldAtItsTick() throws {
    #expect(try levels("01234567", ticks: 8) == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func aPacketLongerThanTheTickIsDueAtEachOfIts() throws {
    #expect(try levels("0123", ticks: 8, frame: .ms10) == [0, 0, 1, 1, 2, 2, 3, 3])
  }

  @Test func theLevelOfALatePacketIsToldAtTheNextTick() throws {
    let told = try levels("0123.(45)67", ticks: 8)
    #expect(told == [0, 1, 2, 3, nil, 4, 6, 7] || told == [0, 1, 2, 3, nil, 4, 5, 6])
  }

  @Test func packetsWithoutALevelAreToldAllTheSame() throws {
    var rig = try PlayoutRig(.pcma)
    rig.send(TimeDrawing.arrivals("01") { $0.level = nil })
    let due = rig.advance()
    #expect(due.hasPackets && due.level == nil)
  }

  @Test func theLastPacketsAreKeptAndThenLetGo() throws {
    var rig = try PlayoutRig(.pcma)
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000, rate: 8_000))
    rig.send(SentPacket.stream(packets, ticks: 160))
    for _ in 0..<50 { _ = rig.advance() }
    let kept = rig.pool.blockCount - rig.pool.freeBlocks
    #expect((5...7).contains(kept))
    for _ in 0..<50 { _ = rig.advance() }
    let isIdle = rig.buffer.isIdle
    #expect(isIdle)
    #expect(rig.pool.freeBlocks == rig.pool.blockCount)
  }

  /// Selected at the tick at which their first loud packet is due, a talker is heard from its first sample on, as if they
  /// had been decoded all along.
  @Test(arguments: [20, 21, 40])
  func aTalkerWhoIsSelectedIsHeardFromTheirOnset(selected: Int) throws {
    let packets = try PlayoutSignals.opusPackets(
      of: PlayoutSignals.sine(300, count: 48_000), application: .audio)
    var rig = try PlayoutRig()
    rig.send(SentPacket.stream(packets, ticks: 960))
    for _ in 1..<selected { _ = rig.advance() }
    #expect(rig.advanceAndAttach().hasPackets)
    rig.play(ticks: 50 - selected)
    let expected = try PlayoutSignals.decoded(packets)[((selected - 1) * 960)...]
    let rest = zip(rig.samples, expected).map { $0 - $1 }
    #expect(rig.samples.count == expected.count)
    // A decoder warmed by 100 ms is close to one that heard all, and comes closer.
    #expect(PlayoutSignals.rms(rest.prefix(960)) < 0.05 * PlayoutSignals.rms(expected))
    #expect(PlayoutSignals.rms(rest.suffix(960)) < 0.02 * PlayoutSignals.rms(expected))
  }

  @Test func aVoiceMayComeAndGo() throws {
    var rig = try PlayoutRig(.pcma)
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 80_000, rate: 8_000))
    rig.send(SentPacket.stream(packets, ticks: 160))
    for turn in 0..<20 {
      for _ in 0..<10 { _ = rig.advance() }
      #expect(rig.advanceAndAttach().hasPackets)
      rig.play(ticks: 10)
      #expect(rig.frames.suffix(11).allSatisfy { $0.content == .speech }, "in turn \(turn)")
      rig.voice.detach(from: &rig.buffer)
    }
    #expect(rig.statistics.packetsLate == 0)
    #expect(rig.statistics.samplesConcealed == 0)
  }

  // MARK: Limits

  @Test func anEmptyPoolRefusesAndCounts() throws {
    var pool = PacketPool(blocks: 3)
    var buffer = JitterBuffer(codec: .pcma, frame: .ms20)
    var outcomes: [JitterBuffer.Outcome] = []
    let payload = [UInt8](repeating: 0xD5, count: 160)
    for number in 0..<5 {
      let packet = SentPacket(sequence: UInt16(number), timestamp: UInt32(number) * 160)
      outcomes.append(buffer.insert(packet.header, payload: payload.span, pool: &pool))
    }
    #expect(outcomes == [.accepted, .accepted, .accepted, .refused, .refused])
    #expect(pool.refusedPackets == 2)
    pool.grow(to: 10)
    #expect(pool.freeBlocks == 7)
    buffer.removeAll(pool: &pool)
    let isIdle = buffer.isIdle
    #expect(pool.freeBlocks == 10 && isIdle)
  }

  /// Whatever comes, one member holds a second at the most, and 128 blocks.
  @Test func oneMemberCannotTakeThePool() throws {
    for (bytes, ticks) in [(160, 160), (8, 8), (960, 960)] {
      var pool = PacketPool(blocks: 1_000)
      var buffer = JitterBuffer(codec: .pcma, frame: .ms20)
      let payload = [UInt8](repeating: 0x55, count: bytes)
      for number in 0..<2_000 {
        let packet = SentPacket(
          sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number * ticks),
          milliseconds: Double(number * ticks) / 8)
        _ = buffer.insert(packet.header, payload: payload.span, pool: &pool)
        #expect(pool.blockCount - pool.freeBlocks <= 128)
      }
      #expect(buffer.statistics.packetsDropped > 1_500)
      buffer.removeAll(pool: &pool)
      #expect(pool.freeBlocks == 1_000)
    }
  }

  @Test func payloadsThatAreNotOfTheCodecAreMalformed() throws {
    var pool = PacketPool(blocks: 100)
    var opus = JitterBuffer(codec: .opus, frame: .ms20)
    var telephone = JitterBuffer(codec: .pcmu, frame: .ms20)
    let none: [UInt8] = [], unequal: [UInt8] = [0x01, 2, 3, 4], long = [UInt8](repeating: 0, count: 2_049)
    let minutes = [UInt8](repeating: 0, count: 961)
    #expect(opus.insert(SentPacket().header, payload: none.span, pool: &pool) == .malformed)
    #expect(opus.insert(SentPacket().header, payload: unequal.span, pool: &pool) == .malformed)
    #expect(opus.insert(SentPacket().header, payload: long.span, pool: &pool) == .malformed)
    #expect(telephone.insert(SentPacket().header, payload: none.span, pool: &pool) == .malformed)
    #expect(telephone.insert(SentPacket().header, payload: minutes.span, pool: &pool) == .malformed)
    opus.removeAll(pool: &pool)
  }

  /// Long payloads lie in several blocks and come out whole: stereo at 256 kbit/s in packets of 40 ms.
  @Test func longPayloadsComeOutWhole() throws {
    let left = PlayoutSignals.speech(count: 48_000)
    let packets = try PlayoutSignals.opusPackets(
      of: left.flatMap { [$0, -$0] }, layout: .stereo, duration: .ms40, application: .audio
    ) { $0.bitrate = .bitsPerSecond(256_000) }
    #expect(packets.contains { $0.count > 1_000 })
    var rig = try PlayoutRig(layout: .stereo)
    rig.send(SentPacket.stream(packets, ticks: 1_920, every: 40))
    rig.play(ticks: 50)
    let expected = try PlayoutSignals.decoded(packets, layout: .stereo)
    #expect(PlayoutSignals.largestDifference(rig.samples, expected) == 0)
  }
}
