import MediaBase

/// Noise of the level of a talker's pauses, for when they send none of it: dead silence sounds like a broken line.
///
/// The level is that of the softest sound of the last seconds, never above −45 dBFS (rms). Part of a voice; the
/// media thread alone may touch it.
struct ComfortNoise {
  /// Mean square of the pauses; 0 while nothing has been heard.
  private(set) var power: Float = 0

  private var hasHeard = false
  private var random: UInt32 = 0x9E37_79B9
  private var smoothed: Float = 0
  private var amplitude: Float = 0

  /// −45 dBFS.
  private static let highestPower: Float = 3.2e-5
  /// Grows by 3 dB a second where nothing is softer.
  private static let growthPerBlock: Float = 1.0139
  private static let blockFrames = 960
  /// One pole, at about 2.5 kHz: a room's noise is dull.
  private static let pole: Float = 0.72
  /// What the pole leaves of white noise's rms, and white noise's own.
  private static let rmsOfSmoothed: Float = 0.577 * 0.4036

  /// Forgets the talker.
  mutating func reset() {
    self = ComfortNoise()
  }

  /// Learns from decoded sound, interleaved.
  mutating func learn(from storage: borrowing SampleBuffer, at place: Range<Int>, channels: Int) {
    let sound = storage.span(place)
    let block = Self.blockFrames * channels
    var start = 0
    while start < sound.count {
      let count = min(block, sound.count - start)
      learn(power: meanSquare(sound.extracting(start..<start + count)), share: Float(count) / Float(block))
      start += count
    }
  }

  /// Fills `place` with noise, the same in all channels.
  mutating func fill(_ storage: borrowing SampleBuffer, at place: Range<Int>, channels: Int) {
    var samples = storage.mutableSpan(place)
    let wanted = power.squareRoot() / Self.rmsOfSmoothed
    for frame in 0..<samples.count / channels {
      random = random &* 1_664_525 &+ 1_013_904_223
      let white = Float(Int32(bitPattern: random)) * (1 / 2_147_483_648)
      smoothed = smoothed * Self.pole + white * (1 - Self.pole)
      amplitude += (wanted - amplitude) * 0.001
      for channel in 0..<channels { samples[frame * channels + channel] = smoothed * amplitude }
    }
  }

  private mutating func learn(power heard: Float, share: Float) {
    guard heard.isFinite else { return }
    guard hasHeard else {
      hasHeard = true
      power = min(heard, Self.highestPower)
      return
    }
    let grown = max(power, 1e-12) * (1 + (Self.growthPerBlock - 1) * share)
    power = min(heard < power ? heard : grown, Self.highestPower)
  }

  private func meanSquare(_ sound: Span<Float>) -> Float {
    var sum: Float = 0
    for index in sound.indices { sum += sound[index] * sound[index] }
    return sum / Float(max(sound.count, 1))
  }
}

extension ComfortNoise {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&power)
    coder.code(&hasHeard)
    coder.code(&random)
    coder.code(&smoothed)
    coder.code(&amplitude)
  }
}
