import Foundation

extension OfflineBenchmark.Results {
  /// The rows as a table, with the ratios that a claim is made of.
  public var table: String {
    let what = withMixMinus ? "one Ogg Opus and \(legs) mix-minus" : "one Ogg Opus"
    var lines = [
      "\(legs) legs of \(String(format: "%g", minutes)) minutes of Ogg Opus into \(what), \(cores) cores, medians of \(runs)",
      "",
      "  " + Self.name("") + "  wall s   CPU s   peak MiB   wall / ffmpeg   CPU / libopus alone",
    ]
    let ffmpeg = rows.first { $0.program.hasPrefix("ffmpeg") && $0.failure == nil }
    let alone = rows.last
    for row in rows {
      if let failure = row.failure {
        lines.append("  \(Self.name(row.program))  not measured: \(failure)")
        continue
      }
      let memory = row.peakMiB.map { String(format: "%8.0f", $0) } ?? "       –"
      let wall = ffmpeg.map { String(format: "%13.2f", row.wallSeconds / $0.wallSeconds) } ?? "            –"
      let cpu = alone.map { String(format: "%19.2f", row.cpuSeconds / $0.cpuSeconds) } ?? ""
      lines.append(
        "  \(Self.name(row.program))" + String(format: "%8.2f%8.2f", row.wallSeconds, row.cpuSeconds)
          + "   \(memory)   \(wall)   \(cpu)")
    }
    return lines.joined(separator: "\n")
  }

  private static func name(_ name: String) -> String {
    name.padding(toLength: 26, withPad: " ", startingAt: 0)
  }
}
