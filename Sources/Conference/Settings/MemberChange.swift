import MediaBase
import Mixing

/// What can be changed of a member while they are in the room; from the edge of the next tick on.
public enum MemberChange: Sendable, Hashable {
  /// Gain, mute and pan; moves there within 20 ms.
  case voice(MemberSettings)
  /// Whether they may be heard at all.
  case canTalk(Bool)
  /// Whether they hear the room.
  case canHear(Bool)
  /// The level at which they hear one other member; `unity` ends it.
  case level(Decibels, of: MemberID)
  /// Telephone keys to be sent to them, behind those that wait.
  case press(KeyPresses)
}
