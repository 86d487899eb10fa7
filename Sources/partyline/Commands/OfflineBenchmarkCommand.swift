import ArgumentParser
import Benchmarks
import Foundation

/// `partyline bench offline`: offline mixing beside ffmpeg and sox.
struct OfflineBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "offline",
    abstract: "Mix the same recorded legs with this program, ffmpeg and sox, and time libopus alone.",
    discussion: """
      Runs each in turn, several times, and prints medians: wall time, CPU time, memory, and the ratios to ffmpeg's wall \
      time and to the CPU time of libopus alone (every leg decoded, every mix encoded, nothing else). Needs ffmpeg, and sox \
      with opus-tools, on the PATH; what is missing is left out and said.
      """)

  @Option(help: "How many legs.")
  var legs = 8

  @Option(help: "Minutes of each leg.")
  var minutes = 10.0

  @Option(help: "How often everything is run.")
  var runs = 3

  @Flag(help: "Write each leg's mix without itself too.")
  var mixMinus = false

  @OptionGroup var speech: SpeechOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (2...100).contains(legs) else { throw ValidationError("--legs is 2 to 100.") }
    guard (0.05...240).contains(minutes) else { throw ValidationError("--minutes is 0.05 to 240.") }
    guard (1...100).contains(runs) else { throw ValidationError("--runs is 1 to 100.") }
  }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("partyline-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var benchmark = OfflineBenchmark(recordings: try speech.paths().map(SpeechFile.read), folder: folder)
    benchmark.legs = legs
    benchmark.minutes = minutes
    benchmark.runs = runs
    benchmark.withMixMinus = mixMinus
    let isTerminal = isatty(STDERR_FILENO) == 1
    func say(_ what: String) {
      if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K\(what)".utf8)) }
    }
    say("making \(legs) legs")
    try benchmark.makeLegs()
    let results = try benchmark.run(started: say)
    say("")
    try options.write(results, table: results.table)
  }
}
