import AllocationCounter
import MediaBase
import RTC
import Testing

/// Packets and ticks allocate nothing, whatever happens to them.
@Suite struct PlayoutAllocationTests {
  @Test(arguments: VoiceCodec.allCases, ChannelLayout.allCases)
  func noPacketAndNoTickAllocates(codec: VoiceCodec, layout: ChannelLayout) throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let speech = PlayoutSignals.speech(count: 48_000 * 4)
    let packets =
      codec == .opus
      ? try PlayoutSignals.opusPackets(of: speech) { settings in
        settings.usesInbandFEC = true
        settings.expectedLossPercent = 20
      } : PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 4, rate: 8_000))
    var pool = PacketPool(blocks: 200)
    var buffer = JitterBuffer(codec: codec, frame: .ms20)
    var voice = try Voice(layout: layout, frame: .ms20)
    var random = SeededGenerator(seed: 3)
    var output = [Float](repeating: 0, count: voice.samplesPerFrame)
    let sent = SentPacket.stream(packets, ticks: codec.clockRate / 50).filter { _ in
      .random(in: 0..<10, using: &random) > 0
    }
    let arrivals = sent.map { $0.milliseconds + .random(in: 0...70, using: &random) }
    var rendered = 0

    let before = allocation_count()
    for tick in 1...200 {
      let now = PacketTime(nanoseconds: PlayoutRig.epoch + Int64(tick) * 20_000_000)
      for index in sent.indices where arrivals[index] <= Double(tick) * 20 && arrivals[index] > Double(tick - 1) * 20 {
        let packet = sent[index]
        _ = buffer.insert(packet.header, payload: packet.payload.span, pool: &pool)
      }
      if tick % 50 < 10 {
        _ = buffer.advance(to: now, pool: &pool)
      } else {
        if tick % 50 == 10 { voice.attach(to: &buffer, pool: &pool, now: now) }
        var span = output.mutableSpan
        rendered += voice.render(from: &buffer, pool: &pool, now: now, into: &span).packetsDecoded
        if tick % 50 == 49 { voice.detach(from: &buffer) }
      }
    }
    let count = allocation_count() - before
    #if DEBUG
      // Constants that an optimised build has in its data are made at their first use.
      #expect(count < 50)
    #else
      #expect(count == 0)
    #endif
    #expect(rendered > 80)
    let statistics = buffer.statistics
    #expect(statistics.samplesConcealed > 0 && statistics.samplesShrunk + statistics.samplesStretched > 0)
  }
}
