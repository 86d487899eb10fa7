import CMixKernels

/// The mixer's inner loops, built for one instruction set.
///
/// A whole frame crosses into C at once. All instruction sets give the same bits, so a mix does not depend on the machine
/// that made it. `ScalarKernels` is the twin that says in plain Swift what each of them computes. Cheap to copy; any
/// thread may use it. A call costs 45 to 150 ns for 960 samples on AVX2 (`partyline bench kernels`).
public struct MixKernels: Sendable {
  // Points to constant data of the program.
  private nonisolated(unsafe) let table: UnsafePointer<partyline_mix_kernels>

  /// The fastest that this machine can run.
  public init() {
    var fastest: UnsafePointer<partyline_mix_kernels>?
    guard unsafe partyline_mix_kernels(&fastest, 1) > 0, let fastest else {
      preconditionFailure("every machine has its plain kernels")
    }
    table = fastest
  }

  private init(table: UnsafePointer<partyline_mix_kernels>) {
    self.table = table
  }

  /// Every instruction set that this machine can run, the fastest first; never empty.
  public static var available: [MixKernels] {
    var tables: [UnsafePointer<partyline_mix_kernels>?] = Array(repeating: nil, count: 4)
    let count = Int(partyline_mix_kernels(&tables, Int32(tables.count)))
    return tables.prefix(count).compactMap { $0.map(MixKernels.init(table:)) }
  }

  /// The instruction set: `avx2`, `sse2`, `neon` or `portable`.
  public var name: String {
    String(cString: table.pointee.name)
  }

  /// Samples on each side of an interpolated point, and so what `interpolatedPeak` reads beyond its output.
  public static let interpolatorTaps = Int(PARTYLINE_INTERPOLATOR_TAPS)

  /// Points interpolated between two samples.
  public static let interpolatorPhases = Int(PARTYLINE_INTERPOLATOR_PHASES)

  // MARK: Sums

  /// `sum += x`, sample by sample. Both have the same length.
  public func accumulate(_ x: Span<Float>, into sum: inout MutableSpan<Float>) {
    let count = commonCount(x.count, sum.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe sum.withUnsafeMutableBufferPointer { sum in
        if count > 0 { unsafe table.pointee.accumulate(sum.baseAddress!, x.baseAddress!, Int32(count)) }
      }
    }
  }

  /// `sum[i] += x[i]·(gain + step·i)`. Both have the same length.
  public func accumulate(_ x: Span<Float>, gain: Float, step: Float, into sum: inout MutableSpan<Float>) {
    let count = commonCount(x.count, sum.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe sum.withUnsafeMutableBufferPointer { sum in
        if count > 0 {
          unsafe table.pointee.accumulate_ramp(sum.baseAddress!, x.baseAddress!, gain, step, Int32(count))
        }
      }
    }
  }

