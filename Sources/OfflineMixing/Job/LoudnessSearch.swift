import MediaBase
import Mixing

/// Finds the gain with which a mix has the loudness asked for, from measurements at one gain after another.
///
/// Without a limiter one measurement tells: a decibel of gain is one of loudness. With one, a decibel of gain brings less
/// the harder it works, and the last two measurements tell how much (the secant rule). A plain value.
struct LoudnessSearch {
  /// The loudness asked for, LUFS.
  let target: Double
  /// The gain to measure or to mix with next.
  private(set) var gain = Decibels.unity
  /// Whether the last measurement was near enough to the target.
  private(set) var isMet = false

  private var last: (gain: Double, loudness: Double)?

  /// The most measurements.
  static let mostPasses = 4
  /// Near enough, LU.
  private static let tolerance = 0.1
  /// What a decibel of gain is taken to bring at least, however hard the limiter works.
  private static let leastSlope = 0.25

  init(target: Double) {
    self.target = target
  }

  /// Takes the loudness measured at `gain`, and moves on.
  mutating func measured(_ loudness: Double) {
    let change = target - loudness
    isMet = abs(change) <= Self.tolerance
    guard !isMet else { return }
    var slope = 1.0
    if let last, abs(gain.value - last.gain) > 0.01 {
      slope = min(1, max(Self.leastSlope, (loudness - last.loudness) / (gain.value - last.gain)))
    }
    last = (gain.value, loudness)
    gain = Decibels(min(MemberSettings.highestGain.value, max(-60, gain.value + change / slope)))
  }
}
