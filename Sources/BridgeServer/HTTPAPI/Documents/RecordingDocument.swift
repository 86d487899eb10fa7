import Foundation
import Recording

/// A recording as the API shows it. The folder is named as it is called within `recordings.folder`, never with its path.
package struct RecordingDocument: Encodable, Sendable {
  var state: RoomRecording.State
  var folder: String
  var mix: Bool
  var legs: Bool
  var packets: Bool
  var startedAt: String
  /// Of the mix, as far as it was written.
  var seconds: Double
  /// Packets and frames that the disk was too slow for.
  var dropped: Int
  /// What failed, in words.
  var detail: String?

  init(_ recording: RoomRecording) {
    state = recording.state
    folder = recording.recording?.folderName ?? ""
    mix = recording.content.mix
    legs = recording.content.legs
    packets = recording.content.packets
    startedAt = APITime.text(recording.startedAt)
    seconds = recording.recording?.seconds ?? 0
    dropped = recording.recording?.droppedCount ?? 0
    detail = recording.detail
  }
}
