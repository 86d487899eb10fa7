import ArgumentParser
import Foundation

/// What the program says to people when something is not as it should be: one line on standard error.
enum Complaint {
  /// Why it stops.
  static func say(_ message: String) {
    write("partyline: \(message)")
  }

  /// Why it stops, and the exit code that says so: the command line is wrong where `code` is `EX_USAGE`.
  static func exit(_ message: String, code: Int32 = EXIT_FAILURE) -> ExitCode {
    say(message)
    return ExitCode(code)
  }

  /// What it passed over.
  static func warn(_ message: String) {
    write("partyline: warning: \(message)")
  }

  /// Control characters of a file's name or content do not reach the terminal.
  private static func write(_ line: String) {
    let safe = line.unicodeScalars.map { scalar in
      scalar.value < 32 || (127...159).contains(scalar.value) ? "\u{FFFD}" : String(scalar)
    }.joined()
    StandardStreams.writeToStandardError(safe + "\n")
  }
}
