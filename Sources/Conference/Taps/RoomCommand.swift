import MediaBase

/// What was done to a room between two ticks, as a tap tells it: with the packets and ticks, all that its sound comes from.
public enum RoomCommand: Sendable, Hashable {
  /// The tap was put in: what the room is, and whether nothing had happened in it before.
  case began(RoomSettings, LoadShedding, isFresh: Bool)
  /// A member came in, or was there when the tap was put in. Never holds keys: what a tap tells is decrypted.
  case joined(MemberID, LegSettings, local: TransportAddress)
  /// Where the room stood when the tap was put in, once all who were in it have been told of: bytes for `RoomReplay` alone. It
  /// holds packets of voices, and nothing else of what members said or pressed.
  case checkpoint([UInt8])
  /// A member was changed.
  case changed(MemberID, MemberChange)
  /// The room was changed as a whole. Who holds the command holds the sound that it may play.
  case roomChanged(RoomChange)
  /// A member went.
  case left(MemberID)
  /// The load changed what the room gives up.
  case shed(LoadShedding)
  /// So many ticks were passed over.
  case skipped(ticks: Int)
  /// The tap was taken out, or the room closed.
  case ended
}
