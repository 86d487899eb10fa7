import Foundation

extension RoomResults: CustomStringConvertible {
  /// The runs as a table, and what they come to.
  public var description: String {
    ([Self.introduction] + searches.map(table) + [summary]).joined(separator: "\n\n")
  }

  private static let introduction = """
    Packets over UDP on loopback, generator on a core of its own. Met: 99.5 % of the packets came, and the p99 of their
    distances is under 40 ms, and nothing was shed. Distances by the kernel's arrival times.
      size        listeners, members or rooms        worst   the leg that got the fewest packets
      late        how late the generator sent (p99)  cores   that the bridge kept busy
    """

  private func table(_ search: RoomSearchResult) -> String {
    let header = "   size  legs   came %  worst %    p50    p99  max ms     late ms  cores  KiB/leg"
    let codec = String(
      format: "  libopus alone: encode %.0f µs, decode %.0f µs: %.0f legs a core", search.codec.encodeMicroseconds,
      search.codec.decodeMicroseconds, search.codec.legs)
    var lines = [search.scenario.title, codec, header] + search.runs.map(line)
    if let largest = search.largest {
      lines.append("  largest that is met: \(largest.size)")
    } else {
      lines.append("  none is met")
    }
    if let run = search.latency, let latency = run.latency { lines.append(line(latency, size: run.size)) }
    return lines.joined(separator: "\n")
  }

  private func line(_ latency: LatencyResult, size: Int) -> String {
    let packets = String(format: "p50 %.1f, p99 %.1f ms", latency.packetP50, latency.packetP99)
    let samples = String(format: "p50 %.1f, p99 %.1f ms", latency.addedP50, latency.addedP99)
    return "  latency at \(size): packet to packet \(packets); added to a sample \(samples);"
      + " \(latency.heard) of \(latency.sent) markers heard"
  }

  private func line(_ run: RoomLoadResult) -> String {
    let size = String(format: "%7d%6d", run.size, run.legs)
    if let refusal = run.refusal { return size + "   refused: \(refusal)" }
    let figures = String(
      format: "%9.2f%9.2f%7.1f%7.1f%8.1f%12.2f%7.2f%9.1f", run.receivedShare * 100, run.worstReceivedShare * 100,
      run.intervalP50, run.intervalP99, run.intervalMaximum, run.generatorLatenessP99, run.bridgeCores,
      run.memoryKiBPerLeg)
    let verdict = run.spoiltBy.map { "spoilt: \($0)" } ?? (run.isMet ? "met" : "not met")
    return size + figures + "  " + verdict
      + (run.shedding > 0 ? ": it sheds (\(run.shedding)), and does not count" : "")
  }

  // MARK: What it comes to

  private var summary: String {
    (["  largest that is met         legs  of the codec's  latency at half, p50  p99 ms  KiB/leg"]
      + searches.map(summaryLine)).joined(separator: "\n")
  }

  /// Memory is that of the largest run: a listener's where nearly all listen, a talker's where all are mixed.
  private func summaryLine(_ search: RoomSearchResult) -> String {
    let name = search.scenario.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)
    guard let largest = search.largest else { return "  " + name + "  none" }
    let share = search.codecShare.map { String(format: "%13.0f %%", $0 * 100) } ?? "              –"
    let latency = search.latency.flatMap { run in
      run.latency.map { String(format: "%9d:%11.1f%8.1f", run.size, $0.packetP50, $0.packetP99) }
    }
    return "  " + name + String(format: "%12d%13d", largest.size, largest.legs) + share
      + (latency ?? "                    –       –") + String(format: "%9.1f", largest.memoryKiBPerLeg)
  }
}
