import Foundation
import MediaBase

extension MixingResults: CustomStringConvertible {
  /// The measures as tables: a line a room, a column a bridge.
  public var description: String {
    let tables = Measure.all.map { measure in
      ([measure.title, header] + groups.map { line(for: $0, measure: measure) }).joined(separator: "\n")
    }
    return ([Self.introduction] + tables).joined(separator: "\n\n")
  }

  private static let introduction = """
    Every bridge mixes the same 16-bit speech; each listener should hear the sum of the others.
    level  each talker's rms while they talk, dBFS
    over   share of the ideal mixes' samples beyond full scale. * a bridge has to do something: one sample in 10,000 or
           more. ' fewer: a handful of peaks decide, and who may reach full scale has less to do than who keeps 1 dB off
    """

  private struct Measure {
    var title: String
    var value: @Sendable (MixingRow) -> Decibels?
    /// What is printed for no value.
    var nothing: String

    static let all = [
      Measure(
        title: "Signal to distortion, dB, a gain with knots every 2.5 ms set aside (more is better; - : none)",
        value: { $0.distortion }, nothing: "-"),
      Measure(
        title: "Distortion against the threshold of hearing it, dB (less is better; - : none)",
        value: { $0.noiseToMask }, nothing: "-"),
      Measure(
        title: "Signal to distortion, dB, one gain for the whole run: limiting counts too (more is better; - : none)",
        value: { $0.plainDistortion }, nothing: "-"),
      Measure(
        title: "Own voice in one's mix, dB against it: what it changes there (less is better; none: not one sample)",
        value: { $0.ownVoiceCaused }, nothing: "none"),
      Measure(
        title: "Own voice in one's mix, dB against it: what a fit finds at most (95 %; less is better; - : nothing)",
        value: { $0.ownVoiceFoundAtMost }, nothing: "-"),
    ]
  }

  private var bridges: [String] {
    rows.reduce(into: []) { names, row in
      if !names.contains(row.mix) { names.append(row.mix) }
    }
  }

  /// Neighbouring rows of one room.
  private var groups: [[MixingRow]] {
    rows.reduce(into: []) { groups, row in
      if let last = groups.last?.last, last.talkers == row.talkers, last.level == row.level {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
  }

  private var header: String {
    "talkers  level       over" + bridges.map { Self.padded($0) }.joined()
  }

  private func line(for group: [MixingRow], measure: Measure) -> String {
    guard let first = group.first else { return "" }
    let over = first.overFullScale
    let share = over == 0 ? "0   " : String(format: "%.4f %% ", over * 100) + (over < 1e-4 ? "'" : "*")
    let start =
      Self.padded("\(first.talkers)", 7) + Self.padded(String(format: "%.0f", first.level.value), 7)
      + Self.padded(share, 12)
    let values = bridges.map { name in
      let row = group.first { $0.mix == name }
      return Self.padded(
        row.flatMap(measure.value).map { String(format: "%.1f", $0.value) } ?? measure.nothing)
    }
    return start + values.joined()
  }

  /// To the right.
  private static func padded(_ text: String, _ width: Int = 12) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
