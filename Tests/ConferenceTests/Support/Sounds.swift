import Foundation
import MediaBase

/// Sounds at 48 kHz, mono.
enum Sounds {
  static func tone(_ hertz: Double, seconds: Double, amplitude: Double = 0.2) -> [Float] {
    (0..<Int(seconds * 48_000)).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / 48_000)) }
  }

  /// How much of a frequency there is, as the amplitude of its sine.
  static func amplitude(of hertz: Double, in samples: ArraySlice<Float>) -> Double {
    var real = 0.0, imaginary = 0.0
    for (index, sample) in samples.enumerated() {
      let angle = 2 * .pi * hertz * Double(index) / 48_000
      real += Double(sample) * cos(angle)
      imaginary += Double(sample) * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(max(1, samples.count))
  }
}
