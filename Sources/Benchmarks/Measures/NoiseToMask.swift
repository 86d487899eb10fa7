import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How loud distortion is against the level at which the ear would begin to hear it beside the ideal mix.
///
/// Noise-to-mask ratio after ITU-R BS.1387-1 (PEAQ), in a short form: frames of 2,048 samples under a Hann window, bands of
/// half a Bark from 80 Hz to 18 kHz, masking spread over the bands after Schroeder, Atal and Hall (JASA 66, 1979), the mask
/// 3 dB under what masks it up to 12 Bark and a quarter of a decibel for each Bark beyond, the threshold in quiet after
/// Terhardt (1979) with a full-scale sine at 92 dB SPL. Noise over mask is averaged over bands and frames. Negative is
/// better; below −10 dB nobody hears it.
///
/// The distortion is what `Distortion` leaves, with knots 20 ms apart: a gain that moves faster is judged by its sidebands.
/// About 60 µs a frame; one owner.
public struct NoiseToMask: Sendable {
  /// 20 ms: beyond 20 Hz a change of level is heard as roughness, not as loudness (Fastl and Zwicker, Psychoacoustics, 10
  /// and 11).
  public static let knotSpacing = AudioRate.samplesPerSecond / 50

  private static let size = 2048
  private let bands = BarkBands(size: NoiseToMask.size)
  private let transform = FourierTransform(size: NoiseToMask.size)
  private let window = (0..<NoiseToMask.size).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(NoiseToMask.size)) }
  private var sum = 0.0
  private var frames = 0

  /// No listener yet.
  public init() {}

  /// Adds one listener's ideal mix and what they got.
  public mutating func add(ideal: [Float], mix: [Float]) {
    let signal = GainCurve(from: ideal, to: mix, spacing: Self.knotSpacing).applied(to: ideal)
    var real = [Double](repeating: 0, count: Self.size)
    var imaginary = real
    for start in stride(from: 0, through: signal.count - Self.size, by: Self.size / 2) {
      for index in 0..<Self.size {
        let at = start + index
        real[index] = Double(signal[at]) * window[index]
        imaginary[index] = Double(mix[at] - signal[at]) * window[index]
      }
      add(&real, &imaginary)
    }
  }

  /// Adds one frame: the signal in the real part and the distortion in the imaginary part are transformed at once.
  private mutating func add(_ real: inout [Double], _ imaginary: inout [Double]) {
    var realSpan = real.mutableSpan
    var imaginarySpan = imaginary.mutableSpan
    transform.transform(&realSpan, &imaginarySpan)
    var signal = [Double](repeating: 0, count: bands.count)
    var noise = signal
    for (bin, band) in bands.binBands {
      let mirror = Self.size - bin
      let even = (real[bin] + real[mirror], imaginary[bin] - imaginary[mirror])
      let odd = (imaginary[bin] + imaginary[mirror], real[mirror] - real[bin])
      signal[band] += (even.0 * even.0 + even.1 * even.1) / 4
      noise[band] += (odd.0 * odd.0 + odd.1 * odd.1) / 4
    }
    sum += bands.meanNoiseToMask(signal: signal, noise: noise)
    frames += 1
  }

  /// The mean over all frames; nothing where there is no distortion at all, to within the rounding of a float.
  public var ratio: Decibels? {
    sum > 1e-12 * Double(frames) ? Decibels(power: sum / Double(frames)) : nil
  }
}

/// Bands of half a Bark, how they mask each other, and what is heard in quiet.
private struct BarkBands: Sendable {
  let count: Int
  /// The band of every bin of a spectrum that has one.
  let binBands: [(bin: Int, band: Int)]
  /// `spreading[masked · count + masker]`, with the mask's offset.
  private let spreading: [Double]
  private let quiet: [Double]

  private static let width = 0.5
  private static func bark(_ hertz: Double) -> Double { 7 * asinh(hertz / 650) }
  private static func hertz(_ bark: Double) -> Double { 650 * sinh(bark / 7) }

  init(size: Int) {
    let lowest = Self.bark(80)
    let count = Int((Self.bark(18_000) - lowest) / Self.width)
    self.count = count
    binBands = (1..<size / 2).compactMap { bin in
      let bark = Self.bark(Double(bin * AudioRate.samplesPerSecond) / Double(size))
      let band = Int(((bark - lowest) / Self.width).rounded(.down))
      return (0..<count).contains(band) ? (bin, band) : nil
    }
    let centres = (0..<count).map { lowest + (Double($0) + 0.5) * Self.width }
    spreading = centres.flatMap { masked in
      centres.map { masker in
        Self.spread(masked - masker) * pow(10, -(masked <= 12 ? 3 : 0.25 * masked) / 10)
      }
    }
    // A Hann-windowed sine of full scale puts 3/32·size² into its band.
    let fullScale = 3.0 / 32 * Double(size * size)
    quiet = centres.map { fullScale * pow(10, (Self.thresholdInQuiet(Self.hertz($0)) - 92) / 10) }
  }

  /// What a masker adds to the mask a distance away, as a power factor; upwards in frequency is positive.
  private static func spread(_ distance: Double) -> Double {
    let shifted = distance + 0.474
    return pow(10, (15.81 + 7.5 * shifted - 17.5 * (1 + shifted * shifted).squareRoot()) / 10)
  }

  /// dB SPL.
  private static func thresholdInQuiet(_ hertz: Double) -> Double {
    let kilohertz = hertz / 1000
    let dip = exp(-0.6 * (kilohertz - 3.3) * (kilohertz - 3.3))
    return 3.64 * pow(kilohertz, -0.8) - 6.5 * dip + 0.001 * pow(kilohertz, 4)
  }

  func meanNoiseToMask(signal: [Double], noise: [Double]) -> Double {
    var sum = 0.0
    for band in 0..<count {
      var mask = quiet[band]
      for masker in 0..<count { mask += spreading[band * count + masker] * signal[masker] }
      sum += noise[band] / mask
    }
    return sum / Double(count)
  }
}
