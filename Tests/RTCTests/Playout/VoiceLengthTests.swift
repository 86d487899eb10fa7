import AudioCodecs
import MediaBase
import RTC
import Testing

/// How the delay moves: by stretching and shrinking, unheard.
@Suite struct VoiceLengthTests {
  /// A delay that lasts 3 s, then none.
  private func sentWithDelay(_ payloads: [[UInt8]], milliseconds: Double, ticks: Int) -> [SentPacket] {
    var sent = SentPacket.stream(payloads, ticks: ticks)
    for index in sent.indices where (50..<200).contains(index) { sent[index].milliseconds += milliseconds }
    return sent
  }

  @Test(arguments: [110.0, 203, 440, 1_000])
  func aToneIsShrunkWithoutAClick(hertz: Double) throws {
    let tone = PlayoutSignals.narrowPackets(of: PlayoutSignals.sine(hertz, count: 8_000 * 16, rate: 8_000))
    var rig = try PlayoutRig(.pcma)
    rig.send(sentWithDelay(tone, milliseconds: 60, ticks: 160))
    rig.play(seconds: 4.5)
    let deep = rig.statistics.depthMilliseconds
    #expect(deep > 65 && deep < 95)
    let start = rig.samples.count
    rig.play(seconds: 11)
    let shrunk = rig.statistics.samplesShrunk
    #expect(shrunk > 2_000 && shrunk < 3_500, "\(shrunk) samples shrunk")
    #expect(rig.statistics.depthMilliseconds < 45)
    let natural = PlayoutSignals.largestStep(rig.samples[24_000..<45_000])
    #expect(PlayoutSignals.largestStep(rig.samples[start...]) < 1.15 * natural)
    // The phase moves where a period is no whole number of samples; A-law alone gives 37 dB.
    #expect(PlayoutSignals.sineToRest(rig.samples[start...], hertz: hertz) > 25)
  }

