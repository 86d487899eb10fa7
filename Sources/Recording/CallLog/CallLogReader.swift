import Foundation
import MediaFiles

/// Reads a call's log a line at a time, from a file that anybody may have written.
///
/// A last line without its end is what a killed recorder left: it is passed over. One owner, one thread.
struct CallLogReader: ~Copyable {
  /// The line that was read last, from 1 on.
  private(set) var lineNumber = 0

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var start = 0
  private var hasEnded = false
  private let decoder = JSONDecoder()

  /// A second of ticks of a room of a thousand talkers has 400 KB.
  static let longestLine = 4 << 20

  /// Where the log of a capture is: beside it, with another ending.
  static func path(beside capture: String) -> String {
    (capture as NSString).deletingPathExtension + ".jsonl"
  }

  init(path: String) throws(RecordingError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw .file(.cannotOpen(path: path, reason: String(cString: strerror(errno)).lowercased()))
    }
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  /// The next line; `nil` at the end.
  mutating func next() throws(RecordingError) -> CallLogLine? {
    guard let bytes = try nextBytes() else { return nil }
    lineNumber += 1
    do {
      return try decoder.decode(CallLogLine.self, from: Data(bytes))
    } catch {
      throw problem("it is no line of a call's log")
    }
  }

  /// What is wrong with the last line.
  func problem(_ detail: String) -> RecordingError {
    .damagedLog(path: path, line: lineNumber, detail: detail)
  }

  private mutating func nextBytes() throws(RecordingError) -> ArraySlice<UInt8>? {
    while true {
      if let end = buffer[start...].firstIndex(of: 0x0a) {
        defer { start = end + 1 }
        return buffer[start..<end]
      }
      guard buffer.count - start <= Self.longestLine else {
        lineNumber += 1
        throw problem("it is longer than any line of a call's log")
      }
      guard try fill() else { return nil }
    }
  }

  private mutating func fill() throws(RecordingError) -> Bool {
    guard !hasEnded else { return false }
    buffer.removeFirst(start)
    start = 0
    var piece = [UInt8](repeating: 0, count: 256 * 1024)
    let count = read(descriptor, &piece, piece.count)
    if count < 0 && errno == EINTR { return true }
    guard count >= 0 else {
      throw .file(.cannotOpen(path: path, reason: String(cString: strerror(errno)).lowercased()))
    }
    hasEnded = count == 0
    buffer += piece[..<count]
    return !hasEnded
  }
}
