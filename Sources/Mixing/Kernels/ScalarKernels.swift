/// What `MixKernels` computes, one sample at a time in plain Swift.
///
/// The twin that tests compare every instruction set with. It shares no code with them; use it for nothing else.
public enum ScalarKernels {
  /// `sum[i] += x[i]·(gain + step·i)`.
  public static func accumulate(_ x: [Float], gain: Float = 1, step: Float = 0, into sum: inout [Float]) {
    for i in x.indices { sum[i] += x[i] * (gain + step * Float(i)) }
  }

  /// `a − b`.
  public static func subtract(_ b: [Float], from a: [Float]) -> [Float] {
    zip(a, b).map { $0 - $1 }
  }

  /// `x[i]·(gain + step·i)`.
  public static func gainRamp(_ x: [Float], _ ramp: MixKernels.Ramp) -> [Float] {
    x.indices.map { x[$0] * (ramp.gain + ramp.step * Float($0)) }
  }

  /// Interleaved stereo, a ramp for each channel.
  public static func gainRampStereo(_ x: [Float], left: MixKernels.Ramp, right: MixKernels.Ramp) -> [Float] {
    let (l, r) = deinterleave(x)
    return interleave(left: gainRamp(l, left), right: gainRamp(r, right))
  }

  /// Mono onto two interleaved channels.
  public static func panRamp(_ mono: [Float], left: MixKernels.Ramp, right: MixKernels.Ramp) -> [Float] {
    interleave(left: gainRamp(mono, left), right: gainRamp(mono, right))
  }

  /// The mean of both channels.
  public static func downmix(_ x: [Float]) -> [Float] {
    let (left, right) = deinterleave(x)
    return zip(left, right).map { 0.5 * ($0 + $1) }
  }

  /// Two channels as one interleaved signal.
  public static func interleave(left: [Float], right: [Float]) -> [Float] {
    zip(left, right).flatMap { [$0, $1] }
  }

  /// One interleaved signal as two channels.
  public static func deinterleave(_ x: [Float]) -> (left: [Float], right: [Float]) {
    let frames = x.count / 2
    return ((0..<frames).map { x[2 * $0] }, (0..<frames).map { x[2 * $0 + 1] })
  }

  /// The highest magnitude.
  public static func peak(_ x: [Float]) -> Float {
    x.reduce(0) { max($0, abs($1)) }
  }

  /// The sum of squares, in double precision: the kernels' sixteen lanes differ from it by rounding.
  public static func energy(_ x: [Float]) -> Double {
    x.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// See `MixKernels.interpolatedPeak`.
  public static func interpolatedPeak(_ x: [Float], taps: [Float], quiet: Float, count: Int) -> [Float] {
    let (width, phases) = (MixKernels.interpolatorTaps, MixKernels.interpolatorPhases)
    return (0..<count).map { i in
      let own = abs(x[i + width / 2 - 1])
      let group = i / 8 * 8
      if group + 8 <= count, x[group..<group + 7 + width].allSatisfy({ abs($0) <= quiet }) { return own }
      var parts = [Float](repeating: 0, count: phases)
      for k in 0..<width / 2 {
        let (near, far) = (x[i + k], x[i + width - 1 - k])
        for phase in 0..<phases {
          let isOdd = (phases / 2..<phases - 1).contains(phase)
          parts[phase] += taps[k * phases + phase] * (isOdd ? near - far : near + far)
        }
      }
      let pairs = (0..<phases / 2).map { abs(parts[$0]) + abs(parts[phases / 2 + $0]) }
      return pairs.reduce(max(own, abs(parts[phases - 1])), max)
    }
  }

  /// See `MixKernels.requiredDepth`.
  public static func requiredDepth(peaks: [Float], threshold: Float) -> [Float] {
    zip(peaks, peaks.dropFirst()).map { max($0, $1) > threshold ? 1 - threshold / max($0, $1) : 0 }
  }

  /// `a + b`.
  public static func add(_ a: [Float], _ b: [Float]) -> [Float] {
    zip(a, b).map { $0 + $1 }
  }

  /// The greater of both.
  public static func maximum(_ a: [Float], _ b: [Float]) -> [Float] {
    zip(a, b).map { max($0, $1) }
  }

  /// `x[i]·gain[i]`.
  public static func apply(gain: [Float], to x: [Float]) -> [Float] {
    zip(x, gain).map { $0 * $1 }
  }

  /// One gain for both channels of each frame.
  public static func applyStereo(gain: [Float], to x: [Float]) -> [Float] {
    x.indices.map { x[$0] * gain[$0 / 2] }
  }

  /// To 16 bits, rounded to nearest with ties to even, saturated.
  public static func toInt16(_ x: [Float]) -> [Int16] {
    x.map { Int16(max(-32_768, min(32_767, $0 * 32_768)).rounded(.toNearestOrEven)) }
  }

  /// From 16 bits.
  public static func fromInt16(_ x: [Int16]) -> [Float] {
    x.map { Float($0) / 32_768 }
  }
}
