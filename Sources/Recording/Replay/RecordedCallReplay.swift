import Conference
import Foundation
import MediaBase
import MediaFiles

/// Mixes a call that a recorder recorded: its packets and its log through a room like the one that it was recorded from.
///
/// ```
/// call.jsonl ─ commands, ticks ─┐
///                               ├─ RoomReplay ─ shared mix, a frame a tick ─ is it the live one?
/// call.pcapng ─ packets ────────┘
/// ```
/// The mix is the live one, sample for sample, from the recording's first tick on: a recording that began in the middle of a
/// call has a checkpoint beside it (`call.checkpoint`), from which the room goes on. The log's fingerprints say whether it is.
/// One owner, one thread; nothing but the room is kept.
public struct RecordedCallReplay {
  /// The capture, and the log beside it.
  public let capture: String, log: String
  /// Channels of the room.
  public let layout: ChannelLayout
  /// Whether the recording began with the room; what else can make its mix exact is known when it was run.
  public let isExact: Bool

  /// What came of it.
  public struct Figures: Sendable, Hashable {
    /// Whether the recording began with the room, or its checkpoint told where the room stood.
    public var isExact = false
    /// Ticks and packets done again.
    public var ticks = 0, packets = 0
    /// Samples of the mix, per channel.
    public var samples: Int64 = 0
    /// Seconds of the mix up to which it was found to be the live one, sample for sample.
    public var sameSeconds = 0.0
    /// Where in seconds it was first found not to be; `nil` where it was nowhere.
    public var differsAtSecond: Double?
    /// Records that never came to the disk.
    public var dropped = 0
    /// Whether the log tells its own end: else the recorder was killed.
    public var hasEnd = false
    /// Packets that the log tells of and the capture does not hold.
    public var missingPackets = 0
  }

  /// The call of a capture that has a log beside it; `nil` where there is none.
  public init?(capture: String) throws(RecordingError) {
    let log = CallLogReader.path(beside: capture)
    guard log != capture, access(log, F_OK) == 0 else { return nil }
    try self.init(capture: capture, log: log)
  }

  /// The call of a capture and a log, wherever they are.
  package init(capture: String, log: String) throws(RecordingError) {
    var reader = try CallLogReader(path: log)
    guard let first = try reader.next(), let began = first.began else {
      throw .damagedLog(path: log, line: 1, detail: "it does not begin a call")
    }
    layout = began.channels == 2 ? .stereo : .mono
    isExact = began.exact
    self.capture = capture
    self.log = log
  }

  /// Mixes, and gives out the mix, a frame at a time.
  ///
  /// - Parameter deliver: takes the next samples, interleaved, full scale ±1; what it throws ends the replay.
  public func run(_ deliver: (Span<Float>) throws(RecordingError) -> Void) throws(RecordingError) -> Figures {
    var reader = try CallLogReader(path: log)
    guard let first = try reader.next() else { return Figures() }
    do {
      var call = try RecordedCall(first, folder: (log as NSString).deletingLastPathComponent, capture: capture)
      while let line = try reader.next() { try call.take(line, deliver) }
      return call.figures
    } catch let error as RecordingError {
      throw error
    } catch let problem as CallLogProblem {
      throw reader.problem(problem.detail)
    } catch {
      throw reader.problem("\(error)")
    }
  }
}
