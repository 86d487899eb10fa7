import Conference
import Foundation
import MediaBase

/// A sound that plays in a room, as the control side knows it. A plain value of its `RoomState`.
struct Playback: Sendable {
  let id: PlaybackID
  /// As it was named.
  let file: String
  let gain: Decibels
  let loops: Bool
  let startedAt: Date
  /// Held until the room says that it has ended, so that no media thread frees it.
  let sound: RoomSound
  /// Whether somebody has stopped it.
  var isStopping = false
}

/// A wish to play a sound, checked for form.
struct PlaybackRequest: Sendable {
  var file: String
  var gain = Decibels.unity
  var loops = false
}

/// Why a sound no longer plays.
enum PlaybackEndReason: String, Sendable, Encodable {
  /// It was over.
  case ended
  /// Somebody stopped it.
  case stopped
  /// The media side refused it.
  case refused
  /// The room was closed.
  case roomClosed
}

/// A sound that plays, as the API shows it.
package struct PlaybackDocument: Encodable, Sendable {
  var id: String
  var file: String
  /// In dB against the file.
  var gain: Double
  var loop: Bool
  /// How long it is once.
  var seconds: Double
  var startedAt: String

  init(_ playback: Playback) {
    id = playback.id.text
    file = playback.file
    gain = playback.gain.value
    loop = playback.loops
    seconds = (Double(playback.sound.frames) / 48).rounded() / 1_000
    startedAt = APITime.text(playback.startedAt)
  }
}

/// A sound no longer plays.
package struct PlaybackEnded: Encodable, Sendable {
  var id: String
  var file: String
  var reason: PlaybackEndReason
}

extension PlaybackID {
  /// As the API writes it.
  var text: String { String(rawValue) }

  /// Reads what the API writes.
  init?(text: some StringProtocol) {
    guard let number = UInt64(text), String(number) == text else { return nil }
    self.init(rawValue: number)
  }
}
