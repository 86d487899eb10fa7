import Conference
import Foundation
import MediaBase
import MediaFiles
import Synchronization

/// One recording: a tap to put into a room, and the folder that what it tells goes into.
///
/// Safe from any thread but for `drain`, which is the recorder's. It ends when its tap is taken out of the room, when the
/// room closes, or when the disk fails.
public final class Recording: Sendable {
  /// To be put into the room.
  public let tap: RoomTap
  /// What is recorded.
  public let content: RecordingContent
  /// The folder's name within the recorder's.
  public let folderName: String

  private let files: Mutex<RecordingFiles>
  private let names = Mutex<[MemberID: String]>([:])
  private let isToEnd = Atomic(false)
  private let milliseconds = Atomic(0)
  private let folder: String
  private let onEnd: @Sendable (RecordingEnd) -> Void

  /// Seconds of a mono mix and of a hundred talkers' packets.
  private static let tapBytes = 4 << 20

  /// Makes the folder and the files. `Recorder.begin` does it for whoever has no thread of their own to drain it.
  package init(
    in folder: String, name: String, content: RecordingContent, onEnd: @escaping @Sendable (RecordingEnd) -> Void
  ) throws(AudioFileError) {
    self.content = content
    self.onEnd = onEnd
    self.folder = folder
    tap = RoomTap(content.tapped, capacityBytes: Self.tapBytes)
    folderName = try Self.freeName(name, in: folder)
    files = Mutex(
      try RecordingFiles(
        folder: "\(folder)/\(folderName)", content: content, title: name, wall: Self.wallNanoseconds))
  }

  /// A name for people: the manifest's.
  public func setName(_ name: String, of member: MemberID) {
    names.withLock { $0[member] = name }
  }

  /// Ends it with what its tap holds by now: where the tap is in no room, and where the end of the tap may have found it full.
  public func end() {
    isToEnd.store(true, ordering: .releasing)
  }

  /// How long the mix is by now, in seconds, as far as it was written.
  /// Does not wait for the disk.
  public var seconds: Double { Double(milliseconds.load(ordering: .relaxed)) / 1_000 }

  /// Packets and frames that the disk was too slow for.
  public var droppedCount: Int { tap.droppedCount }

  /// Writes what the tap holds; false when the recording has ended. On the recorder's thread.
  package func drain(toItsEnd isLast: Bool) -> Bool {
    let isLast = isLast || isToEnd.load(ordering: .acquiring)
    let end = files.withLock { files in
      defer { milliseconds.store(Int(files.seconds * 1_000), ordering: .relaxed) }
      return write(to: &files, isLast: isLast)
    }
    if let end { onEnd(end) }
    return end == nil
  }

  private func write(to files: inout RecordingFiles, isLast: Bool) -> RecordingEnd? {
    var failure: AudioFileError?
    do throws(AudioFileError) {
      files.names = names.withLock { $0 }
      try tap.drain(into: &files)
      try files.noteDropped(tap.droppedCount)
      guard files.hasEnded || isLast else { return nil }
    } catch {
      failure = error
    }
    // After a failure, too: what can be closed is closed, once.
    do throws(AudioFileError) {
      try files.finish()
    } catch {
      failure = failure ?? error
    }
    return failure.map { .failed(Self.words(for: $0, in: folder)) } ?? .finished
  }

  /// What went wrong, without the path of the folder that recordings are in: that is nobody's business.
  static func words(for error: AudioFileError, in folder: String) -> String {
    "\(error)".replacing("\(folder)/", with: "")
  }

  /// NAME-20160701T000000Z, or with a number behind where that is taken.
  private static func freeName(_ name: String, in folder: String) throws(AudioFileError) -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    let stamp = String(
      format: "%04d%02d%02dT%02d%02d%02dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min, parts.tm_sec)
    for number in 1...1_000 {
      let candidate = "\(name)-\(stamp)" + (number > 1 ? "-\(number)" : "")
      if access("\(folder)/\(candidate)", F_OK) != 0 { return candidate }
    }
    throw .cannotWrite(path: "\(folder)/\(name)-\(stamp)", reason: "it is there already")
  }

  /// From the bridge's clock, which is the system's monotonic one, to 1 January 1970.
  private static var wallNanoseconds: Int64 {
    var wall = timespec()
    var monotonic = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    clock_gettime(CLOCK_MONOTONIC, &monotonic)
    return Int64(wall.tv_sec - monotonic.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec - monotonic.tv_nsec)
  }
}
