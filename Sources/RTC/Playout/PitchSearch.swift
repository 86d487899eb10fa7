import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds by how much a sound is to be moved so that it looks most like itself: a voice's pitch period, or a few of them.
///
/// The normalised correlation of 10 ms with each place 2.5 to 15 ms away, first at 8 kHz, then sample by sample around the
/// best: 14,000 pairs of samples in all. Part of a voice, 1 KB; the media thread alone may touch it. Offsets are in frames.
struct PitchSearch: ~Copyable {
  /// What was found.
  struct Match {
    /// How far away.
    var lag: Int
    /// 1 where both places are alike but for their loudness, 0 where they have nothing in common.
    var likeness: Float
  }

  /// 2.5 ms: above the highest voice, several periods are taken together.
  static let shortestLag = 120
  /// 15 ms: the lowest voice, 67 Hz.
  static let longestLag = 720
  /// 10 ms are compared.
  static let window = 480

  private static let coarse = 6
  private static let coarseWindow = window / coarse
  private static let coarseLongest = longestLag / coarse
  private let coarseSamples = SampleBuffer(count: coarseWindow + coarseLongest)

  /// The best lag up to `longest` between the window at `anchor` and those behind it in `sound`.
  func findAhead(in sound: Span<Float>, channels: Int, anchor: Int, longest: Int) -> Match {
    find(sound, channels, anchor, 1, longest)
  }

  /// The best lag up to `longest` between the window at `anchor` and those before it in `sound`.
  func findBefore(in sound: Span<Float>, channels: Int, anchor: Int, longest: Int) -> Match {
    find(sound, channels, anchor, -1, longest)
  }

  private func find(_ sound: Span<Float>, _ channels: Int, _ anchor: Int, _ sign: Int, _ longest: Int) -> Match {
    let longest = min(longest, Self.longestLag)
    guard longest >= Self.shortestLag else { return Match(lag: 0, likeness: 0) }
    let span = longest / Self.coarse
    let low = sign > 0 ? anchor : anchor - span * Self.coarse
    thinOut(sound, channels, from: low, count: Self.coarseWindow + span)
    let rough = bestCoarse(sign, span) * Self.coarse
    let lags = max(Self.shortestLag, rough - Self.coarse)...min(longest, rough + Self.coarse)
    var best = Match(lag: rough, likeness: -1)
    let here = sound.extracting(anchor * channels..<(anchor + Self.window) * channels)
    for lag in lags {
      let start = anchor + sign * lag
      let there = sound.extracting(start * channels..<(start + Self.window) * channels)
      let likeness = Self.likeness(here, there)
      if likeness > best.likeness { best = Match(lag: lag, likeness: likeness) }
    }
    return best
  }

  /// All channels' mean of six frames each.
  private func thinOut(_ sound: Span<Float>, _ channels: Int, from start: Int, count: Int) {
    let step = Self.coarse * channels
    for index in 0..<count {
      var sum: Float = 0
      let first = start * channels + index * step
      for sample in first..<first + step { sum += sound[sample] }
      coarseSamples[index] = sum
    }
  }

  private func bestCoarse(_ sign: Int, _ span: Int) -> Int {
    let samples = coarseSamples.span
    let anchor = sign > 0 ? 0 : span
    let here = samples.extracting(anchor..<anchor + Self.coarseWindow)
    var best = Self.shortestLag / Self.coarse
    var highest = -Float.infinity
    for lag in Self.shortestLag / Self.coarse...span {
      let start = anchor + sign * lag
      let likeness = Self.likeness(here, samples.extracting(start..<start + Self.coarseWindow))
      if likeness > highest {
        highest = likeness
        best = lag
      }
    }
    return best
  }

  /// Correlation over the root of both energies; 0 where either is silence.
  static func likeness(_ a: Span<Float>, _ b: Span<Float>) -> Float {
    var product = SIMD8<Float>(), energyA = SIMD8<Float>(), energyB = SIMD8<Float>()
    unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        for offset in stride(from: 0, to: a.count, by: 32) {
          let x = unsafe a.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
          let y = unsafe b.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
          product += x * y
          energyA += x * x
          energyB += y * y
        }
      }
    }
    let scale = energyA.sum() * energyB.sum()
    return scale > 1e-20 ? product.sum() / scale.squareRoot() : 0
  }
}
