import Conference

/// Why the directory of rooms refused. Carries what the answer needs, and no secret.
package enum RoomError: Error, Equatable, Sendable {
  case roomUnknown(String)
  case roomExists(String)
  case roomFull(capacity: Int)
  case roomLocked
  /// It was closed while this was under way.
  case roomClosed(String)
  case memberUnknown(String)
  case groupUnknown(String)
  case pinWrong
  /// None was given.
  case pinNeeded
  case tooManyTries(seconds: Int)
  /// As much has been shared in the room as may be.
  case tooManyItems(limit: Int)
  /// Somebody shares faster than anybody reads.
  case sharedTooOften
  case tooManyRooms(limit: Int)
  case tooManyMembers(limit: Int)
  case tooManyLevels(limit: Int)
  case addressInUse(String)
  case recordingExists(String)
  case recordingUnknown(String)
  /// The bridge was given no folder for recordings.
  case recordingOff
  case noTelephoneEvents(String)
  case tooManyDigits(limit: Int)
  case tooManySounds(limit: Int)
  case playbackUnknown(String)
  case sound(SoundError)
  case overloaded(LoadShedding)
  case unsupported(String)
  case system(String)
  /// The bridge is on its way out.
  case shuttingDown

  /// What the media side's refusal means for a room of that name.
  init(_ error: ConferenceMediaError, room: String) {
    self =
      switch error {
      case .unknownRoom: .roomClosed(room)
      case .unknownMember(let member): .memberUnknown(member.text)
      case .roomFull(let capacity): .roomFull(capacity: capacity)
      case .addressInUse(let address): .addressInUse(address.description)
      case .overloaded(let shedding): .overloaded(shedding)
      case .noTelephoneEvents(let member): .noTelephoneEvents(member.text)
      case .tooManyKeys(let limit): .tooManyDigits(limit: limit)
      case .tooManySounds(let limit): .tooManySounds(limit: limit)
      case .unsupported(let words): .unsupported(words)
      case .system(let words): .system(words)
      }
  }
}

/// Why a member is no longer in their room.
enum LeaveReason: String, Sendable, Encodable {
  /// They left, or somebody took them out.
  case left
  /// A host or the operator put them out.
  case kicked
  /// They said goodbye in RTCP.
  case saidGoodbye
  /// No packet came for too long.
  case mediaLost
  /// The room was closed.
  case roomClosed
}

/// Why a room is no longer open.
enum RoomCloseReason: String, Sendable, Encodable {
  /// Somebody closed it.
  case ended
  /// It was empty for too long.
  case idle
  /// Its last host left.
  case hostLeft
  /// The bridge stops.
  case shutdown
}
