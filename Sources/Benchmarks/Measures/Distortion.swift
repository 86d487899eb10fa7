import MediaBase

/// How far mixes are from the ideal ones, once a change of loudness is set aside: energies that add up over listeners.
///
/// `signal to distortion = energy of (ideal · gain curve) / energy of (mix − ideal · gain curve)`
///
/// A plain value; a listener costs one fit.
public struct Distortion: Sendable {
  /// 2.5 ms between knots: about the shortest gap that the ear hears in a noise (Plomp 1964; Moore, An Introduction to the
  /// Psychology of Hearing, ch. 5). What the gain does faster than that, a step or the flattened top of a wave, is not
  /// heard as loudness and counts as distortion.
  public static let knotSpacing = AudioRate.samplesPerSecond / 400

  private var signalEnergy = 0.0
  private var distortionEnergy = 0.0

  /// No listener yet.
  public init() {}

  /// Adds one listener's ideal mix and what they got, sample by sample at the same time. Returns what is left of the mix
  /// after the ideal one is taken away, as long as the gain curve.
  @discardableResult
  public mutating func add(ideal: [Float], mix: [Float], knotSpacing: Int = Distortion.knotSpacing) -> [Float] {
    let fitted = GainCurve(from: ideal, to: mix, spacing: knotSpacing).applied(to: ideal)
    signalEnergy += energy(of: fitted)
    let rest = zip(mix, fitted).map { $0 - $1 }
    distortionEnergy += energy(of: rest)
    return rest
  }

  /// Signal to distortion; nothing where there is no distortion at all.
  public var ratio: Decibels? {
    distortionEnergy > 0 ? Decibels(power: signalEnergy / distortionEnergy) : nil
  }
}

/// The same with one gain for the whole run: every change of level counts as distortion.
public struct PlainDistortion: Sendable {
  private var idealEnergy = 0.0
  private var mixEnergy = 0.0
  private var product = 0.0

  /// No listener yet.
  public init() {}

  /// Adds one listener's ideal mix and what they got.
  public mutating func add(ideal: [Float], mix: [Float]) {
    idealEnergy += energy(of: ideal)
    mixEnergy += energy(of: mix)
    product += zip(ideal, mix).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// Signal to distortion; nothing where the mixes are the ideal ones times one gain, to within rounding.
  public var ratio: Decibels? {
    guard idealEnergy > 0 else { return nil }
    let signal = product * product / idealEnergy
    let rest = mixEnergy - signal
    return rest > signal * 1e-12 ? Decibels(power: signal / rest) : nil
  }
}

/// The sum of the squares, in double precision.
func energy(of samples: [Float]) -> Double {
  samples.reduce(0) { $0 + Double($1) * Double($1) }
}
