import Mixing

/// A sound that a room plays now, and where in it the room is.
///
/// Part of a room; has a place in the mixer like a voice, and so its ramps.
struct SoundSlot {
  let sound: RoomSound
  /// What its end is told by; `nil` for a tone, of whose end nobody is told.
  let id: PlaybackID?
  let place: Mixer.Member
  let settings: MemberSettings
  let loops: Bool
  /// The next frame of the sound.
  var position = 0
  /// Samples until it is gone; `nil` while it is not going.
  var fadeLeft: Int?
}
