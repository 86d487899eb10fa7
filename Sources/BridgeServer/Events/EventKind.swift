import Conference

/// What readers of the event streams are told, each with its data. No secret is among them.
package enum EventKind: Sendable {
  case roomOpened(RoomDocument)
  case roomClosed(RoomClosed)
  case roomChanged(RoomDocument)
  case memberJoined(MemberDocument)
  case memberLeft(MemberLeft)
  case memberChanged(MemberDocument)
  case groupChanged(GroupDocument)
  case groupEnded(GroupEnded)
  case talking(Talking)
  case digit(Digit)
  case handRaised(HandRaised)
  case mediaLost(MediaLost)
  case playbackStarted(PlaybackDocument)
  case playbackEnded(PlaybackEnded)
  case shedding(Shedding)
  case recordingStarted(RecordingDocument)
  case recordingStopped(RecordingDocument)
  case shared(SharedItem)
  case quality(MemberQuality)
  case level(MemberLevel)

  /// The event's name in the stream.
  var name: String { parts.name }
  /// What goes with it.
  var data: any Encodable & Sendable { parts.data }

  /// Whether it tells a measure that the next one replaces: not kept for those who come back.
  var isMeasure: Bool {
    switch self {
    case .quality, .level: true
    default: false
    }
  }

  /// Every name, for those who ask for some only.
  package static let names = [
    "roomOpened", "roomClosed", "roomChanged", "memberJoined", "memberLeft", "memberChanged", "groupChanged",
    "groupEnded", "talking", "digit", "handRaised", "mediaLost", "playbackStarted", "playbackEnded", "shedding",
    "recordingStarted", "recordingStopped", "shared", "quality", "level",
  ]

  private var parts: (name: String, data: any Encodable & Sendable) {
    switch self {
    case .roomOpened(let data): ("roomOpened", data)
    case .roomClosed(let data): ("roomClosed", data)
    case .roomChanged(let data): ("roomChanged", data)
    case .memberJoined(let data): ("memberJoined", data)
    case .memberLeft(let data): ("memberLeft", data)
    case .memberChanged(let data): ("memberChanged", data)
    case .groupChanged(let data): ("groupChanged", data)
    case .groupEnded(let data): ("groupEnded", data)
    case .talking(let data): ("talking", data)
    case .digit(let data): ("digit", data)
    case .handRaised(let data): ("handRaised", data)
    case .mediaLost(let data): ("mediaLost", data)
    case .playbackStarted(let data): ("playbackStarted", data)
    case .playbackEnded(let data): ("playbackEnded", data)
    case .shedding(let data): ("shedding", data)
    case .recordingStarted(let data): ("recordingStarted", data)
    case .recordingStopped(let data): ("recordingStopped", data)
    case .shared(let data): ("shared", data)
    case .quality(let data): ("quality", data)
    case .level(let data): ("level", data)
    }
  }
}

/// A room is no longer open.
package struct RoomClosed: Encodable, Sendable {
  var reason: RoomCloseReason
}

/// A member is no longer in the room.
package struct MemberLeft: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var name: String
  var reason: LeaveReason
}

/// A whisper group is no more.
package struct GroupEnded: Encodable, Sendable {
  var name: String

  /// The group of that name.
  package init(name: String) {
    self.name = name
  }
}

/// A member began or stopped talking.
package struct Talking: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var talking: Bool

  /// Whether that member talks from now on.
  package init(member: MemberID, talking: Bool) {
    self.member = member
    self.talking = talking
  }
}

/// A member pressed a telephone key.
package struct Digit: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var digit: String
}

/// A member raised or lowered their hand.
package struct HandRaised: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var raised: Bool
}

/// No packet came for so many seconds.
package struct MediaLost: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var seconds: Int
}

/// The room's core gives up so much: `none`, `complexity`, `talkers` or `admission`.
package struct Shedding: Encodable, Sendable {
  var shedding: String
}

/// How a leg is doing, about once a second.
package struct MemberQuality: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var quality: QualityDocument
}

/// A member's speech level of the last second, dBFS rms; −127 for silence.
package struct MemberLevel: Encodable, Sendable {
  @MemberNumber var member: MemberID
  var leveldBFS: Float

  /// That member's level in dBFS rms; minus infinity for silence.
  package init(member: MemberID, leveldBFS: Float) {
    self.member = member
    self.leveldBFS = Self.finite(leveldBFS)
  }

  /// JSON has no infinity: −127 stands for silence.
  static func finite(_ level: Float) -> Float { level.isFinite ? max(-127, level) : -127 }
}

/// A member's number as the API writes it: as text.
@propertyWrapper
struct MemberNumber: Encodable, Sendable {
  var wrappedValue: MemberID

  init(wrappedValue: MemberID) {
    self.wrappedValue = wrappedValue
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue.text)
  }
}
