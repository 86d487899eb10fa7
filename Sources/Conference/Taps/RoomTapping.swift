/// A media side whose rooms can be tapped: for recorders and the local sound card.
///
/// Safe from any thread, like `ConferenceMedia`, beside which it stands: a bridge in a benchmark has no taps.
public protocol RoomTapping: Sendable {
  /// Puts a tap into a room: from the next tick on it is told what goes in and comes out. It ends with the room.
  func attach(_ tap: RoomTap, to room: RoomID) async throws(ConferenceMediaError)

  /// Takes a tap out of a room; where it is gone already, nothing happens.
  func detach(_ tap: RoomTap, from room: RoomID) async
}
