import AudioCodecs
import MediaBase
import RTC
import Testing

/// What is heard in place of lost packets, against decoders fed by hand.
@Suite struct VoiceLossTests {
  /// Packets of which the first came 50 ms late, so that two are in hand, without some of them.
  private func sentWithDepth(
    losing lost: ClosedRange<Int>, usesFEC: Bool
  ) throws -> (sent: [SentPacket], packets: [[UInt8]]) {
    let packets = try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 48_000)) { settings in
      settings.usesInbandFEC = usesFEC
      settings.expectedLossPercent = usesFEC ? 20 : 0
      settings.bandwidth = .wideband
      settings.signal = .voice
    }
    var sent = SentPacket.stream(packets, ticks: 960)
    sent[0].milliseconds += 50
    sent[1].milliseconds += 30
    sent[2].milliseconds += 10
    sent.removeSubrange(lost)
    return (sent, packets)
  }

  @Test func aMissingPacketIsTakenFromTheFECOfTheNext() throws {
    let (sent, packets) = try sentWithDepth(losing: 13...13, usesFEC: true)
    var rig = try PlayoutRig()
    rig.send(sent)
    let next = packets[14]
    let inspected = try OpusPacket(inspecting: next.span)
    try #require(inspected.carriesFEC)
    rig.play(ticks: 30)
    #expect(rig.statistics.packetsRecovered == 1)
    #expect(rig.statistics.samplesConcealed == 0)
    let expected = try decoded(packets) { $0 == 13 ? .copied : .there }
    let played = rig.samples.dropFirst(2 * 960).prefix(26 * 960)
    #expect(PlayoutSignals.largestDifference(played, expected.prefix(26 * 960)) == 0)
  }

  @Test func aMissingPacketWithoutFECIsConcealedByTheDecoder() throws {
    let (sent, packets) = try sentWithDepth(losing: 13...13, usesFEC: false)
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: 30)
    #expect(rig.statistics.packetsRecovered == 0)
    #expect(rig.statistics.samplesConcealed == 960)
    let expected = try decoded(packets) { $0 == 13 ? .lost : .there }
    let played = rig.samples.dropFirst(2 * 960).prefix(26 * 960)
    #expect(PlayoutSignals.largestDifference(played, expected.prefix(26 * 960)) == 0)
  }

  /// A stream with FEC that loses packets gets one packet of delay, and from then on hears its FEC.
  @Test func lossMakesRoomForFEC() throws {
    let packets = try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 48_000 * 10)) { settings in
      settings.usesInbandFEC = true
      settings.expectedLossPercent = 20
      settings.signal = .voice
    }
    var sent = SentPacket.stream(packets, ticks: 960)
    sent.removeAll { $0.number % 10 == 7 }
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: 500)
    #expect(rig.statistics.packetsRecovered > 25)
    #expect(rig.statistics.depthMilliseconds < 45)
  }

  @Test(arguments: [VoiceCodec.pcma, .opus], [110.0, 200, 440])
  func aLossWithNothingInHandLeavesNoClickAndKeepsTheLevel(codec: VoiceCodec, hertz: Double) throws {
    let packets =
      codec == .opus
      ? try PlayoutSignals.opusPackets(of: PlayoutSignals.sine(hertz, count: 48_000), application: .audio)
      : PlayoutSignals.narrowPackets(of: PlayoutSignals.sine(hertz, count: 8_000, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: codec == .opus ? 960 : 160)
    sent.remove(at: 20)
    var rig = try PlayoutRig(codec)
    rig.send(sent)
    rig.play(ticks: 50)
    let natural = PlayoutSignals.largestStep(rig.samples[9_600..<19_000])
    #expect(PlayoutSignals.largestStep(rig.samples[19_000..<23_000]) < 1.6 * natural)
    let level = PlayoutSignals.rms(rig.samples[9_600..<19_200])
    let concealed = PlayoutSignals.rms(rig.samples[19_200..<20_160])
    #expect(concealed > 0.7 * level && concealed < 1.1 * level)
  }

  @Test(arguments: [VoiceCodec.pcma, .opus])
  func aLongLossFadesToComfortNoiseAndSpeechComesBack(codec: VoiceCodec) throws {
    let packets =
      codec == .opus
      ? try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 144_000))
      : PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 24_000, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: codec == .opus ? 960 : 160)
    sent.removeAll { (60..<90).contains($0.number) }
    var rig = try PlayoutRig(codec)
    rig.send(sent)
    rig.play(ticks: 140)
    #expect(rig.frames[60].content == .concealment)
    #expect(rig.frames[70..<89].allSatisfy { $0.content == .comfortNoise })
    let noise = PlayoutSignals.rms(rig.samples[67_200..<85_000])
    #expect(noise > 1e-5 && noise < 0.01)
    #expect(rig.frames[90...].allSatisfy { $0.content == .speech })
    #expect(PlayoutSignals.rms(rig.samples[(95 * 960)...]) > 0.05)
  }

  /// With two packets in hand the third lost one is the first that misses its tick: the decoder goes on for two, and the
  /// last one is there, in the packet behind it.
  @Test func theLastPacketOfABurstIsTakenFromTheFECOfTheNext() throws {
    let (sent, packets) = try sentWithDepth(losing: 10...13, usesFEC: true)
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: 30)
    #expect(rig.statistics.packetsRecovered == 1)
    #expect(rig.statistics.samplesConcealed == 3 * 960)
    let expected = try decoded(packets) { (10...13).contains($0) ? ($0 == 13 ? .copied : .lost) : .there }
    // To the packet behind the loss; then the buffer gets deeper, for there is more to be lost.
    let played = rig.samples.dropFirst(2 * 960).prefix(15 * 960)
    #expect(PlayoutSignals.largestDifference(played, expected.prefix(15 * 960)) == 0)
  }

  /// With nothing in hand a packet that is late is missed: the decoder goes on in its place, and the packet follows.
  @Test func aPacketThatMissesItsTickIsConcealedByTheDecoder() throws {
    let packets = try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 48_000)) { $0.bandwidth = .wideband }
    var sent = SentPacket.stream(packets, ticks: 960)
    sent[13].milliseconds += 15
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: 17)
    #expect(rig.frames[13].content == .concealment && rig.frames[14].content == .speech)
    var decoder = try OpusDecoder(layout: .mono)
    var expected = [Float]()
    for packet in packets[..<13] { expected += try decode(packet, by: &decoder) }
    expected += try conceal(by: &decoder)
    for packet in packets[13..<16] { expected += try decode(packet, by: &decoder) }
    #expect(PlayoutSignals.largestDifference(rig.samples.prefix(17 * 960), expected) == 0)
  }

  /// With nothing in hand the copy of a lost packet comes behind its time: the decoder goes on from it all the same.
  @Test(arguments: [0, 440.0]) func aCopyThatComesTooLateMendsTheDecoder(hertz: Double) throws {
    let sound = hertz > 0 ? PlayoutSignals.sine(hertz, count: 48_000) : PlayoutSignals.speech(count: 48_000)
    let packets = try PlayoutSignals.opusPackets(of: sound) { settings in
      settings.usesInbandFEC = true
      settings.expectedLossPercent = 20
      settings.bandwidth = .wideband
      settings.signal = .voice
    }
    let next = packets[33]
    try #require(try OpusPacket(inspecting: next.span).carriesFEC)
    var rig = try PlayoutRig()
    rig.send(SentPacket.stream(packets, ticks: 960).filter { $0.number != 32 })
    rig.play(ticks: 35)
    #expect(rig.frames[32].content == .concealment && rig.frames[33].content == .speech)
    #expect(rig.statistics.packetsRecovered == 0 && rig.statistics.samplesConcealed == 960)
    var decoder = try OpusDecoder(layout: .mono)
    var expected = [Float]()
    for packet in packets[..<32] { expected += try decode(packet, by: &decoder) }
    expected += try conceal(by: &decoder)
    _ = try recover(from: next, by: &decoder)
    expected += try decode(next, by: &decoder)
    #expect(PlayoutSignals.largestDifference(rig.samples.prefix(33 * 960), expected.prefix(33 * 960)) == 0)
    let (mended, fade) = (rig.samples[(33 * 960)..<(34 * 960)], 240)
    #expect(PlayoutSignals.largestDifference(mended.dropFirst(fade), expected.suffix(960 - fade)) == 0)
    // Nearer to what a decoder makes that lost nothing than one without the copy, and without a click.
    let whole = try PlayoutSignals.decoded(packets)
    let unmended = try decoded(packets) { $0 == 32 ? .lost : .there }
    let place = (33 * 960 + fade)..<(34 * 960)
    let (error, errorBefore) = (
      difference(rig.samples[place], whole[place]), difference(unmended[place], whole[place])
    )
    #expect(error < 0.7 * errorBefore, "\(error) instead of \(errorBefore)")
    let natural = PlayoutSignals.largestStep(whole[(30 * 960)..<(35 * 960)])
    #expect(PlayoutSignals.largestStep(rig.samples[(32 * 960 - 1)..<(34 * 960)]) < 1.6 * natural)
  }

  /// Bursts of three packets, two in a hundred: few of them, but many packets.
  @Test func burstsOfLossKeepTheRoomForFEC() throws {
    let packets = try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 48_000 * 40)) { settings in
      settings.usesInbandFEC = true
      settings.expectedLossPercent = 20
      settings.bandwidth = .wideband
      settings.signal = .voice
    }
    let sent = SentPacket.stream(packets, ticks: 960).filter { $0.number % 150 < 147 }
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(seconds: 15)
    let before = rig.statistics
    rig.play(seconds: 24)
    let after = rig.statistics
    let copies = try packets.indices.filter {
      let number = $0
      guard number % 150 == 0, (750..<1_950).contains(number) else { return false }
      let packet = packets[number]
      return try OpusPacket(inspecting: packet.span).carriesFEC
    }
    #expect(copies.count > 3 && after.packetsRecovered - before.packetsRecovered == copies.count)
    #expect(after.samplesStretched == before.samplesStretched && after.samplesShrunk == before.samplesShrunk)
    #expect(after.depthMilliseconds < 45)
  }

  private enum Fate {
    case there, lost, copied
  }

  /// What a decoder makes of the packets, fed by hand.
  private func decoded(_ packets: [[UInt8]], _ fate: (Int) -> Fate) throws -> [Float] {
    var decoder = try OpusDecoder(layout: .mono)
    return try packets.indices.flatMap { number in
      switch fate(number) {
      case .there: return try decode(packets[number], by: &decoder)
      case .lost: return try conceal(by: &decoder)
      case .copied: return try recover(from: packets[number + 1], by: &decoder)
      }
    }
  }

  /// The rms of what one is off the other.
  private func difference(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    PlayoutSignals.rms(zip(a, b).map { $0 - $1 })
  }

  private func recover(from next: [UInt8], by decoder: inout OpusDecoder) throws -> [Float] {
    var samples = [Float](repeating: 0, count: 960)
    var span = samples.mutableSpan
    _ = try decoder.decodeFEC(from: next.span, lostSamples: 960, into: &span)
    return samples
  }

  private func decode(_ packet: [UInt8], by decoder: inout OpusDecoder) throws -> [Float] {
    var samples = [Float](repeating: 0, count: 960)
    var span = samples.mutableSpan
    _ = try decoder.decode(packet.span, into: &span)
    return samples
  }

  private func conceal(by decoder: inout OpusDecoder) throws -> [Float] {
    var samples = [Float](repeating: 0, count: 960)
    var span = samples.mutableSpan
    _ = try decoder.conceal(lostSamples: 960, into: &span)
    return samples
  }
}
