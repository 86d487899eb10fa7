import Benchmarks
import Foundation
import MediaBase
import Testing

private let length = 5 * AudioRate.samplesPerSecond

/// A voice of some seconds, the same for the same seed.
private func voice(_ seed: UInt64) -> [Float] {
  var random = SeededGenerator(seed: seed)
  return random.speech(pitch: 300 + 40 * Int(seed), count: length)
}

private func rms(_ samples: [Float]) -> Float {
  (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
}

/// A gain that swings between 0.5 and 1 three times a second.
private func swing(_ index: Int) -> Float {
  0.75 + 0.25 * Float(sin(2 * .pi * 3 * Double(index) / 48_000))
}

/// White noise this far below a signal.
private func noise(_ level: Decibels, below signal: [Float], seed: UInt64 = 77) -> [Float] {
  var random = SeededGenerator(seed: seed)
  let noise = random.noise(signal.count)
  let gain = rms(signal) / rms(noise) * Float(level.linear)
  return noise.map { $0 * gain }
}

private func isClose(_ measured: Decibels?, _ expected: Double, within tolerance: Double) -> Bool {
  measured.map { abs($0.value - expected) <= tolerance } ?? false
}

@Suite struct DistortionTests {
  @Test func aSlowGainIsNoDistortion() throws {
    let ideal = voice(1)
    let mix = ideal.enumerated().map { $1 * swing($0) }
    var distortion = Distortion()
    distortion.add(ideal: ideal, mix: mix)
    #expect(try #require(distortion.ratio) > Decibels(95))
    var plain = PlainDistortion()
    plain.add(ideal: ideal, mix: mix)
    #expect(try #require(plain.ratio) < Decibels(20))
  }

  @Test func noiseIsDistortionAtItsLevel() {
    let ideal = voice(2).map { $0 + 0.001 }
    let added = noise(Decibels(-40), below: ideal)
    let mix = zip(ideal, added).map { $0 + $1 }
    var distortion = Distortion()
    distortion.add(ideal: ideal, mix: mix)
    // The curve has a freedom for every 120 samples, which takes 1/120 of the noise with it.
    #expect(isClose(distortion.ratio, 40, within: 0.15))
    var plain = PlainDistortion()
    plain.add(ideal: ideal, mix: mix)
    #expect(isClose(plain.ratio, 40, within: 0.05))
  }

  @Test func noiseUnderAMovingGainIsStillFound() {
    let ideal = voice(3)
    let moved = ideal.enumerated().map { $1 * swing($0) }
    let added = noise(Decibels(-50), below: moved)
    var distortion = Distortion()
    distortion.add(ideal: ideal, mix: zip(moved, added).map { $0 + $1 })
    #expect(isClose(distortion.ratio, 50, within: 0.2))
  }

  @Test func aStepOfTheGainIsDistortion() throws {
    let ideal = voice(4)
    var stepped = Distortion()
    // Half way between two knots, ten times a second.
    stepped.add(ideal: ideal, mix: ideal.enumerated().map { ($0 + 60) / 2400 % 2 == 0 ? $1 : $1 * 0.8 })
    let ratio = try #require(stepped.ratio)
    #expect(ratio > Decibels(25) && ratio < Decibels(45))
  }

  @Test func silenceAndPerfectionHaveNoRatio() {
    var silent = Distortion()
    silent.add(ideal: Array(repeating: 0, count: 960), mix: Array(repeating: 0, count: 960))
    #expect(silent.ratio == nil)
    var perfect = PlainDistortion()
    perfect.add(ideal: voice(1), mix: voice(1).map { $0 / 2 })
    #expect(perfect.ratio == nil)
  }
}

@Suite struct NoiseToMaskTests {
  @Test func softNoiseIsMaskedAndLoudNoiseIsNot() throws {
    let ideal = voice(5)
    let ratios = try [-20.0, -40, -60].map { level in
      var measure = NoiseToMask()
      let added = noise(Decibels(level), below: ideal)
      measure.add(ideal: ideal, mix: zip(ideal, added).map { $0 + $1 })
      return try #require(measure.ratio).value
    }
    #expect(ratios[0] > 0)
    #expect(abs(ratios[0] - ratios[1] - 20) < 0.5)
    #expect(abs(ratios[1] - ratios[2] - 20) < 0.5)
  }

  @Test func noiseBesideASineIsHeardFarFromItFirst() throws {
    func sine(_ hertz: Double, _ amplitude: Float) -> [Float] {
      (0..<length).map { amplitude * Float(sin(2 * .pi * hertz * Double($0) / 48_000)) }
    }
    let ideal = sine(1000, 0.5)
    func ratio(of hertz: Double) throws -> Double {
      var measure = NoiseToMask()
      measure.add(ideal: ideal, mix: zip(ideal, sine(hertz, 0.005)).map { $0 + $1 })
      return try #require(measure.ratio).value
    }
    #expect(try ratio(of: 1080) < -10)
    #expect(try ratio(of: 4000) > 0)
    // Masking reaches further up than down.
    #expect(try ratio(of: 1500) < ratio(of: 670))
  }

  @Test func noiseBelowTheThresholdInQuietIsNotHeard() throws {
    let silence = [Float](repeating: 0, count: length)
    var random = SeededGenerator(seed: 9)
    var measure = NoiseToMask()
    measure.add(ideal: silence, mix: random.noise(length).map { $0 * 1e-6 })
    #expect(try #require(measure.ratio) < Decibels(-10))
  }
}

@Suite struct OwnVoiceLeakTests {
  @Test func aKnownLeakIsFoundAndCaused() {
    let ideal = voice(6)
    let own = voice(7)
    let mix = zip(ideal, own).map { $0 + $1 * Float(Decibels(-50).linear) }
    var distortion = Distortion()
    let rest = distortion.add(ideal: ideal, mix: mix)
    var leak = OwnVoiceLeak()
    leak.add(own: own, mix: mix, silenced: ideal, rest: rest)
    #expect(isClose(leak.caused, -50, within: 0.1))
    // An upper bound: never lower than what is there, but for the trace that the gain curve has taken for ideal.
    #expect(isClose(leak.foundAtMost, -49, within: 1.5))
  }

  @Test func anExactMixLeaksNothing() {
    let ideal = voice(6)
    var leak = OwnVoiceLeak()
    leak.add(own: voice(7), mix: ideal, silenced: ideal, rest: Array(repeating: 0, count: ideal.count))
    #expect(leak.caused == nil)
    #expect(leak.foundAtMost == nil)
  }

  @Test func distortionAloneIsHardlyTakenForTheVoice() throws {
    let ideal = voice(6)
    let mix = zip(ideal, noise(Decibels(-50), below: ideal)).map { $0 + $1 }
    var distortion = Distortion()
    let rest = distortion.add(ideal: ideal, mix: mix)
    var leak = OwnVoiceLeak()
    leak.add(own: voice(7), mix: mix, silenced: mix, rest: rest)
    #expect(leak.caused == nil)
    #expect(try #require(leak.foundAtMost) < Decibels(-75))
  }
}
