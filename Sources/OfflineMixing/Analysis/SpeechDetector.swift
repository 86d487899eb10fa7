import MediaBase

/// Tells from a leg's level, 20 ms at a time, when it speaks.
///
/// Speech is what stands out of the leg's own background: the background is the lowest level of the recent past, which
/// rises slowly, so that a loud room or a quiet line each get a threshold of their own. Words are bridged, clicks dropped.
/// It needs no training and no look-ahead; memory grows by 16 bytes a talkspurt. A plain value.
struct SpeechDetector {
  /// Talkspurts so far, in 20 ms frames, without the one that may still be open.
  private var spurts: [Range<Int>] = []
  private var open: Range<Int>?
  private var background = -60.0
  private var voice = -40.0
  private var frame: Int

  /// Stands out of the background by so many dB.
  private static let aboveBackground = 9.0
  /// Is at most so many dB below the leg's usual voice.
  private static let belowVoice = 32.0
  /// Nothing below this is speech, dBFS.
  private static let quietest = -65.0
  /// A pause of so many frames (300 ms) or fewer is part of what is said.
  private static let longestGap = 15
  /// A talkspurt has at least so many frames (100 ms).
  private static let shortest = 5

  /// A detector for a leg whose first frame is number `frame` of the mix.
  init(firstFrame frame: Int) {
    self.frame = frame
  }

  /// Takes the level of the next frame: the mean square of its samples.
  mutating func add(meanSquare: Float) {
    let level = max(-120, Decibels(power: Double(meanSquare)).value)
    if level > threshold {
      extend(over: frame)
      voice += (max(level, -60) - voice) * 0.02
    }
    // Down at once, up by 3 dB a second: no word lasts long enough to become the background.
    background = level < background ? max(level, -100) : background + 0.06
    frame += 1
  }

  private var threshold: Double {
    max(Self.quietest, background + Self.aboveBackground, voice - Self.belowVoice)
  }

  private mutating func extend(over frame: Int) {
    if let current = open, frame - current.upperBound <= Self.longestGap {
      open = current.lowerBound..<frame + 1
    } else {
      close()
      open = frame..<frame + 1
    }
  }

  private mutating func close() {
    if let open, open.count >= Self.shortest { spurts.append(open) }
    open = nil
  }

  /// All talkspurts, in seconds of the mix.
  func intervals() -> [MixReport.Interval] {
    var finished = self
    finished.close()
    let seconds = Double(ReportFrame.samples) / Double(AudioRate.samplesPerSecond)
    return finished.spurts.map {
      MixReport.Interval(start: rounded(Double($0.lowerBound) * seconds), end: rounded(Double($0.upperBound) * seconds))
    }
  }

  private func rounded(_ seconds: Double) -> Double {
    (seconds * 100).rounded() / 100
  }
}
