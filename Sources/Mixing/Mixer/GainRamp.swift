import MediaBase

/// A pair of gains, one a channel, that moves to a new target in a straight line, so that no change is heard as a click.
///
/// A line of 20 ms from silence to full level keeps what it adds outside the voice's own spectrum below hearing, and is
/// over before a speaker's first syllable. A mono signal uses `left` alone. A plain value, part of a member's state.
struct GainRamp {
  /// Samples that a change takes: 20 ms.
  static let length = AudioRate.samplesPerSecond / 50

  private var current: StereoGain
  private var target: StereoGain
  private var step = StereoGain(left: 0, right: 0)
  private var remaining = 0

  /// Starts at `gain`, and stays there.
  init(_ gain: StereoGain) {
    current = gain
    target = gain
  }

  /// Turns towards a new target from wherever it stands; nothing happens where it is the target already.
  mutating func turn(to gain: StereoGain) {
    guard gain != target else { return }
    target = gain
    remaining = Self.length
    step = StereoGain(
      left: (gain.left - current.left) / Float(Self.length), right: (gain.right - current.right) / Float(Self.length))
  }

  /// Whether it stands still at exactly these gains.
  func rests(at gain: StereoGain) -> Bool {
    remaining == 0 && current == gain
  }

  /// One straight piece of the line: so many samples from these gains, changing by these steps.
  struct Piece {
    var samples: Int
    var left: MixKernels.Ramp
    var right: MixKernels.Ramp
  }

  /// Takes the next piece of at most `samples`; call it again until a frame is full (twice at the most, where a ramp ends
  /// within the frame).
  mutating func take(upTo samples: Int) -> Piece {
    let count = remaining == 0 ? samples : min(samples, remaining)
    let piece = Piece(
      samples: count, left: .init(gain: current.left, step: step.left),
      right: .init(gain: current.right, step: step.right))
    guard remaining > 0 else { return piece }
    remaining -= count
    if remaining == 0 {
      current = target
      step = StereoGain(left: 0, right: 0)
    } else {
      current.left += step.left * Float(count)
      current.right += step.right * Float(count)
    }
    return piece
  }
}

/// Linear gains of a signal towards the left and the right channel of a mix.
struct StereoGain: Equatable {
  var left: Float
  var right: Float

  static let unity = StereoGain(left: 1, right: 1)
  static let silence = StereoGain(left: 0, right: 0)
}

extension GainRamp {
  mutating func code(_ coder: inout CheckpointCoder) {
    current.code(&coder)
    target.code(&coder)
    step.code(&coder)
    coder.code(&remaining, in: 0...Self.length)
  }
}

extension StereoGain {
  fileprivate mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&left)
    coder.code(&right)
  }
}
