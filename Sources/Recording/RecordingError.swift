import MediaFiles

/// Why a replay came to nothing: one line that says what, where and what to do.
public enum RecordingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file could not be read or written.
  case file(AudioFileError)
  /// The capture holds no RTP stream at all.
  case noStreams(path: String)
  /// The capture holds RTP, but none of it can be mixed.
  case nothingToMix(path: String, streams: Int)
  /// The capture holds RTP, but none that `--to` and `--from` name.
  case nothingWanted(path: String, streams: Int)
  /// The capture holds more time than any mix may.
  case tooLong(path: String)
  /// A call's log is not what a recorder writes.
  case damagedLog(path: String, line: Int, detail: String)
  /// Memory for decoders or mixer is lacking.
  case outOfMemory
  /// It was told to stop.
  case interrupted

  /// One line for people, without a full stop.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .noStreams(let path):
      "\(path) holds no RTP: a stream is several packets in order over UDP, captured whole (tcpdump -s 0)"
    case .nothingToMix(let path, let streams):
      "\(path) holds nothing to mix: \(streams == 1 ? "its RTP stream is" : "all \(streams) RTP streams are") left out"
    case .nothingWanted(let path, let streams):
      "\(path) holds \(streams == 1 ? "one RTP stream" : "\(streams) RTP streams"), and none that --to and --from name"
    case .tooLong(let path):
      "\(path) holds more than \(CaptureReplay.longestSeconds / 86_400) days: cut it with editcap -A and -B"
    case .damagedLog(let path, let line, let detail): "\(path) is damaged at line \(line): \(detail)"
    case .outOfMemory: "out of memory: mix fewer streams at a time (--to, --from)"
    case .interrupted: "interrupted: nothing was written"
    }
  }
}
