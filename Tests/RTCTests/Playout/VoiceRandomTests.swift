import MediaBase
import RTC
import Testing

/// Whatever comes, whenever: every frame is whole and finite, no block is lost, nothing traps or hangs.
@Suite struct VoiceRandomTests {
  @Test(arguments: VoiceCodec.allCases, [FrameDuration.ms2point5, .ms20, .ms60])
  func anyPacketsGiveWholeFrames(codec: VoiceCodec, frame: FrameDuration) throws {
    for seed in 0..<30 {
      var random = SeededGenerator(seed: UInt64(seed))
      var rig = try PlayoutRig(codec, layout: seed % 2 == 0 ? .mono : .stereo, frame: frame, blocks: 60)
      var sent: [SentPacket] = []
      var packet = SentPacket(sequence: 0, timestamp: 0)
      for _ in 0..<200 {
        packet.sequence &+= 1
        packet.timestamp &+= codec == .opus ? 960 : 160
        if Int.random(in: 0..<10, using: &random) == 0 { packet.timestamp = .random(in: 0 ... .max, using: &random) }
        if Int.random(in: 0..<10, using: &random) == 0 { packet.sequence = .random(in: 0 ... .max, using: &random) }
        if Int.random(in: 0..<40, using: &random) == 0 { packet.ssrc &+= 1 }
        packet.payload = (0..<Int.random(in: 0...300, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        packet.milliseconds += .random(in: -30...60, using: &random)
        sent.append(packet)
      }
      rig.send(sent.filter { $0.milliseconds >= 0 })
      for _ in 0..<20 {
        for _ in 0..<5 { _ = rig.advance() }
        _ = rig.advanceAndAttach()
        rig.play(ticks: 10)
        rig.voice.detach(from: &rig.buffer)
      }
      let isFinite = rig.samples.allSatisfy { $0.isFinite }
      #expect(isFinite, "seed \(seed)")
      rig.buffer.removeAll(pool: &rig.pool)
      let lost = rig.pool.blockCount - rig.pool.freeBlocks
      #expect(lost == 0, "seed \(seed)")
    }
  }

  /// Times far from each other, back and forth: to the ends of the clock.
  @Test func clocksThatGoAstrayHarmNothing() throws {
    var random = SeededGenerator(seed: 9)
    var pool = PacketPool(blocks: 50)
    var buffer = JitterBuffer(codec: .pcma, frame: .ms20)
    var voice = try Voice(layout: .mono, frame: .ms20)
    let payload = [UInt8](repeating: 0x54, count: 160)
    var output = [Float](repeating: .nan, count: 960)
    for step in 0..<2_000 {
      let time = PacketTime(nanoseconds: Int64.random(in: .min ... .max, using: &random))
      let packet = ReceivedPacket(
        ssrc: SSRC(rawValue: 1), sequence: SequenceNumber(rawValue: UInt16(truncatingIfNeeded: step)),
        timestamp: RTPTimestamp(rawValue: UInt32(step) * 160), arrival: time)
      _ = buffer.insert(packet, payload: payload.span, pool: &pool)
      let tick = PacketTime(nanoseconds: Int64.random(in: .min ... .max, using: &random))
      var span = output.mutableSpan
      if step % 3 == 0 {
        voice.detach(from: &buffer)
        _ = buffer.advance(to: tick, pool: &pool)
      } else {
        _ = voice.render(from: &buffer, pool: &pool, now: tick, into: &span)
      }
    }
    let isFinite = output.allSatisfy { $0.isFinite }
    #expect(isFinite)
    #expect(buffer.statistics.packetsAccepted > 0)
  }
}
