import MediaBase

/// Invents what is missing by going on with the last pitch periods, and fades them out.
///
/// In the manner of ITU-T G.711 appendix I, at 48 kHz and without its delay: 10 ms at full level, then softer to nothing
/// at 70 ms. It works on sound that has been played: for G.711, whose decoder knows nothing of the past, and for places where
/// packets were dropped. Part of a voice, 4 KB; the media thread alone may touch it. Beginning takes one search.
struct LossConcealer: ~Copyable {
  /// Whether any of the old sound is left; else there is only noise.
  var isHeard: Bool { isActive && Self.gain(produced) > 0 }

  /// Whether it has begun, and decoded sound is to be faded in over it.
  private(set) var isActive = false

  private let channels: Int
  private let search = PitchSearch()
  /// The end of the sound, to be repeated.
  private let period: SampleBuffer
  private var periodFrames = 0
  private var produced = 0
  /// What the last sample played is off the period's; faded out, so that there is no step.
  private var stepLeft: Float = 0
  private var stepRight: Float = 0

  /// Frames of the past that it looks at.
  static let pastFrames = PitchSearch.longestLag + PitchSearch.window
  private static let fullLevelFrames = 480
  private static let fadeFrames = 2_880
  private static let stepFadeFrames = 96
  private static let likenessOfVoice: Float = 0.5

  init(channels: Int) {
    self.channels = channels
    period = SampleBuffer(count: PitchSearch.longestLag * channels)
  }

  /// Forgets what it was at.
  mutating func end() { isActive = false }

  /// Begins right behind the sound that ends at frame `end` of `storage`.
  mutating func begin(after storage: borrowing SampleBuffer, end: Int) {
    let sound = storage.span
    isActive = true
    produced = 0
    let match = search.findBefore(
      in: sound, channels: channels, anchor: end - PitchSearch.window, longest: PitchSearch.longestLag)
    periodFrames = PitchSearch.longestLag
    if match.likeness >= Self.likenessOfVoice {
      // One short period again and again would buzz: as many as fit.
      periodFrames = PitchSearch.longestLag / match.lag * match.lag
    }
    copyPeriod(sound, end: end)
  }

  /// Writes the next frames to `place`: the fading sound and, as it fades, the noise that is there already.
  mutating func produce(over storage: borrowing SampleBuffer, at place: Range<Int>) {
    guard isActive else { return }
    add(to: storage, at: place)
    produced += place.count / channels
  }

  private func add(to storage: borrowing SampleBuffer, at place: Range<Int>) {
    var samples = storage.mutableSpan(place)
    let source = period.span
    for frame in 0..<place.count / channels {
      let gain = Self.gain(produced + frame)
      guard gain > 0 else { return }
      let from = (produced + frame) % periodFrames
      let step = max(0, 1 - Float(produced + frame) / Float(Self.stepFadeFrames))
      for channel in 0..<channels {
        let sound = source[from * channels + channel] + (channel == 0 ? stepLeft : stepRight) * step
        let index = frame * channels + channel
        samples[index] = samples[index] * (1 - gain) + sound * gain
      }
    }
  }

  private static func gain(_ frame: Int) -> Float {
    guard frame > fullLevelFrames else { return 1 }
    return max(0, 1 - Float(frame - fullLevelFrames) / Float(fadeFrames))
  }

  /// The last frames, whose end is faded into what stood before them, so that they can follow themselves.
  private mutating func copyPeriod(_ sound: Span<Float>, end: Int) {
    let first = end - periodFrames
    let overlap = periodFrames / 4
    for frame in 0..<periodFrames {
      let tail = frame - (periodFrames - overlap)
      let weight = tail < 0 ? 0 : (Float(tail) + 0.5) / Float(overlap)
      for channel in 0..<channels {
        let here = sound[(first + frame) * channels + channel]
        let before = sound[(first + frame - periodFrames) * channels + channel]
        period[frame * channels + channel] = here + (before - here) * weight
      }
    }
    stepLeft = sound[(end - 1) * channels] - sound[(first - 1) * channels]
    stepRight = sound[end * channels - 1] - sound[first * channels - 1]
  }
}

extension LossConcealer {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&isActive)
    coder.code(period)
    // Before it first began there is no period, and nothing that is repeated.
    coder.code(&periodFrames, in: isActive ? 1...PitchSearch.longestLag : 0...PitchSearch.longestLag)
    coder.code(&produced, in: 0...1 << 40)
    coder.code(&stepLeft)
    coder.code(&stepRight)
    if coder.isDamaged { end() }
  }
}
