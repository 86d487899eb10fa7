import ArgumentParser
import Benchmarks
import Foundation
import RTC

/// `partyline bench room`: how many legs a live bridge carries on one core.
struct RoomBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "room",
    abstract: "Find how many legs a bridge carries on one core, over real packets on loopback.",
    discussion: """
      A bridge with one media thread is loaded from another core, with more and more legs, until it loses packets or sends \
      them unevenly. The codec's own limit is measured before each scenario, the latency at half of the largest load. A run \
      that the load generator itself spoilt, or in which the bridge gave something up, counts as not met. Takes about a \
      minute and a half a scenario.
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("What to load it with.", valueName: "scenario"))
  var scenario = RoomScenario.allCases

  @Option(help: ArgumentHelp("Run this size once, and the latency at half of it, instead of a search.", valueName: "n"))
  var size: Int?

  @Option(
    help: ArgumentHelp(
      "Encrypt what all legs send and hear with SRTP: AEAD_AES_128_GCM or AES_CM_128_HMAC_SHA1_80.", valueName: "suite")
  )
  var srtp: SRTPKeys.Suite?

  @OptionGroup var load: LoadOptions

  @Option(
    help: ArgumentHelp(
      "Run this many ticks of each scenario in virtual time instead, without packets on a socket: for a profiler.",
      valueName: "ticks"))
  var virtual: Int?

  @Flag(help: "With --virtual: measure from the first packet on, what talkers need being made included.")
  var cold = false

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard size.map({ (1...20_000).contains($0) }) ?? true else { throw ValidationError("--size is 1 to 20000.") }
    guard virtual.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--virtual is 1 to 1000000 ticks.")
    }
  }

  func run() throws {
    var benchmark = try load.benchmark()
    benchmark.srtp = srtp
    if let virtual { return try runVirtually(benchmark, ticks: virtual) }
    let results = try Waiting.for { [benchmark, scenario, size] in
      try await Self.results(benchmark, scenario, size: size)
    }
    try options.write(results, table: results.description)
  }

  private func runVirtually(_ benchmark: RoomBenchmark, ticks: Int) throws {
    let codec = try benchmark.codecLimit()
    let results = try scenario.map { scenario in
      try benchmark.runVirtually(scenario, size: size ?? scenario.firstSize, ticks: ticks, isCold: cold, codec: codec)
    }
    try options.write(results, table: results.map(\.description).joined(separator: "\n"))
  }

  private static func results(
    _ benchmark: RoomBenchmark, _ scenarios: [RoomScenario], size: Int?
  ) async throws -> RoomResults {
    var results = RoomResults(searches: [])
    for scenario in scenarios {
      if let size {
        results.searches.append(try await benchmark.measure(scenario, size: size))
      } else {
        results.searches.append(try await benchmark.search(scenario, finished: showProgress))
      }
    }
    return results
  }

  private static func showProgress(_ run: RoomLoadResult) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    let verdict = run.isMet && run.spoiltBy == nil ? "met" : "not met"
    FileHandle.standardError.write(Data("\(run.scenario.rawValue) \(run.size): \(verdict)\n".utf8))
  }
}

extension RoomScenario: ExpressibleByArgument {}
extension SRTPKeys.Suite: ExpressibleByArgument {}
