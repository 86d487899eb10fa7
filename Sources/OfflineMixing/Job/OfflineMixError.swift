import Foundation
import MediaFiles

/// Why a mix could not be made: one line that says what, where and what to do.
public enum OfflineMixError: Error, Sendable, CustomStringConvertible {
  /// A file could not be read or written.
  case file(AudioFileError)
  /// No leg was given.
  case noLegs
  /// Every leg was left out.
  case nothingReadable
  /// No output was asked for.
  case noOutput
  /// The channel asked for is not in the file.
  case noSuchChannel(file: String, channel: Int, channels: Int)
  /// A leg would end later than any mix may.
  case tooLong(file: String)
  /// An output is the same file as a leg.
  case outputIsLeg(output: String, leg: String)
  /// Two outputs are the same file.
  case outputsCollide(first: String, second: String)
  /// The folder for mix-minus or stems cannot be made.
  case folder(path: String, reason: String)
  /// A library could not get memory.
  case outOfMemory
  /// It was told to stop.
  case interrupted

  /// One line for people.
  public var description: String {
    switch self {
    case .file(.damaged(let path, let second, let detail)):
      "\(AudioFileError.damaged(path: path, second: second, detail: detail)); --keep-going mixes what can be read"
    case .file(let error): error.description
    case .noLegs: "there is nothing to mix: name at least one recorded leg, or a manifest that does"
    case .nothingReadable: "no leg could be read"
    case .noOutput: "nothing is asked for: name an output with -o FILE, --mix-minus, --stems, --report or --json"
    case .noSuchChannel(let file, let channel, let channels):
      "\(file) has no channel \(channel): it has \(channels) (1 is the first)"
    case .tooLong(let file):
      "\(file) would end after \(OfflineMix.longestMix / (48_000 * 3600)) hours: give it an earlier start"
    case .outputIsLeg(let output, let leg):
      "\(output) is the leg \(leg) itself: choose another name for the output"
    case .outputsCollide(let first, let second):
      "\(first) and \(second) would be the same file: choose different names or folders"
    case .folder(let path, let reason): "cannot make the folder \(path): \(reason)"
    case .outOfMemory: "out of memory: mix fewer legs at a time"
    case .interrupted: "interrupted: nothing was written"
    }
  }
}
