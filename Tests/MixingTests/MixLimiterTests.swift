import MediaBase
import Mixing
import Testing

@Suite struct MixLimiterTests {
  static let settings = LimiterSettings()

  /// Runs a signal through a limiter in frames, flushes it and takes its latency off.
  static func limit(
    _ input: [Float], layout: ChannelLayout = .mono, frames: [Int] = [960], settings: LimiterSettings = settings
  ) -> [Float] {
    var limiter = MixLimiter(layout: layout, settings: settings)
    let scratch = LimiterScratch(layout: layout, settings: settings)
    let padded = input + [Float](repeating: 0, count: limiter.latencySamples * layout.count)
    var output: [Float] = []
    var position = 0
    var turn = 0
    while position < padded.count {
      let count = min(frames[turn % frames.count] * layout.count, padded.count - position)
      turn += 1
      let frame = SampleBuffer(count: count)
      frame.copy(padded.span.extracting(position..<position + count))
      var limited = [Float](repeating: 0, count: count)
      var span = limited.mutableSpan
      limiter.process(frame, into: &span, scratch: scratch)
      output += limited
      position += count
    }
    return Array(output.dropFirst(limiter.latencySamples * layout.count))
  }

  @Test func belowItsThresholdNothingChanges() {
    var random = SeededGenerator(seed: 10)
    let quiet = random.babble(48_000, amplitude: 0.3)
    #expect(largestDifference(Self.limit(quiet), quiet) == 0)
    // Close to the threshold, where it must look between the samples but may not act.
    let loud = sine(440, amplitude: Self.settings.threshold.linear * 0.999, count: 48_000)
    #expect(largestDifference(Self.limit(loud), loud) == 0)
  }

  @Test(arguments: [1.2, 2, 8, 50] as [Float])
  func noSamplePassesTheThreshold(amplitude: Float) {
    var random = SeededGenerator(seed: 11)
    // A thousandth of a decibel for the rounding of the smoothed gain.
    let ceiling = Float(Self.settings.threshold.linear) * 1.0001
    for input in [
      random.noise(48_000, amplitude: amplitude), random.babble(96_000, amplitude: amplitude),
      sine(997, amplitude: Double(amplitude), count: 48_000), impulses(every: 611, amplitude: amplitude, count: 48_000),
    ] {
      #expect(Self.limit(input).allSatisfy { abs($0) <= ceiling })
    }
  }

  private func impulses(every period: Int, amplitude: Float, count: Int) -> [Float] {
    (0..<count).map { $0 % period == 0 ? amplitude : 0 }
  }

  /// The signal at 16 times the rate through a long windowed sinc: an interpolator that shares nothing with ours.
  private func truePeak(_ samples: [Float]) -> Double {
    let half = 48
    var highest = 0.0
    for index in half..<samples.count - half where abs(samples[index]) > 0.5 {
      for step in 0..<16 {
        let offset = Double(step) / 16
        var value = 0.0
        for tap in -half + 1...half {
          let x = Double(tap) - offset
          let sinc = x == 0 ? 1 : sinPi(x) / (.pi * x)
          let window = 0.5 + 0.5 * cosPi(x / Double(half))
          value += Double(samples[index + tap]) * sinc * window
        }
        highest = max(highest, abs(value))
      }
    }
    return decibels(highest)
  }

  @Test func interSamplePeaksStayUnderMinusOneDecibel() {
    var random = SeededGenerator(seed: 12)
    let signals: [[Float]] = [
      // A quarter of the rate at 45 degrees: every sample is 3 dB below the peaks between them.
      sine(12_000, amplitude: 3, phase: .pi / 4, count: 6_000),
      sine(18_000, amplitude: 2, phase: 0.3, count: 6_000),
      random.babble(12_000, amplitude: 6),
      sine(997, amplitude: 4, count: 6_000),
    ]
    for signal in signals {
      let peak = truePeak(Self.limit(signal))
      #expect(peak < -1, "signal of \(signal.count) samples, second \(signal[1])")
    }
  }

  @Test func theOutputDoesNotDependOnTheFrameLengths() {
    var random = SeededGenerator(seed: 13)
    let input = random.babble(48_000, amplitude: 3)
    let reference = Self.limit(input, frames: [960])
    #expect(largestDifference(Self.limit(input, frames: [120]), reference) == 0)
    #expect(largestDifference(Self.limit(input, frames: [1, 7, 2880, 64, 119]), reference) == 0)
  }

  @Test func bothChannelsShareOneGain() {
    var random = SeededGenerator(seed: 14)
    let left = random.babble(24_000, amplitude: 4)
    let stereo = left.flatMap { [$0, $0 * 0.25] }
    let output = Self.limit(stereo, layout: .stereo)
    let deviation = stride(from: 0, to: output.count, by: 2).map { abs(output[$0] * 0.25 - output[$0 + 1]) }.max() ?? 1
    #expect(deviation < 1e-6)
    let alone = Self.limit(left)
    #expect(largestDifference(alone, stride(from: 0, to: output.count, by: 2).map { output[$0] }) == 0)
  }

  @Test func theGainComesBackToUnity() {
    let burst = sine(500, amplitude: 4, count: 4_800)
    let after = sine(500, amplitude: 0.5, count: 15 * 48_000)
    let output = Self.limit(burst + after)
    #expect(largestDifference(output.suffix(9_600), after.suffix(9_600)) == 0)
  }

  @Test func resetForgetsThePast() {
    var limiter = MixLimiter(layout: .mono)
    let scratch = LimiterScratch(layout: .mono)
    let loud = SampleBuffer(count: 960)
    loud.fill(3)
    var out = [Float](repeating: 0, count: 960)
    var span = out.mutableSpan
    limiter.process(loud, into: &span, scratch: scratch)
    #expect(limiter.reduction > Decibels(6))
    limiter.reset()
    let quiet = SampleBuffer(count: 960)
    quiet.fill(0.1)
    span = out.mutableSpan
    limiter.process(quiet, into: &span, scratch: scratch)
    #expect(limiter.reduction == .unity)
    #expect(out.allSatisfy { $0 == 0 || $0 == 0.1 })
  }

  @Test(arguments: [1e6, 1e20, Float.greatestFiniteMagnitude, .infinity, .nan])
  func noInputPassesFullScaleOrLingers(hostile: Float) {
    // Beside it a voice far too loud, which must be held in that frame too.
    var input = sine(500, amplitude: 1_000, count: 4_800)
    input[1_000] = hostile
    input[1_001] = -hostile
    let output = Self.limit(input + [Float](repeating: 0, count: 960))
    #expect(output.allSatisfy { abs($0) <= 1 })
    #expect(output.suffix(480).allSatisfy { $0 == 0 })
  }
}
