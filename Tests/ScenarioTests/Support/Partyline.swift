import Foundation
import Testing

/// The program as it was built, run as a user runs it.
enum Partyline {
  /// Its path: what PARTYLINE names, or the release build of this package.
  static func path() throws -> String {
    if let path = ProcessInfo.processInfo.environment["PARTYLINE"], !path.isEmpty { return try executable(path) }
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try executable(package.appendingPathComponent(".build/release/partyline").path)
  }

  private static func executable(_ path: String) throws -> String {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Program.Failure(
        description: "no program at \(path): run tools/test, or swift build -c release, or set PARTYLINE to its path")
    }
    return path
  }

  /// Runs `partyline mix` to its end.
  static func tryMix(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Ended {
    try Program(path: path()).end(["mix"] + arguments, environment: environment)
  }

  static func tryMix(_ arguments: String...) throws -> Program.Ended { try tryMix(arguments) }

  /// Runs `partyline mix`, which must end well and say nothing.
  @discardableResult
  static func mix(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> Data {
    let ended = try tryMix(arguments)
    #expect(ended.exitCode == 0 && !ended.wasKilled, sourceLocation: sourceLocation)
    #expect(ended.errors == "", sourceLocation: sourceLocation)
    return ended.output
  }

  @discardableResult
  static func mix(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> Data {
    try mix(arguments, sourceLocation: sourceLocation)
  }

  /// Runs a line of bash in which `$PARTYLINE` is the program.
  static func bash(_ line: String, environment: [String: String] = [:]) throws -> Program.Ended {
    let variables = environment.merging(["PARTYLINE": try path()]) { $1 }
    return try Program.bash.end(["-c", line], environment: variables)
  }
}

/// Expects a run to have failed as every failure should: with this exit code and one line that holds all of `words`.
func expectOneLine(
  _ ended: Program.Ended, exitCode: Int32 = 1, holding words: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!ended.wasKilled && ended.exitCode == exitCode, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errorLines.count == 1, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errors.hasPrefix("partyline: ") && ended.errors.hasSuffix("\n"), sourceLocation: sourceLocation)
  for word in words {
    #expect(ended.errors.contains(word), "\(ended.errors)", sourceLocation: sourceLocation)
  }
}

/// Expects a command line to have been refused: exit code 64, and a first line that holds all of `words`, above the usage.
func expectUsageError(
  _ ended: Program.Ended, holding words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!ended.wasKilled && ended.exitCode == 64, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errors.hasPrefix("Error: ") && ended.output.isEmpty, "\(ended.errors)", sourceLocation: sourceLocation)
  for word in words {
    #expect(ended.errorLines.first?.contains(word) == true, "\(ended.errors)", sourceLocation: sourceLocation)
  }
}

/// Expects a run to have ended well with one line of warning that holds all of `words`.
func expectWarning(
  _ ended: Program.Ended, holding words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!ended.wasKilled && ended.exitCode == 0, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errorLines.count == 1, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errors.hasPrefix("partyline: warning: "), sourceLocation: sourceLocation)
  for word in words {
    #expect(ended.errors.contains(word), "\(ended.errors)", sourceLocation: sourceLocation)
  }
}
