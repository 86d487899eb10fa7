import AudioCodecs
import Foundation
import MediaBase
import RTC
import Recording
import Testing

/// What a mixed capture sounds like.
@Suite struct ReplaySoundTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  static func captured(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Captures", withExtension: nil)).appending(path: name).path
  }

  /// Captures of ffmpeg's RTP by dumpcap and tcpdump: three seconds of a glide, in each of three link types. ffmpeg sends
  /// G.711 in bursts of 100 ms, so the buffer is stretched and shrunk on the way: looked at are pieces of 100 ms.
  @Test(arguments: ["opus.pcapng", "pcmu.pcap", "pcma.pcap"])
  func whatFfmpegSentIsHeard(name: String) throws {
    let mix = try Mixed(try Self.captured(name)) { $0.formats[97] = PayloadFormat("opus/48000/2") }
    let sound = Speech.glide(seconds: 3)
    #expect(abs(Double(mix.samples.count) / 48_000 - 3.1) < 0.1)
    var alike = 0
    let starts = stride(from: 0.3, to: 2.7, by: 0.1).map { $0 }
    for start in starts where mix.likeness(to: sound, start..<start + 0.1, lag: -2_400...7_200) > 0.97 { alike += 1 }
    #expect(alike * 10 >= starts.count * 8, "\(alike) of \(starts.count) pieces")
    #expect(abs(mix.level(0.3..<2.7) - 20 * log10(0.3 / 2.0.squareRoot())) < 0.5)
  }

  @Test(arguments: ["opus", "pcmu", "pcma"])
  func aStreamAsRegularAsAClockIsItsDecodedSound(codec: String) throws {
    var call = SyntheticCall()
    let voice = SyntheticCall.Voice(
      source: place(1), destination: place(2), payloadType: ["pcmu": 0, "pcma": 8][codec] ?? 111)
    switch codec {
    case "opus": call.add(try Speech.opus(Speech.glide(seconds: 4)), ticks: 960, voice)
    default:
      let law = codec == "pcmu" ? G711.muLaw : .aLaw
      call.add(Speech.g711(Speech.glide(seconds: 4, rate: 8_000), law), ticks: 160, voice)
    }
    let mix = try Mixed(scratch.capture(call)) { $0.formats[111] = PayloadFormat("opus/48000/2") }
    // The first tick is 10 ms behind the first packet; codec and resampler look ahead for some milliseconds more.
    #expect(mix.likeness(to: Speech.glide(seconds: 4), 0.5..<3.5, lag: 0...960) > 0.995)
    #expect(abs(mix.level(0.5..<3.5) - 20 * log10(0.3 / 2.0.squareRoot())) < 0.1)
    #expect(mix.figures.legs[0].samplesConcealed == 0 && mix.figures.streams[0].late == 0)
    #expect(mix.figures.streams[0].mostJitterMilliseconds < 0.1)
  }

  @Test func bothDirectionsOfACallAreTwoVoices() throws {
    var call = SyntheticCall()
    let low = Speech.g711(Speech.sine(400, seconds: 3, rate: 8_000))
    let high = Speech.g711(Speech.sine(1_100, seconds: 3, rate: 8_000))
    call.add(low, ticks: 160, .init(source: place(1), destination: place(2)))
    call.add(high, ticks: 160, .init(source: place(2), destination: place(1), ssrc: 0x2222))
    let mix = try Mixed(scratch.capture(call))
    #expect(mix.replay.plan.legs.count == 2 && mix.replay.plan.bridge == nil)
    for hertz in [400.0, 1_100] { #expect(abs(mix.level(hertz: hertz, 1..<2.5) + 13.98) < 0.3) }
  }

  @Test func lossIsConcealedAndCounted() throws {
    var call = SyntheticCall()
    let sound = Speech.sine(440, seconds: 6)
    var voice = SyntheticCall.Voice(source: place(1), destination: place(2), payloadType: 111)
    voice.isLost = { $0 > 20 && $0.isMultiple(of: 10) }
    call.add(try Speech.opus(sound), ticks: 960, voice)
    let mix = try Mixed(scratch.capture(call)) { $0.formats[111] = PayloadFormat("opus/48000/2") }
    #expect(mix.replay.plan.streams[0].lost == 27 && mix.replay.plan.streams[0].packets == 273)
    #expect(mix.figures.legs[0].samplesConcealed >= 27 * 960 - 2 * 960)
    #expect(abs(mix.level(1..<5) - 20 * log10(0.2 / 2.0.squareRoot())) < 1)
  }

  @Test func aPhoneThatChangesItsSSRCIsOneLeg() throws {
    var call = SyntheticCall()
    let sound = Speech.g711(Speech.sine(440, seconds: 2, rate: 8_000))
    call.add(sound, ticks: 160, .init(source: place(1), destination: place(2), ssrc: 1))
    call.add(sound, ticks: 160, .init(source: place(1), destination: place(2), ssrc: 2, start: 2, firstSequence: 9))
    let mix = try Mixed(scratch.capture(call))
    #expect(mix.replay.plan.streams.count == 2 && mix.replay.plan.legs.count == 1)
    for part in [0.5..<1.8, 2.3..<3.8] { #expect(abs(mix.level(hertz: 440, part) + 13.98) < 0.3) }
  }

  @Test func twoSourcesAtOneTimeAreTwoLegs() throws {
    var call = SyntheticCall()
    for (ssrc, hertz) in [(UInt32(1), 400.0), (2, 1_100)] {
      let sound = Speech.g711(Speech.sine(hertz, seconds: 2, rate: 8_000))
      call.add(sound, ticks: 160, .init(source: place(1), destination: place(2), ssrc: ssrc))
    }
    let mix = try Mixed(scratch.capture(call))
    #expect(mix.replay.plan.legs.count == 2)
    for hertz in [400.0, 1_100] { #expect(abs(mix.level(hertz: hertz, 0.5..<1.8) + 13.98) < 0.3) }
  }

  @Test func theSameCaptureGivesTheSameSamples() throws {
    var call = SyntheticCall()
    var random = SeededGenerator(seed: 3)
    let delays = (0..<200).map { _ in Double.random(in: 0...60, using: &random) }
    let sound = try Speech.opus(Speech.glide(seconds: 4))
    call.add(
      sound, ticks: 960, .init(source: place(1), destination: place(2), payloadType: 111, delay: { delays[$0] }))
    call.add(
      Speech.g711(Speech.glide(seconds: 4, rate: 8_000)), ticks: 160,
      .init(source: place(2), destination: place(1), ssrc: 5))
    let path = try scratch.capture(call)
    let mixes = try (0..<2).map { _ in
      try Mixed(path) {
        $0.formats[111] = PayloadFormat("opus/48000/2")
        $0.talkers = .loudest(1)
      }
    }
    #expect(mixes[0].samples == mixes[1].samples && mixes[0].figures.legs == mixes[1].figures.legs)
    #expect(mixes[0].figures.streams.contains { $0.meanJitterMilliseconds > 5 })
  }

  @Test func aStereoMixHasTwoChannels() throws {
    var call = SyntheticCall()
    call.add(
      Speech.g711(Speech.sine(440, seconds: 1, rate: 8_000)), ticks: 160, .init(source: place(1), destination: place(2))
    )
    let path = try scratch.capture(call)
    let (mono, stereo) = (try Mixed(path), try Mixed(path) { $0.layout = .stereo })
    #expect(stereo.samples.count == 2 * mono.samples.count && stereo.figures.samples == Int64(mono.samples.count))
  }

  @Test func telephoneEventsMakeNoSoundAndNoLoss() throws {
    var call = SyntheticCall()
    var voice = SyntheticCall.Voice(source: place(1), destination: place(2))
    voice.isLost = { (50..<60).contains($0) }
    call.add(Speech.g711(Speech.sine(440, seconds: 3, rate: 8_000)), ticks: 160, voice)
    for number in 0..<10 {
      let header = RTPHeader(
        payloadType: 101, isMarked: number == 0,
        sequenceNumber: SequenceNumber(rawValue: 65_500 &+ 50 &+ UInt16(number)),
        timestamp: RTPTimestamp(rawValue: 0xffff_f000 &+ 50 * 160), ssrc: SSRC(rawValue: 0x1111))
      var bytes = [UInt8](repeating: 0, count: 16)
      var span = bytes.mutableSpan
      _ = try header.write(into: &span)
      bytes.replaceSubrange(12..<16, with: [5, 10, UInt8((number + 1) * 160 >> 8), UInt8((number + 1) * 160 & 255)])
      call.add(bytes, from: place(1), to: place(2), at: 1 + Double(number) * 0.02)
    }
    let mix = try Mixed(scratch.capture(call)) { $0.formats[101] = PayloadFormat("telephone-event/8000") }
    #expect(mix.replay.plan.streams[0].lost == 0 && mix.replay.plan.legs.count == 1)
    #expect(mix.replay.plan.legs[0].telephoneEventType == 101)
  }
}
