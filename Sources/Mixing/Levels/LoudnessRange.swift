import MediaBase

/// The spread between a programme's quiet and loud passages, EBU Tech 3342: from the 10th to the 95th of a hundred of its
/// passages of three seconds, leaving out what is too quiet to count.
///
/// ```
/// energy of 100 ms ─▶ mean of the last 30 ─▶ louder than −70 LUFS? ─▶ histogram of 0.1 LU
/// ```
/// A passage ends every 100 ms. Kept apart from libebur128, whose own takes the passage's samples as doubles: 1.2 MB a
/// channel, where this has 4 KB. For `LoudnessMeter`, which owns it; `add` allocates nothing.
struct LoudnessRange: ~Copyable {
  /// Of the last 100 ms each, the newest somewhere in the middle: a ring.
  private var energies = FixedArray(count: passageSteps) { _ in 0.0 }
  private var steps = 0
  /// Passages above the absolute gate, by loudness.
  private var histogram = FixedArray(count: bins) { _ in UInt32(0) }
  private var passages = 0
  private var energySum = 0.0

  /// 100 ms in a passage.
  private static let passageSteps = 30
  /// From the absolute gate to 30 LU over full scale: no sound of ours is louder.
  private static let bins = 1_000
  private static let binLU = 0.1
  /// Quieter passages do not count, LUFS (EBU Tech 3342, 3).
  private static let absoluteGate = -70.0
  /// Nor do those so much below the mean of the others, LU.
  private static let relativeGate = -20.0
  /// Loudness of energy 1 in LUFS (ITU-R BS.1770-4, equation 2).
  private static let offset = -0.691

  /// Takes the loudness of the next 100 ms, in LUFS; −∞ for silence.
  mutating func add(loudness: Double) {
    energies[steps % Self.passageSteps] = Decibels(loudness - Self.offset).power
    steps += 1
    guard steps >= Self.passageSteps else { return }
    var energy = 0.0
    for index in 0..<Self.passageSteps { energy += energies[index] }
    energy /= Double(Self.passageSteps)
    let passage = Self.loudness(of: energy)
    guard passage >= Self.absoluteGate else { return }
    histogram[Self.bin(of: passage)] += 1
    passages += 1
    energySum += energy
  }

  /// The range in LU, exact to 0.1; 0 where no passage counts.
  var rangeLU: Double {
    guard passages > 0 else { return 0 }
    let gate = Self.loudness(of: energySum / Double(passages)) + Self.relativeGate
    let lowest = gate > Self.absoluteGate ? Self.bin(of: gate) : 0
    var counted = 0
    for bin in lowest..<Self.bins { counted += Int(histogram[bin]) }
    guard counted > 0 else { return 0 }
    let low = bin(ofPassage: Int((Double(counted - 1) * 0.1).rounded()), from: lowest)
    let high = bin(ofPassage: Int((Double(counted - 1) * 0.95).rounded()), from: lowest)
    return Double(high - low) * Self.binLU
  }

  /// The bin of a passage, counted from the quietest that is in bin `lowest`.
  private func bin(ofPassage number: Int, from lowest: Int) -> Int {
    var before = 0
    for bin in lowest..<Self.bins {
      before += Int(histogram[bin])
      if before > number { return bin }
    }
    return Self.bins - 1
  }

  private static func loudness(of energy: Double) -> Double {
    Decibels(power: energy).value + offset
  }

  private static func bin(of loudness: Double) -> Int {
    min(bins - 1, max(0, Int((min(loudness, 100) - absoluteGate) / binLU)))
  }
}
