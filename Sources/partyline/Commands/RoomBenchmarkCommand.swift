import ArgumentParser
import Benchmarks
import Foundation
import MediaRuntime
import Synchronization

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

  /// Makes the bridge that is measured, its media thread on the core given.
  typealias StartBridge = @Sendable (_ core: Int?) async throws -> BridgeUnderLoad

  /// The bridge without `--forward`; the engine is put in here.
  static func engineBridge(shedsLoad: Bool) -> StartBridge {
    return { core in
      var settings = MediaEngine.Settings()
      settings.cores = core.map { [$0] } ?? []
      settings.shedsLoad = shedsLoad
      let engine = try MediaEngine(settings)
      return BridgeUnderLoad(media: engine) { engine.stop() }
    }
  }

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("What to load it with.", valueName: "scenario"))
  var scenario = RoomScenario.allCases

  @Option(help: ArgumentHelp("Run this size once, and the latency at half of it, instead of a search.", valueName: "n"))
  var size: Int?

  @Option(help: "Seconds measured in each run.")
  var seconds = 5.0

  @Option(help: "The bridge's core.")
  var bridgeCore = 0

  @Option(help: "The load generator's core.")
  var generatorCore = 1

  @Flag(help: "Load a bridge that only forwards packets: the limit that the sockets set.")
  var forward = false

  @Flag(help: "Do not let the bridge give up effort or talkers when its core is over nine tenths busy.")
  var keepEffort = false

  @Option(
    help: ArgumentHelp(
      "Run this many ticks of each scenario in virtual time instead, without packets on a socket: for a profiler.",
      valueName: "ticks"))
  var virtual: Int?

  @Flag(help: "With --virtual: measure from the first packet on, what talkers need being made included.")
  var cold = false

  @OptionGroup var speech: SpeechOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard size.map({ (1...20_000).contains($0) }) ?? true else { throw ValidationError("--size is 1 to 20000.") }
    guard virtual.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--virtual is 1 to 1000000 ticks.")
    }
    guard (0.1...3_600).contains(seconds) else { throw ValidationError("--seconds is 0.1 to 3600.") }
    guard (0...1_023).contains(bridgeCore), (0...1_023).contains(generatorCore) else {
      throw ValidationError("--bridge-core and --generator-core are 0 to 1023.")
    }
  }

  func run() throws {
    let core = bridgeCore
    let start = forward ? Self.forwardingBridge : Self.engineBridge(shedsLoad: !keepEffort)
    var benchmark = try RoomBenchmark(recordings: try speech.paths().map(SpeechFile.read)) { try await start(core) }
    benchmark.seconds = seconds
    benchmark.bridgeCore = bridgeCore
    benchmark.generatorCore = generatorCore
    if let virtual { return try runVirtually(benchmark, ticks: virtual) }
    let results = try Self.waiting { [benchmark, scenario, size] in
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

  private static let forwardingBridge: StartBridge = { core in
    let bridge = try ForwardingBridge(core: core)
    return BridgeUnderLoad(media: bridge) { bridge.shutDown() }
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

  /// The command line is not asynchronous: its thread waits.
  private static func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Mutex<Result<Value, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    Task {
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
      isDone.signal()
    }
    isDone.wait()
    guard let result = outcome.withLock(\.self) else { throw CancellationError() }
    return try result.get()
  }
}

extension RoomScenario: ExpressibleByArgument {}
