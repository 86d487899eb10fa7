import Foundation
import MediaBase
import OfflineMixing
import Testing

@Suite("When a leg speaks")
struct SpeechDetectorTests {
  // MARK: What is no speech

  @Test(arguments: [-90.0, -60, -40, -20, -6], [Float(0), 0.5, 0.97])
  func steadyNoiseNeverBecomesSpeech(_ level: Double, hue: Float) {
    #expect(talkspurts(Sound.noise(10, level, hue: hue)).isEmpty)
  }

  @Test func noiseThatBeginsAndEndsInDigitalSilenceIsNoSpeech() {
    #expect(talkspurts(Sound.silence(3) + Sound.noise(10, -40) + Sound.silence(3)).isEmpty)
  }

  @Test(arguments: [50.0, 60, 118, 400, 1000])
  func aHumIsNoSpeech(_ hertz: Double) {
    let hum = Sound.sum(Sound.sine(hertz, 10, peak: 0.1), Sound.sine(3 * hertz, 10, peak: 0.04), Sound.noise(10, -70))
    #expect(talkspurts(hum).isEmpty)
  }

  @Test func digitalSilenceIsNoSpeechAndBreaksNothing() {
    #expect(talkspurts(Sound.silence(20)).isEmpty)
    #expect(talkspurts([]).isEmpty)
    #expect(SpeechDetector().intervals().isEmpty)
  }

  /// The last bit of a 16-bit recording.
  @Test func ditherIsNoSpeech() {
    var chance = SeededGenerator(seed: 3)
    let dither: [Float] = (0..<Sound.samples(10)).map { index in
      index / 30_000 % 2 == 0 ? Float(Int.random(in: -1...1, using: &chance)) / 32_768 : 0
    }
    #expect(talkspurts(dither).isEmpty)
  }

  @Test func clicksAreNoSpeech() {
    var clicks = Sound.noise(20, -60)
    var chance = SeededGenerator(seed: 11)
    for start in stride(from: Sound.samples(1), to: clicks.count - 480, by: Sound.samples(0.23)) {
      for index in 0..<400 { clicks[start + index] += Float.random(in: -0.5...0.5, using: &chance) }
    }
    #expect(talkspurts(clicks).isEmpty)
  }

  @Test(arguments: [10.0, 20, 30])
  func aStepOfNoiseIsNoSpeech(by decibels: Double) {
    let low = -60.0
    let noise =
      Sound.noise(6, low) + Sound.noise(6, low + decibels, seed: 2) + Sound.noise(6, low, seed: 3)
      + Sound.noise(6, low + decibels, seed: 4)
    #expect(talkspurts(noise).isEmpty)
  }

  /// A train: 12 dB from its quietest to its loudest, every 3 seconds.
  @Test func noiseThatSwellsIsNoSpeech() {
    let noise = Sound.noise(30, -40, hue: 0.95).enumerated().map { index, sample in
      sample * Float(1 - 0.6 * cos(2 * .pi * Double(index) / Double(Sound.samples(3))))
    }
    #expect(talkspurts(noise).isEmpty)
  }

  /// The others' voices, coming back quietly from a loudspeaker.
  @Test func anEchoOfTheOthersIsNoSpeechBesideTheLegsOwnVoice() {
    let call =
      Sound.speech(3, -20) + Sound.silence(2) + Sound.speech(3, -60, seed: 9) + Sound.silence(2)
      + Sound.speech(2, -20, seed: 10)
    expect(talkspurts(Sound.sum(call, Sound.noise(12, -85))), [(0, 3), (10, 12)])
  }

  // MARK: What is speech

  @Test(arguments: [-12.0, -20, -40, -63])
  func speechIsFoundAtAnyLevel(_ level: Double) {
    let call =
      Sound.silence(2) + Sound.speech(3, level) + Sound.silence(2) + Sound.speech(1.5, level) + Sound.silence(1)
    expect(talkspurts(call), [(2, 5), (7, 8.5)])
    expect(talkspurts(Sound.sum(call, Sound.noise(9.5, level - 25))), [(2, 5), (7, 8.5)])
    expect(talkspurts(Sound.sum(call, Sound.noise(9.5, level - 25, hue: 0.95))), [(2, 5), (7, 8.5)])
  }

  @Test func speechOverAHumTwiceAsLoudIsFound() {
    let call = Sound.silence(3) + Sound.speech(3, -30) + Sound.silence(3)
    expect(talkspurts(Sound.sum(call, Sound.sine(50, 9, peak: 0.09), Sound.noise(9, -70))), [(3, 6)])
  }

  @Test func speechIsFoundBeforeAndBehindAStepOfNoise() {
    let call = Sound.silence(2) + Sound.speech(2, -20) + Sound.silence(4) + Sound.speech(2, -20) + Sound.silence(2)
    let noise = Sound.noise(6, -70) + Sound.noise(6, -40, seed: 2)
    expect(talkspurts(Sound.sum(call, noise)), [(2, 4), (8, 10)])
  }

