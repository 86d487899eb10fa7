import Conference
import Foundation
import Logging
import Recording

/// The last recording of a room that is open.
struct RoomRecording: Sendable {
  /// What became of it.
  enum State: String, Sendable, Encodable {
    /// It goes on.
    case recording
    /// It was stopped, and its files are being closed.
    case closing
    /// It is whole.
    case finished
    /// The disk failed; what was written until then is there.
    case failed
  }

  let number: UInt64
  /// The room's.
  let name: String
  let room: RoomID
  let content: RecordingContent
  let startedAt: Date
  /// `nil` while its files are being made.
  var recording: Recording?
  var state = State.recording
  var detail: String?
}

/// Recording of rooms. The disk is touched on other threads only.
extension RoomDirectory {
  /// Whether a room is recorded now.
  func isRecorded(_ name: String) -> Bool {
    recordings[name]?.state == .recording
  }

  /// Begins to record a room.
  func startRecording(_ name: String, _ content: RecordingContent) async throws(RoomError) -> RecordingDocument {
    let room = try room(name)
    guard let recorder else { throw .recordingOff }
    if let last = recordings[name], last.state == .recording || last.state == .closing { throw .recordingExists(name) }
    lastRecording += 1
    let number = lastRecording
    recordings[name] = RoomRecording(
      number: number, name: name, room: room.id, content: content, startedAt: clock.wall)
    let onEnd: @Sendable (RecordingEnd) -> Void = { [weak self] end in
      Task { await self?.recordingEnded(number, of: name, end) }
    }
    let made = await Task.detached { () -> Result<Recording, RecorderError> in
      do throws(RecorderError) {
        return .success(try recorder.begin(name, content: content, onEnd: onEnd))
      } catch {
        return .failure(error)
      }
    }.value
    let recording: Recording
    switch made {
    case .success(let value): recording = value
    case .failure(let error):
      forgetRecording(number, of: name)
      logger.error("not recorded", metadata: ["room": "\(name)", "reason": "\(error)"])
      throw .system("The room cannot be recorded: \(error).")
    }
    do {
      try await media.attach(recording.tap, to: room.id)
    } catch {
      recording.end()
      forgetRecording(number, of: name)
      throw RoomError(error, room: name)
    }
    // The room was closed meanwhile: the recording ends with it.
    guard let begun = recordings[name], begun.number == number else {
      recording.end()
      throw .roomClosed(name)
    }
    guard begun.state == .recording else {
      // The disk failed while the tap was on its way into the room.
      await media.detach(recording.tap, from: room.id)
      forgetRecording(number, of: name)
      throw .system("The room cannot be recorded: \(begun.detail ?? "it ended at once").")
    }
    recordings[name]?.recording = recording
    for member in rooms[name]?.membersInOrder ?? [] { recording.setName(member.name, of: member.id) }
    logger.info("recording started", metadata: ["room": "\(name)", "folder": "\(recording.folderName)"])
    let document = try showRecording(name)
    publish([.recordingStarted(document)], room: name)
    return document
  }

  /// The room's last recording.
  func showRecording(_ name: String) throws(RoomError) -> RecordingDocument {
    _ = try room(name)
    guard let recording = recordings[name], recording.recording != nil else { throw .recordingUnknown(name) }
    return RecordingDocument(recording)
  }

  /// Ends a recording, and waits a little for its files to be closed.
  func stopRecording(_ name: String) async throws(RoomError) -> RecordingDocument {
    let room = try room(name)
    guard let recording = recordings[name]?.recording else { throw .recordingUnknown(name) }
    if recordings[name]?.state == .recording {
      recordings[name]?.state = .closing
      await media.detach(recording.tap, from: room.id)
      // Also where the tap was too full to be told.
      recording.end()
    }
    // A disk that hangs must not hang whoever asks.
    for _ in 0..<100 where recordings[name]?.state == .closing { try? await Task.sleep(for: .milliseconds(20)) }
    return try showRecording(name)
  }

  /// The room has closed: its recording, where one goes on, ends with it, and is told of then.
  func letRecordingEnd(of name: String) -> Bool {
    guard let recording = recordings.removeValue(forKey: name), recording.recording != nil,
      recording.state == .recording || recording.state == .closing
    else { return false }
    closingRecordings[recording.number] = recording
    return true
  }

  /// Waits until the recordings of closed rooms are whole, or their disk has had its time.
  func waitForRecordings() async {
    for _ in 0..<75 where !closingRecordings.isEmpty { try? await Task.sleep(for: .milliseconds(20)) }
  }

  /// All files of a recording are closed.
  private func recordingEnded(_ number: UInt64, of name: String, _ end: RecordingEnd) async {
    let closed = closingRecordings.removeValue(forKey: number)
    guard var recording = closed ?? recordings[name], recording.number == number else { return }
    switch end {
    case .finished: recording.state = .finished
    case .failed(let reason): (recording.state, recording.detail) = (.failed, reason)
    }
    if closed == nil { recordings[name] = recording }
    if case .failed(let reason) = end {
      logger.error("recording failed", metadata: ["room": "\(name)", "reason": "\(reason)"])
      if let tap = recording.recording?.tap { await media.detach(tap, from: recording.room) }
    } else {
      logger.info("recording stopped", metadata: ["room": "\(name)"])
    }
    // Where it failed before it was told of, whoever asked for it is told.
    guard recording.recording != nil else { return }
    publish([.recordingStopped(RecordingDocument(recording))], room: name)
    if closed != nil, rooms[name] == nil { hub.finish(room: name) }
  }

  private func forgetRecording(_ number: UInt64, of name: String) {
    if recordings[name]?.number == number { recordings[name] = nil }
  }
}
