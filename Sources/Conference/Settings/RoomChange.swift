import MediaBase

/// What can be changed of a room as a whole; it takes effect at the edge of the next tick.
public enum RoomChange: Sendable, Hashable {
  /// Plays a sound to everybody in the room, until it has ended or is stopped.
  case play(RoomSound, as: PlaybackID, gain: Decibels, loops: Bool)
  /// Fades a sound out within 20 ms. Unknown ones are passed over: they have ended.
  case stop(PlaybackID)
  /// Plays a short sound that nobody waits for. Passed over while one is playing, and for a second after it began: fifty
  /// who join at once make one tone.
  case tone(RoomSound)
  /// Everybody in the room waits, and whoever joins with `LegSettings.waits`: they hear this sound over and over, or
  /// silence, and not the room.
  case hold(RoomSound?)
  /// Nobody waits any more: what they heard fades over into the room.
  case admit
}

/// A sound that plays in a room, by the number that whoever asked for it gave it.
public struct PlaybackID: RawRepresentable, Hashable, Sendable {
  /// Any number; no two sounds that play in one room at one time may have the same.
  public let rawValue: UInt64

  /// The one with that number.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}
