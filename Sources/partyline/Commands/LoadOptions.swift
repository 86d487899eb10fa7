import ArgumentParser
import Benchmarks
import Dispatch
import MediaRuntime
import Synchronization

/// How a bridge is loaded: what the benchmarks over real packets have in common.
struct LoadOptions: ParsableArguments {
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

  @OptionGroup var speech: SpeechOptions

  func validate() throws {
    guard (0.1...3_600).contains(seconds) else { throw ValidationError("--seconds is 0.1 to 3600.") }
    guard (0...1_023).contains(bridgeCore), (0...1_023).contains(generatorCore) else {
      throw ValidationError("--bridge-core and --generator-core are 0 to 1023.")
    }
  }

  /// The benchmark that they ask for, over a fresh bridge for each run.
  func benchmark() throws -> RoomBenchmark {
    let (core, forwards, sheds) = (bridgeCore, forward, !keepEffort)
    var benchmark = try RoomBenchmark(recordings: try speech.paths().map(SpeechFile.read)) {
      forwards ? try Self.forwardingBridge(core) : try Self.engineBridge(core, shedsLoad: sheds)
    }
    benchmark.seconds = seconds
    benchmark.bridgeCore = bridgeCore
    benchmark.generatorCore = generatorCore
    return benchmark
  }

  private static func engineBridge(_ core: Int, shedsLoad: Bool) throws -> BridgeUnderLoad {
    var settings = MediaEngine.Settings()
    settings.cores = [core]
    settings.shedsLoad = shedsLoad
    let engine = try MediaEngine(settings)
    return BridgeUnderLoad(media: engine) { engine.stop() }
  }

  private static func forwardingBridge(_ core: Int) throws -> BridgeUnderLoad {
    let bridge = try ForwardingBridge(core: core)
    return BridgeUnderLoad(media: bridge) { bridge.shutDown() }
  }
}

/// The command line is not asynchronous: its thread waits.
enum Waiting {
  /// Waits for some work on the concurrency pool, and gives its outcome.
  static func `for`<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
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
