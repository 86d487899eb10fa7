import MediaBase

/// Tells from a leg's level in the speech band, 20 ms at a time, when it speaks.
///
/// Speech is what rises and falls; noise is what stays. The background of a frame is the higher of two minima: of the 0.8 s
/// before it and of the 0.8 s after it.
/// ```
///            ╭╮  ╭─╮╭╮                        ┌───────────────
///            ││╭╮│ ││╰╮                       │ noise
///  ──────────╯╰╯╰╯ ╰╯ ╰──────  ───────────────┘
///   a word: a low level lies      a step of noise: a low level lies on
///   close by on both sides        one side only, and the step is background
/// ```
/// So noise becomes background when it begins, not when it has been heard for a while, and noise that swells with a train is
/// followed. What holds one level for longer than 1.6 s (a test tone, a long-held note) is background too; shorter than
/// 0.8 s it counts as speech. Silence before the leg, after it and within it is a level like others.
///
/// It looks 0.8 s ahead, needs no training, and works at any level. Costs some 80 comparisons a frame; memory grows by
/// 16 bytes a talkspurt. A plain value.
package struct SpeechDetector {
  /// Talkspurts so far, in frames, the last of them perhaps still open.
  private var spurts: [Range<Int>] = []
  /// Frames in a row above the lower threshold, up to the last one judged.
  private var run = Run()
  /// The leg's usual voice, once there was one, dBFS.
  private var voice: Double?
  /// Levels of the frame to be judged next, in the middle, and of its surroundings: a ring.
  private var levels = [Double](repeating: Self.silence, count: Self.ring)
  private var taken = 0
  private var judged = -Self.surroundings

  private struct Run {
    var start: Int?
    /// Whether a frame in it was above the upper threshold.
    var isSpeech = false
  }

  /// Frames on each side that tell the background: 0.8 s. Hardly anybody speaks so long without a stop or a breath; a train
  /// that sways within 3 s changes by less than `aboveBackground` in it.
  private static let surroundings = 40
  /// Levels kept: a power of two with room for a frame and its surroundings.
  private static let ring = 128
  /// Speech begins so many dB above the background.
  private static let aboveBackground = 9.0
  /// And lasts, forwards and backwards, while it is at most so many dB below where it would begin.
  private static let hysteresis = 5.0
  /// And is at most so many dB below the leg's usual voice: less is a breath, a key, an echo of the others.
  private static let belowVoice = 28.0
  /// The usual voice is forgotten by so many dB a frame (1 dB/s): a loud beep must not hide a quiet voice for ever.
  private static let forgetting = 0.02
  /// Nothing below this is speech, dBFS in the band: an empty 16-bit recording's dither is.
  private static let quietest = -88.0
  /// Stands for digital silence.
  private static let silence = -120.0
  /// A run has at least so many frames (60 ms); a shorter one is a click.
  private static let shortestRun = 3
  /// A talkspurt has at least so many (100 ms).
  private static let shortest = 5
  /// A pause of so many frames (400 ms) or fewer is a breath, not an end: ITU-T P.59 bridges 200 ms, which cuts sentences.
  private static let longestGap = 20

  /// A detector for a leg whose first frame is the mix's.
  package init() {}

  /// Takes the level of the next frame: the mean square of its samples in the speech band.
  package mutating func add(meanSquare: Float) {
    let level = Decibels(power: Double(meanSquare)).value
    add(level: level.isFinite ? max(Self.silence, level) : Self.silence)
  }

  private mutating func add(level: Double) {
    levels[taken & (Self.ring - 1)] = level
    taken += 1
    judge()
  }

  /// Judges the frame that now has all its surroundings.
  private mutating func judge() {
    defer { judged += 1 }
    guard judged >= 0 else { return }
    let level = self.level(judged)
    let threshold = max(Self.quietest, background + Self.aboveBackground, (voice ?? -.infinity) - Self.belowVoice)
    voice? -= Self.forgetting
    guard level > threshold - Self.hysteresis else {
      run = Run()
      return
    }
    let start = run.start ?? judged
    run.start = start
    if level > threshold { run.isSpeech = true }
    guard run.isSpeech, judged + 1 - start >= Self.shortestRun else { return }
    extend(over: start..<judged + 1)
    if level > threshold { learnVoice(level) }
  }

  private var background: Double {
    var before = Double.infinity
    var after = Double.infinity
    for distance in 0...Self.surroundings {
      before = min(before, level(judged - distance))
      after = min(after, level(judged + distance))
    }
    return max(before, after)
  }

  /// The level of a frame that is still in the ring; of those before the first, silence.
  private func level(_ frame: Int) -> Double {
    levels[frame & (Self.ring - 1)]
  }

  /// Follows at 10 dB a second at the most, so that no single sound decides.
  private mutating func learnVoice(_ level: Double) {
    guard let known = voice else {
      voice = level
      return
    }
    voice = known + 0.2 * max(-1, min(1, level - known))
  }

  private mutating func extend(over run: Range<Int>) {
    if let last = spurts.last, run.lowerBound - last.upperBound <= Self.longestGap {
      spurts[spurts.count - 1] = last.lowerBound..<run.upperBound
    } else {
      closeLast()
      spurts.append(run)
    }
  }

  /// Drops the last talkspurt if it stayed too short.
  private mutating func closeLast() {
    if let last = spurts.last, last.count < Self.shortest { spurts.removeLast() }
  }

  /// All talkspurts, in seconds of the mix.
  package func intervals() -> [MixReport.Interval] {
    var finished = self
    for _ in 0..<Self.surroundings { finished.add(level: Self.silence) }
    finished.closeLast()
    let seconds = Double(ReportFrame.samples) / Double(AudioRate.samplesPerSecond)
    return finished.spurts.map {
      MixReport.Interval(start: rounded(Double($0.lowerBound) * seconds), end: rounded(Double($0.upperBound) * seconds))
    }
  }

  private func rounded(_ seconds: Double) -> Double {
    (seconds * 100).rounded() / 100
  }
}
