import MediaBase

/// One person's speech, ready to be anybody's in a room where all talk at once: its long pauses cut short, its level known.
public struct Voice: Sendable {
  /// The speech, full scale ±1, 48 kHz, mono.
  public let samples: [Float]

  /// The rms of the frames that hold speech, against full scale.
  public let activeLevel: Decibels

  /// The longest pause that stays: 0.4 s.
  private static let longestPauseFrames = 20

  /// A recorded leg, 48 kHz mono, full scale ±1. `nil` where there is no sound in it.
  ///
  /// Frames more than 40 dB under the loudest are taken for pause: in a leg of a real conference they are most of it, and a
  /// room of such legs would hardly ever have two voices at once.
  public init?(recording: [Float]) {
    let starts = stride(from: 0, through: recording.count - MixFrame.samples, by: MixFrame.samples)
    let powers = starts.map { start in
      recording[start..<start + MixFrame.samples].reduce(0) { $0 + Double($1) * Double($1) } / Double(MixFrame.samples)
    }
    guard let loudest = powers.max(), loudest > 0 else { return nil }
    var kept: [Float] = []
    var activePower = 0.0
    var activeFrames = 0
    var pauseFrames = 0
    for (start, power) in zip(starts, powers) {
      let isSpeech = power > loudest * 1e-4
      pauseFrames = isSpeech ? 0 : pauseFrames + 1
      guard pauseFrames <= Self.longestPauseFrames else { continue }
      kept += recording[start..<start + MixFrame.samples]
      guard isSpeech else { continue }
      activePower += power
      activeFrames += 1
    }
    samples = kept
    activeLevel = Decibels(power: activePower / Double(activeFrames))
  }
}
