import Foundation
import Testing

/// A program that we did not write, run to its end: ffmpeg, sox, opus-tools, flac, vorbis-tools. They are what our files
/// are compared with, so a missing one fails the test that needs it.
struct ExternalProgram {
  let name: String

  static let ffmpeg = ExternalProgram(name: "ffmpeg")
  static let ffprobe = ExternalProgram(name: "ffprobe")
  static let sox = ExternalProgram(name: "sox")
  static let opusenc = ExternalProgram(name: "opusenc")
  static let opusdec = ExternalProgram(name: "opusdec")
  static let opusinfo = ExternalProgram(name: "opusinfo")
  static let flac = ExternalProgram(name: "flac")
  static let oggenc = ExternalProgram(name: "oggenc")

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs it and returns what it wrote to its standard output; throws if it is missing or ends with an error.
  @discardableResult
  func run(_ arguments: String..., input: Data? = nil) throws -> Data {
    try run(arguments, input: input)
  }

  @discardableResult
  func run(_ arguments: [String], input: Data? = nil) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let output = Pipe()
    // Complaints go to a file: a pipe that nobody empties would stop the program.
    let complaints = try ScratchDirectory()
    let complaintsPath = complaints.path("stderr")
    _ = FileManager.default.createFile(atPath: complaintsPath, contents: nil)
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: complaintsPath)
    if let input {
      let inputPath = complaints.path("stdin")
      try input.write(to: URL(fileURLWithPath: inputPath))
      process.standardInput = FileHandle(forReadingAtPath: inputPath)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = (try? String(contentsOfFile: complaintsPath, encoding: .utf8)) ?? ""
      let line = ([name] + arguments).joined(separator: " ")
      throw Failure(description: "\(line) ended with \(process.terminationStatus): \(words)")
    }
    return bytes
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

  func path(_ name: String) -> String {
    url.appendingPathComponent(name).path
  }

  /// What lies in it, hidden files too, sorted.
  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}
