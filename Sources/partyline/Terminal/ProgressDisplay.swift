import Foundation
import MediaBase
import OfflineMixing

/// One line on the terminal that says how far a mix is and how long it will take; nothing anywhere else.
final class ProgressDisplay {
  let isShown: Bool
  private let start = ContinuousClock.now
  private var passStart = ContinuousClock.now
  private var pass = 0
  private var lastShown: ContinuousClock.Instant?
  private var width = 0

  init(isShown: Bool) {
    self.isShown = isShown
  }

  /// Shows the state, at most five times a second.
  func show(_ progress: OfflineMix.Progress) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if progress.pass != pass {
      pass = progress.pass
      passStart = now
    }
    if let lastShown, now - lastShown < .milliseconds(200) { return }
    lastShown = now
    draw(Self.line(progress, elapsed: Self.seconds(now - passStart)))
  }

  /// Takes the line away.
  func clear() {
    guard isShown, width > 0 else { return }
    StandardStreams.writeToStandardError("\r\u{1B}[K")
    width = 0
  }

  /// Says at the end what was done and how long it took.
  func finish(_ summary: String) {
    guard isShown else { return }
    clear()
    let took = String(format: "%.1f", Self.seconds(ContinuousClock.now - start))
    StandardStreams.writeToStandardError("\(summary) in \(took) s\n")
  }

  private func draw(_ line: String) {
    width = line.count
    StandardStreams.writeToStandardError("\r\u{1B}[K\(line)")
  }

  static func line(_ progress: OfflineMix.Progress, elapsed: Double) -> String {
    let share = progress.total == 0 ? 1 : Double(progress.done) / Double(progress.total)
    let passes = progress.passes > 1 ? (progress.pass < progress.passes ? "measuring " : "mixing ") : "mixing "
    let percent = String(format: "%3.0f %%", share * 100)
    let rate = Double(AudioRate.samplesPerSecond)
    let position = "\(clock(Double(progress.done) / rate)) of \(clock(Double(progress.total) / rate))"
    guard share > 0.01, elapsed > 0.5 else { return "\(passes)\(percent)  \(position)" }
    let left = elapsed / share * (1 - share) + Double(progress.passes - progress.pass) * elapsed / share
    return "\(passes)\(percent)  \(position)  \(clock(left.rounded(.up))) left"
  }

  /// Seconds as `m:ss` or `h:mm:ss`.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds.isFinite ? seconds : 0))
    let minutes = String(format: "%d:%02d", whole / 60 % 60, whole % 60)
    return whole < 3600 ? minutes : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
