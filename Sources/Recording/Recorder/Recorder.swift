import Conference
import Dispatch
import Foundation
import MediaBase
import MediaFiles
import Synchronization

/// Records rooms: one thread that drains their taps into files.
///
/// ```
/// rooms (media threads) ─ taps ─▶ recorder's thread, every 20 ms ─▶ folders of files
/// ```
/// The disk may be slow or fail: a tap that runs full drops and counts, a recording that fails is ended and told of, and no
/// room ever waits. Safe from any thread. `stop` has to be called before the last reference goes.
public final class Recorder: Sendable {
  /// Where a recorder makes its folders.
  public let folder: String

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)

  private struct State {
    var new: [Recording] = []
    var isStopping = false
  }

  /// How long what a tap holds may wait.
  private static let intervalMilliseconds = 20

  /// Starts the thread. `folder` has to be there, and to be writable.
  public init(folder: String) throws(RecorderError) {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(folder, W_OK | X_OK) == 0 else {
      throw .noFolder(folder)
    }
    self.folder = folder
    let thread = Thread { [self] in run() }
    thread.name = "recorder"
    thread.start()
  }

  /// Begins a recording in a folder of its own; put its tap into the room next.
  ///
  /// - Parameters:
  ///   - name: the room's: its folder is called so, with the time.
  ///   - onEnd: called once, on the recorder's thread, when all its files are closed.
  public func begin(
    _ name: String, content: RecordingContent, onEnd: @escaping @Sendable (RecordingEnd) -> Void
  ) throws(RecorderError) -> Recording {
    let recording: Recording
    do throws(AudioFileError) {
      recording = try Recording(in: folder, name: name, content: content, onEnd: onEnd)
    } catch {
      throw .cannotBegin(Recording.words(for: error, in: folder))
    }
    let isStopping = state.withLock { state in
      if !state.isStopping { state.new.append(recording) }
      return state.isStopping
    }
    if isStopping { throw .stopped }
    wake.signal()
    return recording
  }

  /// Closes all recordings whose rooms have ended, and the others as they are; waits until that is done, up to two seconds.
  public func stop() {
    state.withLock { $0.isStopping = true }
    wake.signal()
    _ = hasEnded.wait(timeout: .now() + 2)
  }

  private func run() {
    var recordings: [Recording] = []
    while true {
      _ = wake.wait(timeout: recordings.isEmpty ? .distantFuture : .now() + .milliseconds(Self.intervalMilliseconds))
      let (new, isStopping) = state.withLock { state in
        defer { state.new = [] }
        return (state.new, state.isStopping)
      }
      recordings += new
      recordings.removeAll { !$0.drain(toItsEnd: isStopping) }
      if isStopping { break }
    }
    hasEnded.signal()
  }
}

/// Why nothing is recorded.
public enum RecorderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder for recordings is not there, or cannot be written into.
  case noFolder(String)
  /// Its files could not be made: in words.
  case cannotBegin(String)
  /// The recorder was stopped.
  case stopped

  /// One line, for people.
  public var description: String {
    switch self {
    case .noFolder(let path): "\(path) is no folder that can be written into"
    case .cannotBegin(let reason): reason
    case .stopped: "recording has ended"
    }
  }
}
