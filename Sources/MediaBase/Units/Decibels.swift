#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A level ratio in decibels of amplitude: 20·log₁₀ of the linear factor; 0 dB leaves a sound as it is.
///
/// What the ratio is taken against belongs to the name that holds it (`gain`: the input; `peakdBFS`: a full-scale sample;
/// `truePeakdBTP`: a full-scale inter-sample peak). Silence is `-infinity`.
public struct Decibels: Hashable, Comparable, Sendable, Codable {
  /// The ratio in decibels; `-infinity` for silence.
  public var value: Double

  /// A ratio given in decibels.
  public init(_ value: Double) {
    self.value = value
  }

  /// The ratio of an amplitude factor: 0 becomes `-infinity`; the sign is ignored.
  public init(linear: Double) {
    value = 20 * log10(abs(linear))
  }

  /// The ratio of a power (mean square): 10·log₁₀.
  public init(power: Double) {
    value = 10 * log10(power)
  }

  /// The factor to multiply samples by.
  public var linear: Double {
    pow(10, value / 20)
  }

  /// The factor of power: the square of `linear`.
  public var power: Double {
    pow(10, value / 10)
  }

  /// Leaves a sound as it is.
  public static let unity = Decibels(0)

  /// No sound at all: its linear factor is 0.
  public static let silence = Decibels(-.infinity)

  /// Orders by loudness.
  public static func < (left: Decibels, right: Decibels) -> Bool {
    left.value < right.value
  }

  /// Reads and writes the bare number.
  public init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Double.self)
  }

  /// Reads and writes the bare number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
