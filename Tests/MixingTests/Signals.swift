import Foundation
import MediaBase

extension SeededGenerator {
  mutating func noise(_ count: Int, amplitude: Float = 1) -> [Float] {
    (0..<count).map { _ in Float.random(in: -amplitude...amplitude, using: &self) }
  }

  /// Noise with the slow swells and pauses of speech, and little above 4 kHz.
  mutating func babble(_ count: Int, amplitude: Float = 1) -> [Float] {
    var smooth: Float = 0
    var level: Float = 0
    var target: Float = 1
    return (0..<count).map { index in
      if index % 4800 == 0 { target = Float.random(in: 0...1, using: &self) }
      level += (target - level) * 0.001
      smooth += (Float.random(in: -1...1, using: &self) - smooth) * 0.35
      return smooth * level * level * amplitude * 1.8
    }
  }
}

func sine(_ hertz: Double, amplitude: Double = 1, phase: Double = 0, count: Int) -> [Float] {
  let samplesPerTurn = Double(AudioRate.samplesPerSecond) / hertz
  return (0..<count).map { Float(amplitude * sin(2 * .pi * Double($0) / samplesPerTurn + phase)) }
}

func decibels(_ ratio: Double) -> Double { Decibels(linear: ratio).value }

func rms(_ samples: some Sequence<Float>) -> Double {
  var sum = 0.0
  var count = 0
  for sample in samples {
    sum += Double(sample) * Double(sample)
    count += 1
  }
  return count == 0 ? 0 : (sum / Double(count)).squareRoot()
}

func sinPi(_ x: Double) -> Double { sin(.pi * x) }
func cosPi(_ x: Double) -> Double { cos(.pi * x) }

/// The largest difference of two signals, or infinity where their lengths differ: what a failed test prints instead of
/// both signals whole.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}
