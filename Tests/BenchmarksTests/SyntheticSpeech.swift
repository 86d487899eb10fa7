import MediaBase

extension SeededGenerator {
  mutating func noise(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
  }

  /// Syllables of a voice: pulses at its pitch through two resonances, a new loudness four times a second, and pauses.
  mutating func speech(pitch: Int, count: Int) -> [Float] {
    var low = Resonance(coefficient: 1.982, decay: 0.985)
    var high = Resonance(coefficient: 1.93, decay: 0.97)
    var level: Float = 0
    var target: Float = 0
    return (0..<count).map { index in
      if index % 12_000 == 0 { target = max(0, Float.random(in: -0.4...1, using: &self)) }
      level += (target - level) * 0.0007
      let breath = Float.random(in: -0.01...0.01, using: &self)
      let pulse: Float = index % pitch == 0 ? 1 : 0
      return (low.next(pulse + breath) + 0.5 * high.next(pulse + breath)) * level * 0.1
    }
  }
}

/// One formant: a second-order recursive filter.
private struct Resonance {
  var coefficient: Float
  var decay: Float
  private var last: Float = 0
  private var beforeLast: Float = 0

  init(coefficient: Float, decay: Float) {
    self.coefficient = coefficient
    self.decay = decay
  }

  mutating func next(_ input: Float) -> Float {
    let output = input + coefficient * decay * last - decay * decay * beforeLast
    beforeLast = last
    last = output
    return output
  }
}
