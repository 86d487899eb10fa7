import ArgumentParser
import Foundation
import MediaFiles

/// `partyline bench`: measures, each a subcommand.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the mixer, offline mixing beside other programs, and how much a live bridge carries.",
    discussion: """
      Each compares what it measures with something else in the same run, in turns: on a shared machine a single time says \
      little, a ratio says much.
      """,
    subcommands: [
      MixingBenchmarkCommand.self, KernelsBenchmarkCommand.self, OfflineBenchmarkCommand.self,
      RoomBenchmarkCommand.self, LatencyBenchmarkCommand.self,
    ])
}

/// Options that every benchmark has.
struct BenchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write the figures as JSON too; - for standard output instead of the table.", valueName: "file"))
  var json: String?

  /// Writes the figures as they were asked for.
  func write(_ results: some Encodable, table: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    if json != "-" { print(table) }
    guard let json else { return }
    let bytes = [UInt8](try encoder.encode(results)) + [UInt8(ascii: "\n")]
    try OutputFile.write(bytes, to: json)
  }
}

/// Speech for the benchmarks: recordings given, or the sample conference's.
struct SpeechOptions: ParsableArguments {
  @Option(
    name: .customLong("speech"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Recordings of single voices to speak with; without it those of Samples/conference.", valueName: "file"))
  var files: [String] = []

  /// The sample legs with one voice each; the telephone leg is left out for its narrow band.
  private static let samples = ["alice.opus", "bob.opus", "moira.opus", "liwei.opus", "hotline.ogg"]

  /// The files to read.
  func paths() throws -> [String] {
    if !files.isEmpty { return files }
    guard let folder = SampleConference.folder() else {
      throw ValidationError("Samples/conference is not near: give recordings of speech with --speech FILE…")
    }
    return Self.samples.map { folder.appendingPathComponent($0).path }
  }
}

/// The conference that comes with the program.
enum SampleConference {
  /// Where its manifest is.
  static func manifestPath() throws -> String {
    guard let folder = folder() else {
      throw Complaint.exit("Samples/conference is not near: run tools/partyline, or change to the project's folder")
    }
    return folder.appendingPathComponent("conference.json").path
  }

  /// `Samples/conference` beside the working folder or the program, or above either.
  static func folder() -> URL? {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    for start in [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), program] {
      var folder = start
      for _ in 0..<8 {
        let samples = folder.appendingPathComponent("Samples/conference")
        if FileManager.default.fileExists(atPath: samples.appendingPathComponent("conference.json").path) {
          return samples
        }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }
}
