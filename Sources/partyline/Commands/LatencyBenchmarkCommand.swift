import ArgumentParser
import Benchmarks

/// `partyline bench latency`: how long sound takes through a live bridge.
struct LatencyBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "Measure how long sound takes through a bridge, over real packets on loopback.",
    discussion: """
      A talker sends markers, and a listener's packets are decoded until each is heard. Packet to packet: from sending the \
      packet in which a marker begins to receiving the one in which it is heard, one way, by the kernel's times; the codec's \
      look-ahead is in it. Added to a sample: what the bridge adds to the sound itself, both packets decoded alike. Without \
      --size, each scenario is run with hardly anybody in it, and at half of the load that a core is to carry.
      """)

  @Option(
    name: .long, parsing: .upToNextOption, help: ArgumentHelp("What to load it with.", valueName: "scenario"))
  var scenario = RoomScenario.allCases

  @Option(name: .long, parsing: .upToNextOption, help: ArgumentHelp("Sizes to measure at.", valueName: "n"))
  var size: [Int] = []

  @OptionGroup var load: LoadOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard size.allSatisfy((1...20_000).contains) else { throw ValidationError("--size is 1 to 20000.") }
  }

  func run() throws {
    let benchmark = try load.benchmark()
    let runs = try Waiting.for { [scenario, size] in
      var runs: [RoomLoadResult] = []
      for scenario in scenario {
        for size in size.isEmpty ? scenario.latencySizes : size {
          runs.append(try await benchmark.run(scenario, size: size, measuresLatency: true))
        }
      }
      return runs
    }
    let results = LatencyResults(runs: runs)
    try options.write(results, table: results.description)
  }
}
