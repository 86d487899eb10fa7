import MediaBase

/// Any number of talkers made out of a few voices, all at one level: what every bridge under test gets as its input.
///
/// Talkers beyond the number of voices say the same as another, but elsewhere in it. Each voice goes round for as long as
/// the run lasts. Samples are 16 bits, saturated: that is what a bridge gets from its decoders. One copy of each voice is
/// kept, whatever the number of talkers.
public struct Talkers: Sendable {
  /// How many talk.
  public let count: Int

  /// Each one's level while they talk: rms against full scale.
  public let level: Decibels

  private let voices: [[Int16]]
  private let offsets: [Int]

  /// `voices` is not empty.
  public init(_ voices: [Voice], count: Int, level: Decibels) {
    precondition(!voices.isEmpty, "talkers need a voice")
    self.count = count
    self.level = level
    self.voices = voices.map { voice in
      let gain = Float(Decibels(level.value - voice.activeLevel.value).linear * 32_768)
      return voice.samples.map { Int16(saturating: Int32(max(-40_000, min(40_000, ($0 * gain).rounded())))) }
    }
    // The golden ratio spreads any number of places evenly over a round.
    offsets = (0..<count).map { talker in
      let length = Double(voices[talker % voices.count].samples.count)
      let turns = Double(talker / voices.count) * 0.618_033_988_75
      return Int(length * (turns - turns.rounded(.down)))
    }
  }

  /// Writes one frame of all talkers, one after the other; `silent` keeps quiet.
  public func fillFrame(_ number: Int, silent: Int? = nil, into frame: inout MutableSpan<Int16>) {
    for talker in 0..<count {
      let voice = voices[talker % voices.count]
      let samples = voice.span
      let end = (talker + 1) * MixFrame.samples
      var index = talker * MixFrame.samples
      var at = (offsets[talker] + number * MixFrame.samples) % samples.count
      while index < end {
        let piece = min(end - index, samples.count - at)
        if talker == silent {
          for offset in 0..<piece { frame[index + offset] = 0 }
        } else {
          for offset in 0..<piece { frame[index + offset] = samples[at + offset] }
        }
        index += piece
        at = 0
      }
    }
  }
}
