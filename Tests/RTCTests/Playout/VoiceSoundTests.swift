import AudioCodecs
import MediaBase
import Mixing
import RTC
import Testing

/// The samples that a voice gives, against decoders fed by hand.
@Suite struct VoiceSoundTests {
  /// With no jitter, nothing is added: neither delay nor a changed sample.
  @Test(arguments: [OpusFrameDuration.ms2point5, .ms5, .ms10, .ms20, .ms40, .ms60, .ms120], FrameDuration.allCases)
  func packetsInStepWithTheTicksAreTheDecodersOwnSound(duration: OpusFrameDuration, frame: FrameDuration) throws {
    let length = Double(duration.samples) / 48
    let packets = try PlayoutSignals.opusPackets(
      of: PlayoutSignals.speech(count: 48_000), duration: duration, application: .audio)
    var rig = try PlayoutRig(frame: frame)
    // The whole of the first frame is there at its tick, whatever the lengths.
    let first = min(frame.milliseconds, length) / 2
    rig.send(SentPacket.stream(packets, ticks: duration.samples, every: length, first: first))
    rig.play(seconds: 0.9)
    let expected = try PlayoutSignals.decoded(packets)
    let start = try #require(rig.samples.firstIndex { $0 != 0 })
    let lead = rig.frames.prefix { $0.content == .silence }.count * frame.samples
    #expect(start >= lead && Double(lead) / 48 <= max(length, frame.milliseconds))
    #expect(PlayoutSignals.largestDifference(rig.samples[lead...], expected.prefix(rig.samples.count - lead)) == 0)
    #expect(rig.statistics.samplesConcealed == 0)
  }

  @Test func stereoIsTheDecodersOwnSound() throws {
    let left = PlayoutSignals.speech(count: 48_000), right = PlayoutSignals.sine(440, count: 48_000)
    let packets = try PlayoutSignals.opusPackets(
      of: zip(left, right).flatMap { [$0, $1] }, layout: .stereo, application: .audio)
    var rig = try PlayoutRig(layout: .stereo)
    rig.send(SentPacket.stream(packets, ticks: 960))
    rig.play(ticks: 50)
    let expected = try PlayoutSignals.decoded(packets, layout: .stereo)
    #expect(PlayoutSignals.largestDifference(rig.samples, expected) == 0)
  }

