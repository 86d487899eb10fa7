import ArgumentParser
import Benchmarks

/// `partyline bench kernels`: the mixer's inner loops and SRTP beside memcpy.
struct KernelsBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Time the mixer's inner loops and SRTP beside memcpy, on every instruction set of this machine.")

  @Option(help: "How often each kernel is timed; medians are reported.")
  var rounds = 300

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...1_000_000).contains(rounds) else { throw ValidationError("--rounds is 1 or more.") }
  }

  func run() throws {
    var benchmark = KernelBenchmark()
    benchmark.rounds = rounds
    let rows = benchmark.run()
    try options.write(rows, table: KernelBenchmark.table(rows))
  }
}