  @Test func speechFromTheFirstSampleToTheLastIsOneTalkspurt() {
    expect(talkspurts(Sound.sum(Sound.speech(10, -20), Sound.noise(10, -55))), [(0, 10)])
    expect(talkspurts(Sound.speech(10, -20)), [(0, 10)])
  }

  @Test func breathsAreBridgedAndPausesAreNot() {
    let call = { (pause: Double) in
      Sound.silence(1) + Sound.speech(0.99, -20) + Sound.silence(pause) + Sound.speech(0.99, -20) + Sound.silence(1)
    }
    expect(talkspurts(call(0.25)), [(1, 3.23)])
    expect(talkspurts(call(0.8)), [(1, 1.99), (2.79, 3.78)])
  }

  /// Words through a noise gate: nothing at all between them.
  @Test func shortWordsInDigitalSilenceAreFound() {
    let words = (0..<5).flatMap { Sound.speech(0.4, -25, seed: UInt64($0 + 1)) + Sound.silence(1.6) }
    expect(talkspurts(words), (0..<5).map { (Double($0) * 2, Double($0) * 2 + 0.4) })
  }

  @Test func aLoudBeepDoesNotHideAQuietVoiceForEver() {
    let call =
      Sound.sine(1000, 0.5, peak: 1) + Sound.silence(1)
      + (0..<30).flatMap { _ in Sound.speech(1, -50) + Sound.silence(1) }
    let found = talkspurts(Sound.sum(call, Sound.noise(61.5, -80)))
    #expect(found.filter { $0.start > 30 }.count >= 15)
  }

  /// Bars of a plucked melody: music on hold counts as sound.
  @Test func musicIsSound() {
    let notes = [262.0, 330, 392, 523, 392, 330, 294, 349, 440, 587, 440, 349]
    let music = notes.flatMap { hertz in
      Sound.sum(
        Sound.sine(hertz, 0.4, peak: 0.2), Sound.sine(2 * hertz, 0.4, peak: 0.1), Sound.sine(4 * hertz, 0.4, peak: 0.05)
      )
      .enumerated().map { index, sample in sample * Float(exp(-Double(index) / 4_000)) }
    }
    let found = talkspurts(Sound.silence(2) + music + music + Sound.silence(2))
    #expect(found.reduce(0) { $0 + $1.end - $1.start } > 0.8 * 9.6)
  }

  @Test func samplesThatAreNoNumbersDoNotBreakIt() {
    var samples = Sound.speech(8, -20)
    samples[1000] = .nan
    samples[2000] = .infinity
    samples[3000] = .greatestFiniteMagnitude
    let found = talkspurts(samples)
    #expect((found.last?.end ?? 0) > 7.9)
    #expect(found.reduce(0) { $0 + $1.end - $1.start } > 7.5)
  }

  // MARK: The band

  @Test(arguments: [(50.0, -28.1), (118, -20.7), (300, -12.7), (1000, -3.2), (2000, -0.9), (3400, -9.5)])
  func theBandWeighsTonesAsItsFormulaSays(_ hertz: Double, gain: Double) {
    var band = SpeechBand(channels: 1)
    let tone = Sound.sine(hertz, 2, peak: 0.5)
    let energies = stride(from: 0, to: tone.count, by: 960).map { band.meanSquare(Array(tone[$0..<$0 + 960]).span) }
    let mean = Double(energies.dropFirst().reduce(0, +)) / Double(energies.count - 1)
    #expect(abs(10 * log10(mean / 0.125) - gain) < 0.15)
  }

  @Test func theBandOfTwoChannelsIsTheirMean() {
    let (left, right) = (Sound.noise(0.02, -20, seed: 1), Sound.noise(0.02, -30, seed: 2))
    let stereo = zip(left, right).flatMap { [$0, $1] }
    var (mono, other, both) = (SpeechBand(channels: 1), SpeechBand(channels: 1), SpeechBand(channels: 2))
    let mean = (mono.meanSquare(left.span) + other.meanSquare(right.span)) / 2
    #expect(abs(both.meanSquare(stereo.span) / mean - 1) < 1e-5)
  }

  @Test func anEmptyOrUnfinishedFrameHasALevelToo() {
    var band = SpeechBand(channels: 2)
    for count in 0..<100 { #expect(band.meanSquare([Float](repeating: 0, count: count).span) == 0) }
  }
}

/// Talkspurts of samples in 20 ms frames, as the mix has them.
private func talkspurts(_ samples: [Float]) -> [MixReport.Interval] {
  var band = SpeechBand(channels: 1)
  var detector = SpeechDetector()
  for start in stride(from: 0, to: samples.count, by: 960) {
    detector.add(meanSquare: band.meanSquare(Array(samples[start..<min(start + 960, samples.count)]).span))
  }
  return detector.intervals()
}

/// Expects talkspurts within 80 ms at either end.
private func expect(
  _ found: [MixReport.Interval], _ expected: [(Double, Double)], sourceLocation: SourceLocation = #_sourceLocation
) {
  let isRight =
    found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0.start - $1.0) <= 0.08 && abs($0.end - $1.1) <= 0.08 }
  #expect(isRight, "found \(found.map { ($0.start, $0.end) }), not \(expected)", sourceLocation: sourceLocation)
}
