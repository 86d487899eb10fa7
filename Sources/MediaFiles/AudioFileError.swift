import Foundation

/// What can go wrong with an audio file or a packet capture, each in one line that says what, where and what to do.
///
/// The case is for control flow, the text for people: `damaged` is the only one after which the same reader may be read
/// on; all others end the file they speak of, and no other file.
public enum AudioFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The system does not let us have the file: it is missing, forbidden, a directory, or nothing that can be sought in.
  case cannotOpen(path: String, reason: String)

  /// The file is there, but it is no audio or capture that we know, or so broken at its start that nothing can be decoded.
  case unreadable(path: String, reason: String)

  /// A part of the file is lost. `second` is where, on the file's own clock; read on to get silence there and what follows.
  case damaged(path: String, second: Double, detail: String)

  /// The output could not be made, filled or put in its place. Nothing is left under its name that was not there before.
  case cannotWrite(path: String, reason: String)

  /// The output's name does not tell a format that we write.
  case unknownOutputFormat(path: String)

  /// The file it speaks of, as the user named it; `-` is standard output.
  public var path: String {
    switch self {
    case .cannotOpen(let path, _), .unreadable(let path, _), .damaged(let path, _, _), .cannotWrite(let path, _),
      .unknownOutputFormat(let path):
      path
    }
  }

  /// One line for a terminal, without a full stop.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .damaged(let path, let second, let detail): "\(path) is damaged at \(Self.text(second)) s: \(detail)"
    case .cannotWrite(let path, let reason):
      "cannot write \(path == OutputFile.standardOutput ? "standard output" : path): \(reason)"
    case .unknownOutputFormat(let path):
      "cannot tell the format of \(path) from its name: end it in \(AudioFileEncoding.knownExtensions)"
    }
  }

  /// Seconds with three decimals, the same in every locale.
  static func text(_ seconds: Double) -> String {
    String(format: "%.3f", seconds)
  }
}