  /// `out = a − b`, sample by sample. All three have the same length.
  public func subtract(_ b: Span<Float>, from a: Span<Float>, into out: inout MutableSpan<Float>) {
    let count = commonCount(commonCount(a.count, b.count), out.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if count > 0 {
            unsafe table.pointee.subtract(out.baseAddress!, a.baseAddress!, b.baseAddress!, Int32(count))
          }
        }
      }
    }
  }

  // MARK: Gains

  /// `out[i] = x[i]·(gain + step·i)`. Both have the same length.
  public func gainRamp(_ x: Span<Float>, gain: Float, step: Float, into out: inout MutableSpan<Float>) {
    let count = commonCount(x.count, out.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if count > 0 { unsafe table.pointee.gain_ramp(out.baseAddress!, x.baseAddress!, gain, step, Int32(count)) }
      }
    }
  }

  /// The same for interleaved stereo, with a ramp for each channel. Both have the same even length.
  public func gainRampStereo(_ x: Span<Float>, left: Ramp, right: Ramp, into out: inout MutableSpan<Float>) {
    let frames = commonCount(x.count, out.count) / 2
    unsafe x.withUnsafeBufferPointer { x in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if frames > 0 {
          unsafe table.pointee.gain_ramp_stereo(
            out.baseAddress!, x.baseAddress!, left.gain, left.step, right.gain, right.step, Int32(frames))
        }
      }
    }
  }

  /// Puts a mono signal onto two interleaved channels, a ramp for each; `out` is twice as long as `mono`.
  public func panRamp(_ mono: Span<Float>, left: Ramp, right: Ramp, into out: inout MutableSpan<Float>) {
    let frames = commonCount(mono.count * 2, out.count) / 2
    unsafe mono.withUnsafeBufferPointer { mono in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if frames > 0 {
          unsafe table.pointee.pan_ramp(
            out.baseAddress!, mono.baseAddress!, left.gain, left.step, right.gain, right.step, Int32(frames))
        }
      }
    }
  }

  /// A gain at the first sample and what it changes by at each that follows.
  public struct Ramp: Sendable {
    /// Factor for the first sample.
    public var gain: Float
    /// Added to the factor at each following sample; 0 keeps it.
    public var step: Float

    /// A ramp that starts at `gain`.
    public init(gain: Float, step: Float) {
      self.gain = gain
      self.step = step
    }
  }

  /// `out[i] = x[i]·gain[i]`. All have the same length.
  public func apply(gain: Span<Float>, to x: Span<Float>, into out: inout MutableSpan<Float>) {
    let count = commonCount(commonCount(x.count, gain.count), out.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe gain.withUnsafeBufferPointer { gain in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if count > 0 {
            unsafe table.pointee.apply_gain(out.baseAddress!, x.baseAddress!, gain.baseAddress!, Int32(count))
          }
        }
      }
    }
  }

  /// One gain for both channels of each interleaved frame; `x` and `out` are twice as long as `gain`.
  public func applyStereo(gain: Span<Float>, to x: Span<Float>, into out: inout MutableSpan<Float>) {
    let frames = commonCount(commonCount(x.count, gain.count * 2), out.count) / 2
    unsafe x.withUnsafeBufferPointer { x in
      unsafe gain.withUnsafeBufferPointer { gain in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if frames > 0 {
            unsafe table.pointee.apply_gain_stereo(out.baseAddress!, x.baseAddress!, gain.baseAddress!, Int32(frames))
          }
        }
      }
    }
  }

  // MARK: Channels

  /// The mean of both channels of interleaved stereo; `out` is half as long as `x`.
  public func downmix(_ x: Span<Float>, into out: inout MutableSpan<Float>) {
    let frames = commonCount(x.count, out.count * 2) / 2
    unsafe x.withUnsafeBufferPointer { x in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if frames > 0 { unsafe table.pointee.downmix(out.baseAddress!, x.baseAddress!, Int32(frames)) }
      }
    }
  }

  /// Two channels into interleaved stereo; `out` is twice as long as each.
  public func interleave(left: Span<Float>, right: Span<Float>, into out: inout MutableSpan<Float>) {
    let frames = commonCount(commonCount(left.count, right.count) * 2, out.count) / 2
    unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if frames > 0 {
            unsafe table.pointee.interleave(out.baseAddress!, left.baseAddress!, right.baseAddress!, Int32(frames))
          }
        }
      }
    }
  }

  /// Interleaved stereo into two channels, each half as long as `x`.
  public func deinterleave(_ x: Span<Float>, left: inout MutableSpan<Float>, right: inout MutableSpan<Float>) {
    let frames = commonCount(x.count, commonCount(left.count, right.count) * 2) / 2
    unsafe x.withUnsafeBufferPointer { x in
      unsafe left.withUnsafeMutableBufferPointer { left in
        unsafe right.withUnsafeMutableBufferPointer { right in
          if frames > 0 {
            unsafe table.pointee.deinterleave(left.baseAddress!, right.baseAddress!, x.baseAddress!, Int32(frames))
          }
        }
      }
    }
  }

  // MARK: Levels

  /// The highest magnitude; 0 for no samples. Where a sample is no number, neither is the result.
  public func peak(_ x: Span<Float>) -> Float {
    unsafe x.withUnsafeBufferPointer { x in
      x.isEmpty ? 0 : unsafe table.pointee.peak(x.baseAddress!, Int32(x.count))
    }
  }

  /// The sum of the squares; 0 for no samples.
  public func energy(_ x: Span<Float>) -> Float {
    unsafe x.withUnsafeBufferPointer { x in
      x.isEmpty ? 0 : unsafe table.pointee.energy(x.baseAddress!, Int32(x.count))
    }
  }

  /// The highest magnitude of the band-limited signal from each sample to the next, at an eightfold rate.
  ///
  /// `out[i]` belongs to `x[i + interpolatorTaps/2 − 1]`; `x` has `interpolatorTaps − 1` samples more than `out`; `taps`
  /// has, for each of the first `interpolatorTaps/2` samples, `interpolatorPhases` weights (`TruePeakInterpolator`). Where
  /// eight values in a row rest on samples of at most `quiet`, they are the samples' own magnitudes.
  public func interpolatedPeak(
    _ x: Span<Float>, taps: Span<Float>, quiet: Float, into out: inout MutableSpan<Float>
  ) {
    let count = commonCount(x.count, out.count + Self.interpolatorTaps - 1) - Self.interpolatorTaps + 1
    precondition(
      taps.count == Self.interpolatorTaps / 2 * Self.interpolatorPhases, "the interpolator's table is not whole")
    unsafe x.withUnsafeBufferPointer { x in
      unsafe taps.withUnsafeBufferPointer { taps in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if count > 0 {
            unsafe table.pointee.interpolated_peak(
              out.baseAddress!, x.baseAddress!, taps.baseAddress!, quiet, Int32(count))
          }
        }
      }
    }
  }

  /// The depth (1 − gain) that brings the higher of `peaks[i]` and `peaks[i + 1]` to the threshold; 0 where neither passes
  /// it. `peaks` has one value more than `out`.
  public func requiredDepth(peaks: Span<Float>, threshold: Float, into out: inout MutableSpan<Float>) {
    let count = commonCount(peaks.count, out.count + 1) - 1
    unsafe peaks.withUnsafeBufferPointer { peaks in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if count > 0 {
          unsafe table.pointee.required_depth(out.baseAddress!, peaks.baseAddress!, threshold, Int32(count))
        }
      }
    }
  }

  /// `a + b`, sample by sample. All have the same length.
  public func add(_ a: Span<Float>, _ b: Span<Float>, into out: inout MutableSpan<Float>) {
    let count = commonCount(commonCount(a.count, b.count), out.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if count > 0 { unsafe table.pointee.add(out.baseAddress!, a.baseAddress!, b.baseAddress!, Int32(count)) }
        }
      }
    }
  }

  /// The greater of both, sample by sample; `out` must be neither. All have the same length.
  public func maximum(_ a: Span<Float>, _ b: Span<Float>, into out: inout MutableSpan<Float>) {
    let count = commonCount(commonCount(a.count, b.count), out.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe out.withUnsafeMutableBufferPointer { out in
          if count > 0 { unsafe table.pointee.maximum(out.baseAddress!, a.baseAddress!, b.baseAddress!, Int32(count)) }
        }
      }
    }
  }

  // MARK: 16 bits

  /// Full scale ±1 to 16 bits: ·32,768, rounded to nearest with ties to even, saturated. Both have the same length.
  public func convert(_ x: Span<Float>, to out: inout MutableSpan<Int16>) {
    let count = commonCount(x.count, out.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if count > 0 { unsafe table.pointee.to_int16(out.baseAddress!, x.baseAddress!, Int32(count)) }
      }
    }
  }

  /// 16 bits to full scale ±1: /32,768, exactly. Both have the same length.
  public func convert(_ x: Span<Int16>, to out: inout MutableSpan<Float>) {
    let count = commonCount(x.count, out.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe out.withUnsafeMutableBufferPointer { out in
        if count > 0 { unsafe table.pointee.from_int16(out.baseAddress!, x.baseAddress!, Int32(count)) }
      }
    }
  }

  /// Lengths that must agree: a kernel never runs over the end of the shorter.
  private func commonCount(_ first: Int, _ second: Int) -> Int {
    precondition(first == second, "a kernel was given \(first) samples beside \(second)")
    return first
  }
}
