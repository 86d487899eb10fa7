import Foundation
import MediaBase

/// Sound at 48 kHz to feed codecs with. Each frame of several channels holds one value a channel.
enum CodecSignal {
  static func tone(_ hertz: Double..., frames: Int, channels: Int = 1, amplitude: Double = 0.25) -> [Float] {
    (0..<frames).flatMap { frame in
      (0..<channels).map { channel in
        Float(amplitude * sin(2 * .pi * hertz[channel % hertz.count] * Double(frame) / 48_000))
      }
    }
  }

  /// Something that a speech codec takes for a voice: a gliding pitch with its harmonics under three formants, in
  /// syllables, with breath.
  static func voice(frames: Int, channels: Int = 1, seed: UInt64 = 1) -> [Float] {
    var random = SeededGenerator(seed: seed)
    var phase = 0.0
    var result: [Float] = []
    result.reserveCapacity(frames * channels)
    for frame in 0..<frames {
      let second = Double(frame) / 48_000
      let pitch = 130 + 30 * sin(2 * .pi * 0.7 * second) + 10 * sin(2 * .pi * 2.1 * second)
      phase += 2 * .pi * pitch / 48_000
      var value = 0.0
      for harmonic in 1...28 {
        let hertz = pitch * Double(harmonic)
        let formants = [(600.0, 1.0), (1_500, 0.5), (2_700, 0.3)]
        let weight = formants.reduce(0.02) { $0 + $1.1 / (1 + pow((hertz - $1.0) / 180, 2)) }
        value += weight * sin(Double(harmonic) * phase)
      }
      let syllable = pow(max(0, sin(2 * .pi * 2 * second)), 0.5)
      let breath = Double.random(in: -0.01...0.01, using: &random)
      for _ in 0..<channels { result.append(Float(0.12 * value * syllable + breath * syllable)) }
    }
    return result
  }

  /// How far `signal` lies over its difference from `reference`.
  static func signalToNoise(_ signal: ArraySlice<Float>, reference: ArraySlice<Float>) -> Decibels {
    Decibels(power: energy(reference) / difference(signal, reference))
  }

  static func energy(_ samples: ArraySlice<Float>) -> Double {
    samples.reduce(0) { $0 + Double($1) * Double($1) }
  }

  static func difference(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Double {
    zip(left, right).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
  }
}