  @Test(arguments: [VoiceCodec.pcma, .pcmu], ChannelLayout.allCases)
  func telephoneSoundIsDecodedAndResampled(codec: VoiceCodec, layout: ChannelLayout) throws {
    let law: G711 = codec == .pcma ? .aLaw : .muLaw
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000, rate: 8_000), as: law)
    var rig = try PlayoutRig(codec, layout: layout)
    rig.send(SentPacket.stream(packets, ticks: 160))
    rig.play(ticks: 50)
    let narrow = packets.flatMap { $0.map { Float(law.sample(of: $0)) / 32_768 } }
    var wide = [Float](repeating: 0, count: narrow.count * 6)
    var resampler = try LiveResampler(channels: 1, inputRate: 8_000, outputRate: 48_000)
    var span = wide.mutableSpan
    _ = resampler.process(narrow.span, into: &span)
    let expected = layout == .mono ? wide : wide.flatMap { [$0, $0] }
    #expect(PlayoutSignals.largestDifference(rig.samples, expected) == 0)
  }

  /// Packets of any length may follow each other.
  @Test func theLengthOfPacketsMayChange() throws {
    let sound = PlayoutSignals.speech(count: 96_000)
    var packets: [SentPacket] = []
    var place = 0
    for duration in [OpusFrameDuration.ms20, .ms60, .ms10, .ms10, .ms40, .ms20, .ms120, .ms20] {
      let payload = try PlayoutSignals.opusPackets(
        of: Array(sound[place..<place + duration.samples]), duration: duration, application: .audio)[0]
      place += duration.samples
      packets.append(
        SentPacket(
          sequence: UInt16(packets.count), timestamp: UInt32(place - duration.samples), payload: payload,
          milliseconds: 10 + Double(place - duration.samples) / 48))
    }
    var rig = try PlayoutRig()
    rig.send(packets)
    rig.play(ticks: place / 960)
    let expected = try PlayoutSignals.decoded(packets.map(\.payload))
    #expect(PlayoutSignals.largestDifference(rig.samples, expected) == 0)
  }

  // MARK: Loss

  /// Packets of which the first came 50 ms late, so that two are in hand, without one of them.
  private func sentWithDepth(
    losing lost: Int, usesFEC: Bool
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
    sent.remove(at: lost)
    return (sent, packets)
  }

  @Test func aMissingPacketIsTakenFromTheFECOfTheNext() throws {
    let (sent, packets) = try sentWithDepth(losing: 13, usesFEC: true)
    var rig = try PlayoutRig()
    rig.send(sent)
    let next = packets[14]
    let inspected = try OpusPacket(inspecting: next.span)
    try #require(inspected.carriesFEC)
    rig.play(ticks: 30)
    #expect(rig.statistics.packetsRecovered == 1)
    #expect(rig.statistics.samplesConcealed == 0)
    var decoder = try OpusDecoder(layout: .mono)
    var expected: [Float] = []
    for (number, packet) in packets.enumerated() {
      var samples = [Float](repeating: 0, count: 960)
      var span = samples.mutableSpan
      if number == 13 {
        _ = try decoder.decodeFEC(from: next.span, lostSamples: 960, into: &span)
      } else {
        _ = try decoder.decode(packet.span, into: &span)
      }
      expected += samples
    }
    let played = rig.samples.dropFirst(2 * 960).prefix(26 * 960)
    #expect(PlayoutSignals.largestDifference(played, expected.prefix(26 * 960)) == 0)
  }

  @Test func aMissingPacketWithoutFECIsConcealedByTheDecoder() throws {
    let (sent, packets) = try sentWithDepth(losing: 13, usesFEC: false)
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: 30)
    #expect(rig.statistics.packetsRecovered == 0)
    #expect(rig.statistics.samplesConcealed == 960)
    var decoder = try OpusDecoder(layout: .mono)
    var expected: [Float] = []
    for (number, packet) in packets.enumerated() {
      var samples = [Float](repeating: 0, count: 960)
      var span = samples.mutableSpan
      if number == 13 {
        _ = try decoder.conceal(lostSamples: 960, into: &span)
      } else {
        _ = try decoder.decode(packet.span, into: &span)
      }
      expected += samples
    }
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

  @Test func silencesOfADiscontinuousSenderAreFilledByTheDecoder() throws {
    let speech = PlayoutSignals.speech(count: 24_000)
    let silence = PlayoutSignals.speech(count: 1, seed: 3) + [Float](repeating: 0, count: 95_999)
    let packets = try PlayoutSignals.opusPackets(of: speech + silence + speech) { $0.usesDTX = true }
    // What need not be sent is not, but for the first: it says that nothing follows.
    var sent = SentPacket.stream(packets, ticks: 960)
    var isPausing = false
    sent.removeAll { packet in
      let isEmpty = packet.payload.count <= OpusEncoder.largestUnsentPacketBytes
      defer { isPausing = isEmpty }
      return isEmpty && isPausing
    }
    for index in sent.indices { sent[index].sequence = UInt16(index) }
    try #require(sent.count < packets.count - 50)
    var rig = try PlayoutRig()
    rig.send(sent)
    rig.play(ticks: packets.count)
    #expect(rig.statistics.samplesConcealed == 0)
    #expect(rig.frames.filter { $0.content == .comfortNoise }.count > 50)
    // The second talkspurt is where it was.
    let expected = try PlayoutSignals.decoded(packets)
    let loud = expected.indices.filter { abs(expected[$0]) > 0.1 && $0 > 100_000 }
    let first = try #require(loud.first)
    let heard = try #require(rig.samples.indices.first { abs(rig.samples[$0]) > 0.1 && $0 > 100_000 })
    #expect(abs(heard - first) < 100)
  }
}
