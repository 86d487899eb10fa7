import Mixing

/// Keeps what comes out of a file within what may go into a mix.
enum SampleRepair {
  /// The largest sample that is let through, either sign: +36 dBFS, beyond any recording that is not broken.
  static let limit: Float = 64

  /// Sets samples that are no number or infinite to 0, clamps the others to ±`limit`; returns how many were set to 0.
  ///
  /// Costs a peak search where all is well.
  static func repair(_ samples: inout MutableSpan<Float>, in range: Range<Int>, kernels: MixKernels = .init()) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= samples.count, "no samples \(range) of \(samples.count)")
    // The kernel orders magnitudes by their bits: what is no number comes out above infinity, and compares as not below.
    if kernels.peak(samples.span.extracting(range)) <= limit { return 0 }
    var broken: Int32 = 0
    for index in range {
      let sample = samples[unchecked: index]
      // All exponent bits set: infinity or not a number.
      let isBroken = sample.bitPattern & 0x7F80_0000 == 0x7F80_0000
      let clamped = sample > limit ? limit : (sample < -limit ? -limit : sample)
      samples[unchecked: index] = isBroken ? 0 : clamped
      broken &+= isBroken ? 1 : 0
    }
    return Int(broken)
  }

  /// Sets `range` to silence.
  static func silence(_ samples: inout MutableSpan<Float>, in range: Range<Int>) {
    for index in range { samples[index] = 0 }
  }
}
