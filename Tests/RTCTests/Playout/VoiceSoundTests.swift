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
