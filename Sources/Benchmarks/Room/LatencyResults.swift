import Foundation

/// What `bench latency` measured: each load with how long sound took.
public struct LatencyResults: Codable, Sendable {
  /// In order.
  public var runs: [RoomLoadResult]

  /// Those runs.
  public init(runs: [RoomLoadResult]) {
    self.runs = runs
  }
}

extension LatencyResults: CustomStringConvertible {
  /// As a table: milliseconds.
  public var description: String {
    ([Self.header] + runs.map(line)).joined(separator: "\n")
  }

  private static let header = """
    Milliseconds through a live bridge, packets over UDP on loopback, generator on a core of its own.
                        packet to packet                    added to a sample
    scenario     size     p50     p99   p99.9     max     p50     p99   p99.9     max   heard  cores
    """

  private func line(_ run: RoomLoadResult) -> String {
    let name = run.scenario.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0)
    let start = name + String(format: "%6d", run.size)
    if let refusal = run.refusal { return start + "   refused: \(refusal)" }
    guard let latency = run.latency else { return start + "   not measured" }
    let figures = [
      latency.packetP50, latency.packetP99, latency.packetP999, latency.packetMaximum, latency.addedP50,
      latency.addedP99, latency.addedP999, latency.addedMaximum,
    ].map { String(format: "%8.1f", $0) }.joined()
    let heard = String(format: "%8d%7.2f", latency.heard, run.bridgeCores)
    let verdict = run.spoiltBy.map { "  spoilt: \($0)" } ?? (run.isMet ? "" : "  packets were lost or uneven")
    return start + figures + heard + verdict
  }
}
