import ArgumentParser
import Benchmarks
import Foundation
import MediaBase

/// `partyline bench mixing`: the arithmetic of the bridges over the same speech.
struct MixingBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixing",
    abstract: "Mix the same speech by the arithmetic of Janus, Asterisk, FreeSWITCH, PJSIP and ours.",
    discussion: """
      For growing numbers of talkers at growing levels it prints how much distortion each leaves, and how much of one's own \
      voice is left in one's own mix. The table's header explains the columns.
      """)

  @Option(help: "Seconds of speech in each row.")
  var seconds = 30

  @Option(name: .long, parsing: .upToNextOption, help: ArgumentHelp("Numbers of talkers.", valueName: "n"))
  var talkers = [3, 5, 8, 20, 50]

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Levels of the talkers while they talk, dBFS rms, with commas.", valueName: "dB,dB"))
  var levels = "-30,-24,-18,-12,-6"

  @OptionGroup var speech: SpeechOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...3600).contains(seconds) else { throw ValidationError("--seconds is 1 to 3600.") }
    guard talkers.allSatisfy({ (2...200).contains($0) }) else { throw ValidationError("--talkers are 2 to 200.") }
    guard levels.split(separator: ",").allSatisfy({ Double($0).map { (-60...0).contains($0) } ?? false }) else {
      throw ValidationError("--levels are dBFS from -60 to 0, such as -24,-12.")
    }
  }

  func run() throws {
    guard var benchmark = MixingBenchmark(recordings: try speech.paths().map(SpeechFile.read)) else {
      throw ValidationError("The recordings hold no speech.")
    }
    benchmark.seconds = seconds
    benchmark.talkers = talkers
    benchmark.levels = levels.split(separator: ",").compactMap { Double($0) }.map { Decibels($0) }
    let isTerminal = isatty(STDERR_FILENO) == 1
    let results = benchmark.run { done, total in
      if isTerminal { FileHandle.standardError.write(Data("\r\(done) of \(total) rows".utf8)) }
    }
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    try options.write(results, table: results.description)
  }
}
