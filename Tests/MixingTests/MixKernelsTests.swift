import MediaBase
import Mixing
import Testing

/// Each kernel on each instruction set against its scalar twin, on random input and every length up to a few registers.
@Suite struct MixKernelsTests {
  static let lengths = Array(0...67) + [120, 255, 960, 961, 2880]

  /// Unaligned on purpose: a frame may start anywhere.
  private func unaligned(_ samples: [Float]) -> [Float] { [9] + samples }

  @Test(arguments: MixKernels.available.map(\.name))
  func sumsMatchTheScalarTwin(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 1)
    for length in Self.lengths {
      let x = unaligned(random.noise(length))
      let start = random.noise(length)
      var sum = start
      var expected = start
      var span = sum.mutableSpan
      kernels.accumulate(x.span.extracting(1...), into: &span)
      ScalarKernels.accumulate(Array(x.dropFirst()), into: &expected)
      #expect(sum == expected, "accumulate, \(length) samples")

      span = sum.mutableSpan
      kernels.accumulate(x.span.extracting(1...), gain: 0.5, step: -0.001, into: &span)
      ScalarKernels.accumulate(Array(x.dropFirst()), gain: 0.5, step: -0.001, into: &expected)
      #expect(sum == expected, "accumulate with a ramp, \(length) samples")

      var difference = [Float](repeating: 7, count: length)
      span = difference.mutableSpan
      kernels.subtract(x.span.extracting(1...), from: start.span, into: &span)
      #expect(difference == ScalarKernels.subtract(Array(x.dropFirst()), from: start), "subtract, \(length) samples")
    }
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func gainsMatchTheScalarTwin(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 2)
    let left = MixKernels.Ramp(gain: 0.25, step: 0.0003)
    let right = MixKernels.Ramp(gain: 1.5, step: -0.0004)
    for length in Self.lengths {
      let mono = random.noise(length)
      let stereo = random.noise(length * 2)
      let gain = random.noise(length)
      #expect(
        run(length) { kernels.gainRamp(mono.span, gain: left.gain, step: left.step, into: &$0) }
          == ScalarKernels.gainRamp(mono, left))
      #expect(
        run(length * 2) { kernels.gainRampStereo(stereo.span, left: left, right: right, into: &$0) }
          == ScalarKernels.gainRampStereo(stereo, left: left, right: right))
      #expect(
        run(length * 2) { kernels.panRamp(mono.span, left: left, right: right, into: &$0) }
          == ScalarKernels.panRamp(mono, left: left, right: right))
      #expect(
        run(length) { kernels.apply(gain: gain.span, to: mono.span, into: &$0) }
          == ScalarKernels.apply(gain: gain, to: mono))
      #expect(
        run(length * 2) { kernels.applyStereo(gain: gain.span, to: stereo.span, into: &$0) }
          == ScalarKernels.applyStereo(gain: gain, to: stereo))
    }
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func channelsMatchTheScalarTwin(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 3)
    for length in Self.lengths {
      let left = random.noise(length)
      let right = random.noise(length)
      let stereo = run(length * 2) { kernels.interleave(left: left.span, right: right.span, into: &$0) }
      #expect(stereo == ScalarKernels.interleave(left: left, right: right))
      #expect(run(length) { kernels.maximum(left.span, right.span, into: &$0) } == ScalarKernels.maximum(left, right))
      #expect(run(length) { kernels.downmix(stereo.span, into: &$0) } == ScalarKernels.downmix(stereo))
      var otherRight = [Float](repeating: 0, count: length)
      let otherLeft = run(length) { out in
        var span = otherRight.mutableSpan
        kernels.deinterleave(stereo.span, left: &out, right: &span)
      }
      #expect(otherLeft == left)
      #expect(otherRight == right)
    }
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func levelsMatchTheScalarTwin(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 4)
    for length in Self.lengths {
      let x = random.noise(length, amplitude: 3)
      #expect(kernels.peak(x.span) == ScalarKernels.peak(x))
      let energy = ScalarKernels.energy(x)
      #expect(abs(Double(kernels.energy(x.span)) - energy) <= 1e-6 * energy)
    }
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func filtersMatchTheScalarTwin(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 5)
    let taps = random.noise(MixKernels.interpolatorTaps / 2 * MixKernels.interpolatorPhases)
    for length in Self.lengths {
      // Loud in places: whole groups rest on quiet samples alone, and are the samples themselves.
      let x = (0..<length + MixKernels.interpolatorTaps - 1).map { index in
        random.noise(1)[0] * (index / 60 % 2 == 0 ? 0.1 : 1)
      }
      for quiet in [0, 0.1, 2] as [Float] {
        #expect(
          run(length) { kernels.interpolatedPeak(x.span, taps: taps.span, quiet: quiet, into: &$0) }
            == ScalarKernels.interpolatedPeak(x, taps: taps, quiet: quiet, count: length))
      }
      let (a, b) = (random.noise(length), random.noise(length))
      #expect(run(length) { kernels.add(a.span, b.span, into: &$0) } == ScalarKernels.add(a, b))
      let peaks = random.noise(length + 1).map(abs)
      #expect(
        run(length) { kernels.requiredDepth(peaks: peaks.span, threshold: 0.5, into: &$0) }
          == ScalarKernels.requiredDepth(peaks: peaks, threshold: 0.5))
    }
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func sixteenBitsMatchTheScalarTwinAndSaturate(set: String) {
    let kernels = kernelSet(set)
    var random = SeededGenerator(seed: 6)
    // Ties, both ends, beyond both ends, and infinities.
    let corners: [Float] = [
      0, -0.0, 0.5 / 32_768, 1.5 / 32_768, -0.5 / 32_768, -1.5 / 32_768, 1, -1, 0.999_99, 1.000_02, -1.000_02, 7, -7,
      1e30, -1e30, .infinity, -.infinity,
    ]
    for length in Self.lengths {
      let x = corners + random.noise(length, amplitude: 1.2)
      var out = [Int16](repeating: 7, count: x.count)
      var span = out.mutableSpan
      kernels.convert(x.span, to: &span)
      #expect(out == ScalarKernels.toInt16(x))
      #expect(run(out.count) { kernels.convert(out.span, to: &$0) } == ScalarKernels.fromInt16(out))
    }
  }

  @Test func everySixteenBitValueSurvivesTheRoundTrip() {
    let all = (Int(Int16.min)...Int(Int16.max)).map { Int16($0) }
    for kernels in MixKernels.available {
      let floats = run(all.count) { kernels.convert(all.span, to: &$0) }
      var back = [Int16](repeating: 0, count: all.count)
      var span = back.mutableSpan
      kernels.convert(floats.span, to: &span)
      #expect(back == all)
    }
  }

  @Test func allInstructionSetsGiveTheSameBits() {
    var random = SeededGenerator(seed: 7)
    let x = random.noise(2879)
    let energies = Set(MixKernels.available.map { $0.energy(x.span).bitPattern })
    #expect(energies.count == 1)
  }
}

private func kernelSet(_ name: String) -> MixKernels {
  MixKernels.available.first { $0.name == name } ?? MixKernels()
}

/// The result of a kernel that writes `count` samples, over a buffer that was not zero before.
private func run(_ count: Int, _ kernel: (inout MutableSpan<Float>) -> Void) -> [Float] {
  var out = [Float](repeating: 77, count: count)
  var span = out.mutableSpan
  kernel(&span)
  return out
}