  @Test func speechKeepsItsLevelWhileItIsShrunk() throws {
    let packets = try PlayoutSignals.opusPackets(of: PlayoutSignals.speech(count: 48_000 * 16))
    var rig = try PlayoutRig()
    rig.send(sentWithDelay(packets, milliseconds: 100, ticks: 960))
    rig.play(seconds: 15)
    #expect(rig.statistics.samplesShrunk > 4_000)
    #expect(rig.statistics.depthMilliseconds < 30)
    let before = PlayoutSignals.rms(rig.samples[..<43_200])
    for second in 5..<14 {
      let level = PlayoutSignals.rms(rig.samples[second * 48_000..<second * 48_000 + 43_200])
      #expect(level > 0.75 * before && level < 1.25 * before)
    }
    #expect(
      PlayoutSignals.largestStep(rig.samples[200_000...]) < 1.3 * PlayoutSignals.largestStep(rig.samples[..<48_000]))
  }

  /// The clock of a telephone gateway that is off by 500 ppm, for an hour: 1.8 seconds in all.
  @Test(arguments: [500.0, -500])
  func aDriftIsAbsorbedForAnHour(ppm: Double) throws {
    #if DEBUG
      let seconds = 400
    #else
      let seconds = 3_600
    #endif
    let piece = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 9, rate: 8_000))
    var rig = try PlayoutRig(.pcma)
    let every = 20 / (1 + ppm / 1_000_000)
    let count = Int(Double(seconds) * 1_000 / every)
    var samples: [Float] = []
    var concealed = 0
    for minute in 0..<count / 3_000 {
      rig.send(
        (minute * 3_000..<(minute + 1) * 3_000).map { number in
          SentPacket(
            number: number, sequence: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: number * 160), payload: piece[number % piece.count],
            milliseconds: 7 + Double(number) * every)
        })
      while rig.milliseconds < 7 + Double((minute + 1) * 3_000) * every - 20 { rig.play(ticks: 1) }
      #expect(rig.statistics.depthMilliseconds < 50, "in minute \(minute)")
      samples = Array(rig.samples.suffix(48_000))
      concealed = rig.frames.filter { $0.content != .speech }.count
      rig.forgetWhatWasPlayed()
      if minute > 0 { #expect(concealed <= 2, "in minute \(minute)") }
    }
    let statistics = rig.statistics
    let moved = Double(ppm > 0 ? statistics.samplesShrunk : statistics.samplesStretched)
    let against = Double(ppm > 0 ? statistics.samplesStretched : statistics.samplesShrunk)
    let expected = Double(count) * 20 * 48 * 500 / 1_000_000
    #expect(abs(moved - against + Double(statistics.samplesConcealed) * (ppm < 0 ? 1 : -1) - expected) < 3_000)
    #expect(abs(Double(statistics.driftPPM) - ppm) < 25)
    #expect(PlayoutSignals.rms(samples) > 0.05)
  }

  @Test func jitterIsMetByDepthAndNoMore() throws {
    var random = SeededGenerator(seed: 5)
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 60, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: 160, first: 5)
    for index in sent.indices { sent[index].milliseconds += Double.random(in: 0...50, using: &random) }
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    rig.play(seconds: 10)
    let concealedAtFirst = rig.statistics.samplesConcealed
    rig.play(seconds: 49)
    let share = Double(rig.statistics.samplesConcealed - concealedAtFirst) / (49 * 48_000)
    #expect(share < 0.03, "\(share) concealed")
    #expect(rig.statistics.depthMilliseconds > 35 && rig.statistics.depthMilliseconds < 90)
    #expect(rig.statistics.packetsLate < 30)
  }

  /// One packet of a hundred comes 200 ms late: not worth a delay for all others.
  @Test func rareSpikesAddNoLastingDelay() throws {
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 30, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: 160)
    for index in sent.indices where index % 100 == 99 { sent[index].milliseconds += 200 }
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    rig.play(seconds: 29)
    #expect(rig.statistics.depthMilliseconds < 45)
    #expect(rig.statistics.targetMilliseconds < 25)
  }

  /// One packet of a hundred misses its tick by one: that is worth the delay of a tick for all others.
  @Test func aTickOfDelayIsTakenForOnePacketOfAHundred() throws {
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 30, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: 160)
    for index in sent.indices where index % 100 == 99 { sent[index].milliseconds += 19 }
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    rig.play(seconds: 10)
    let before = rig.statistics
    rig.play(seconds: 19)
    let after = rig.statistics
    #expect(after.samplesConcealed == before.samplesConcealed)
    #expect(after.samplesShrunk == before.samplesShrunk && after.samplesStretched == before.samplesStretched)
    #expect(after.targetMilliseconds < 35)
  }

  /// A single one in five seconds is not.
  @Test func aSinglePacketAddsNoLastingDelay() throws {
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 6, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: 160)
    sent[260].milliseconds += 19
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    rig.play(seconds: 5.9)
    #expect(rig.statistics.targetMilliseconds < 15)
    #expect(rig.statistics.depthMilliseconds < 15)
  }

  /// A little too much delay is taken out where the speaker pauses, not in the middle of a word.
  @Test func aLittleTooMuchDelayWaitsForAPause() throws {
    let tone = PlayoutSignals.sine(200, count: 2_400, rate: 8_000)
    let word = tone + [Float](repeating: 0, count: 800)
    let packets = PlayoutSignals.narrowPackets(of: Array(repeatElement(word, count: 30).joined()))
    var sent = SentPacket.stream(packets, ticks: 160)
    // In the middle of a word, with the last packet before it late by one tick.
    sent[262].milliseconds += 19
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    // Until its word is over, 280 packets on.
    rig.play(ticks: 275)
    #expect(rig.statistics.samplesConcealed == 960)
    #expect(rig.statistics.samplesShrunk == 0)
    rig.play(ticks: 15)
    #expect(rig.statistics.samplesShrunk > 700)
  }

  /// Two seconds in one burst: a second of it is kept at the most, and the delay comes back by shrinking.
  @Test func aBurstBehindAnOutageIsCaughtUp() throws {
    let packets = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 8_000 * 20, rate: 8_000))
    var sent = SentPacket.stream(packets, ticks: 160)
    for index in 100..<200 { sent[index].milliseconds = 4_010 }
    var rig = try PlayoutRig(.pcma)
    rig.send(sent)
    rig.play(ticks: 205)
    #expect(rig.statistics.packetsDropped > 40 && rig.statistics.packetsDropped < 60)
    #expect(rig.statistics.depthMilliseconds > 700)
    rig.play(seconds: 10)
    #expect(rig.statistics.depthMilliseconds < 45)
    #expect(rig.statistics.samplesShrunk > 35_000)
    #expect(rig.statistics.targetMilliseconds < 25)
  }
}
