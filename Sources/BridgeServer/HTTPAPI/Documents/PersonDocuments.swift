/// A member as people in the room see them: no address, no media figures.
struct PersonDocument: Encodable, Equatable, Sendable {
  var id: String
  var name: String
  var role: MemberRole
  var joinedAt: String
  var muted: Bool
  var selfMuted: Bool
  var deafened: Bool
  var gain: Double
  var raisedHand: Bool
  var talking: Bool
  /// Whether a browser has got through; a plain leg has nothing to get through.
  var connected: Bool
  /// By which a person finds themselves.
  var session: String?

  init(_ member: MemberDocument) {
    id = member.id
    name = member.name
    role = member.role
    joinedAt = member.joinedAt
    muted = member.muted
    selfMuted = member.selfMuted
    deafened = member.deafened
    gain = member.gain
    raisedHand = member.raisedHand
    talking = member.talking
    connected = member.webrtc?.connected ?? true
    session = member.session
  }
}

/// A room as people in it see it.
struct PersonRoomDocument: Encodable, Sendable {
  var name: String
  var openedAt: String
  var locked: Bool
  /// Whether everybody but hosts waits for one now.
  var waitingForHost: Bool
  var members: Int
  var talking: Int
  /// Whether it is recorded now; missing in events, which tell of that by their own.
  var recording: Bool?

  init(_ room: RoomDocument, isRecorded: Bool? = nil) {
    name = room.name
    openedAt = room.openedAt
    locked = room.locked
    waitingForHost = room.waiting
    members = room.members
    talking = room.talking
    recording = isRecorded
  }
}

/// That a recording began or ended: where its files are is the operator's business.
struct PersonRecordingDocument: Encodable, Sendable {
  var state: String

  init(_ recording: RecordingDocument) {
    state = recording.state.rawValue
  }
}

extension EventKind {
  /// What people in the room are told of it; `nil` where it is not for them.
  var personData: (any Encodable & Sendable)? {
    switch self {
    case .roomChanged(let data): PersonRoomDocument(data)
    case .memberJoined(let data), .memberChanged(let data): PersonDocument(data)
    case .recordingStarted(let data), .recordingStopped(let data): PersonRecordingDocument(data)
    case .roomClosed, .memberLeft, .talking, .handRaised, .level, .shared: data
    case .roomOpened, .groupChanged, .groupEnded, .digit, .mediaLost, .playbackStarted, .playbackEnded, .shedding,
      .quality:
      nil
    }
  }
}
