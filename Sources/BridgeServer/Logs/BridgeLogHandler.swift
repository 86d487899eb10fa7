import Foundation
import Logging
import Synchronization

/// The least that is logged, by swift-log's names.
public enum LogThreshold: String, Sendable, Equatable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  /// The same in swift-log.
  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

/// The form of a line of the log.
public enum LogFormat: String, Sendable, Equatable, CaseIterable {
  /// `2026-01-02T03:04:05.678Z info room opened room=daily`.
  case text
  /// One JSON object a line.
  case json
}

/// Where the log goes and what is left out: one for the program, shared by all handlers.
///
/// Safe from any thread. The threshold can be changed while the program runs.
public final class LogOutput: Sendable {
  private let threshold: Mutex<Logger.Level>
  private let format: LogFormat
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes a line with its end; standard error unless a test wants it.
  public init(
    settings: BridgeConfiguration.LogSettings,
    write: @escaping @Sendable (String) -> Void = { line in
      try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }
  ) {
    threshold = Mutex(settings.level.level)
    format = settings.format
    self.write = write
  }

  /// The least that is logged.
  public var level: Logger.Level {
    get { threshold.withLock { $0 } }
    set { threshold.withLock { $0 = newValue } }
  }

  /// A logger that writes here.
  public func logger(label: String) -> Logger {
    Logger(label: label) { BridgeLogHandler(label: $0, output: self) }
  }

  fileprivate func put(_ level: Logger.Level, _ message: String, label: String, metadata: Logger.Metadata) {
    let time = APITime.text(Date.now)
    let fields = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
    switch format {
    case .text:
      let rest = fields.map { " \($0)=\(Self.quoted($1))" }.joined()
      write("\(time) \(level) \(Self.oneLine(message))\(rest)\n")
    case .json:
      var object = ["time": time, "level": level.rawValue, "label": label, "message": message]
      for (key, value) in fields { object[object[key] == nil ? key : "metadata.\(key)"] = value }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      guard let line = try? encoder.encode(object) else { return }
      write(String(decoding: line, as: UTF8.self) + "\n")
    }
  }

  /// Names come from outside: no control character of theirs reaches a terminal.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 32 || (127...159).contains($0.value) ? "\u{FFFD}" : $0 }))
  }

  private static func quoted(_ text: String) -> String {
    let line = oneLine(text)
    let isPlain = !line.isEmpty && line.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" }
    return isPlain ? line : "\"\(line.replacingOccurrences(of: "\"", with: "\\\""))\""
  }
}

/// swift-log's end of `LogOutput`.
struct BridgeLogHandler: LogHandler {
  let label: String
  let output: LogOutput
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(label: String, output: LogOutput) {
    self.label = label
    self.output = output
  }

  /// The shared threshold: setting it on one logger sets it for all.
  var logLevel: Logger.Level {
    get { output.level }
    set { output.level = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var all = metadata
    all.merge(metadataProvider?.get() ?? [:]) { $1 }
    all.merge(event.metadata ?? [:]) { $1 }
    output.put(event.level, event.message.description, label: label, metadata: all)
  }
}
