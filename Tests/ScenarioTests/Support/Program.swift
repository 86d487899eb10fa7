import Foundation

/// A program, run to its end: ours, or one that we did not write and that ours is compared with.
struct Program {
  let path: String
  let firstArguments: [String]

  init(_ name: String) {
    (path, firstArguments) = ("/usr/bin/env", [name])
  }

  init(path: String) {
    (self.path, firstArguments) = (path, [])
  }

  static let ffmpeg = Program("ffmpeg")
  static let ffprobe = Program("ffprobe")
  static let sox = Program("sox")
  static let opusdec = Program("opusdec")
  static let opusinfo = Program("opusinfo")
  static let flac = Program("flac")
  static let curl = Program("curl")
  static let bash = Program("bash")

  /// What is left of a run.
  struct Ended {
    var exitCode: Int32
    /// The signal that ended it, if one did; `exitCode` is that signal's number then.
    var wasKilled: Bool
    var output: Data
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
    /// What it wrote to standard error, line by line.
    var errorLines: [Substring] { errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts it, waits, and returns what it said; whether that is good is for the caller to tell.
  func end(_ arguments: [String], environment: [String: String] = [:]) throws -> Ended {
    let running = try start(arguments, environment: environment)
    let output = running.output.readDataToEndOfFile()
    return running.wait(output: output)
  }

  /// Starts it, and returns what it wrote to its standard output; throws if it ends with an error.
  @discardableResult
  func run(_ arguments: [String]) throws -> Data {
    let ended = try end(arguments)
    guard ended.exitCode == 0, !ended.wasKilled else {
      let line = (firstArguments + arguments).joined(separator: " ")
      throw Failure(description: "\(line) ended with \(ended.exitCode): \(ended.errors)")
    }
    return ended.output
  }

  @discardableResult
  func run(_ arguments: String...) throws -> Data { try run(arguments) }

  /// A program that runs.
  struct Running {
    let process: Process
    let output: FileHandle
    fileprivate let scratch: ScratchDirectory

    /// What it wrote to standard error so far.
    var errorsSoFar: String {
      String(decoding: FileManager.default.contents(atPath: scratch.path("errors")) ?? Data(), as: UTF8.self)
    }

    /// Waits for its end, and ends it by force where that does not come in time.
    func waitForEnd(within seconds: Double) throws -> Ended {
      let deadline = Date(timeIntervalSinceNow: seconds)
      while process.isRunning {
        guard Date() < deadline else {
          kill(process.processIdentifier, SIGKILL)
          throw Failure(description: "no end within \(seconds) s: \(wait().errors)")
        }
        usleep(2000)
      }
      return wait()
    }

    /// Waits for its end.
    func wait(output: Data = Data()) -> Ended {
      process.waitUntilExit()
      return Ended(
        exitCode: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal, output: output,
        errors: errorsSoFar)
    }
  }

  /// Starts it with nothing on its standard input.
  func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = firstArguments + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    // Complaints go to a file: a pipe that nobody empties would stop the program.
    let scratch = try ScratchDirectory()
    _ = FileManager.default.createFile(atPath: scratch.path("errors"), contents: nil)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: scratch.path("errors"))
    try Self.withNoSignalBlocked { try process.run() }
    return Running(process: process, output: output.fileHandleForReading, scratch: scratch)
  }
}

extension Program {
  /// A program inherits what its starter's thread blocks, and the threads that tests run on block most signals.
  private static func withNoSignalBlocked(_ start: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try start()
  }
}

/// A directory of one test's own, removed with its owner.
final class ScratchDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("partyline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// What lies in it and in its folders, hidden files too, sorted.
  func contents() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws { try data.write(to: URL(fileURLWithPath: path(name))) }
}
