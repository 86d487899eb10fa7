import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The filter that finds a signal's peaks between its samples: oversampling as in ITU-R BS.1770-4, annex 2, but eightfold.
///
/// A sinc under a Kaiser window, thirty-two taps for each of the seven points between two samples; the sample itself is
/// the eighth. (The twelve taps of the standard's example read white noise half a decibel too low.) A peak can still lie
/// between two points: it reads low by at most 20·log₁₀ cos(π·f/8·fs), which is 0.12 dB at 20 kHz and 0.03 dB at 10 kHz.
/// The limiter's threshold leaves room for that.
public struct TruePeakInterpolator: ~Copyable {
  /// The weights as `MixKernels.interpolatedPeak` wants them: for each sample of the first half its even parts towards the
  /// points before the middle one, its odd parts, and its weight towards the middle one. The points behind it are mirrored.
  let taps: SampleBuffer

  /// The highest factor by which a point between samples can exceed the highest sample near it: the largest sum of the
  /// magnitudes of a row. Where no sample passes the threshold divided by it, no point between them can pass the threshold.
  let highestGain: Float

  /// Computes the table.
  public init() {
    let width = MixKernels.interpolatorTaps
    let phases = MixKernels.interpolatorPhases
    let taps = SampleBuffer(count: width / 2 * phases)
    var highestGain: Float = 1
    for phase in 0...phases / 2 {
      let row = Self.row(offset: Double(phase + 1) / Double(phases + 1), width: width)
      for near in 0..<width / 2 {
        let (weight, mirrored) = (row[near], row[width - 1 - near])
        taps[near * phases + (phase < phases / 2 ? phase : phases - 1)] = (weight + mirrored) / 2
        if phase < phases / 2 { taps[near * phases + phases / 2 + phase] = (weight - mirrored) / 2 }
      }
      highestGain = max(highestGain, row.reduce(0) { $0 + abs($1) })
    }
    self.taps = taps
    self.highestGain = highestGain
  }

  /// The weights for a point `offset` samples after the middle tap; they sum to 1, so that a constant stays one.
  private static func row(offset: Double, width: Int) -> [Float] {
    let centre = Double(width / 2 - 1) + offset
    let weights = (0..<width).map { tap in
      let distance = Double(tap) - centre
      let sinc = distance == 0 ? 1 : sin(.pi * distance) / (.pi * distance)
      return sinc * kaiser(distance / (Double(width) / 2))
    }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }

  /// Kaiser window with β = 4 at −1…+1.
  private static func kaiser(_ position: Double) -> Double {
    let beta = 4.0
    return besselI0(beta * max(0, 1 - position * position).squareRoot()) / besselI0(beta)
  }

  /// The modified Bessel function of order 0, by its power series.
  private static func besselI0(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    var index = 1.0
    while term > 1e-12 * sum {
      term *= (x / (2 * index)) * (x / (2 * index))
      sum += term
      index += 1
    }
    return sum
  }
}
