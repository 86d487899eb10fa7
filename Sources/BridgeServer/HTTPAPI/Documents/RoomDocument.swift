import Conference

/// A room as the API shows it: whether it has a PIN, never which.
package struct RoomDocument: Encodable, Sendable {
  var name: String
  var openedAt: String
  var talkers: TalkersValue
  var layout: String
  var encoding: String
  var frameMilliseconds: Double
  var capacity: Int
  var levelCapacity: Int
  var hasPIN: Bool
  var locked: Bool
  var waitForHost: Bool
  var endWhenHostLeaves: Bool
  var tones: ToneRule
  var idleTimeoutSeconds: Int
  var mediaTimeoutSeconds: Int
  /// Whether everybody but hosts waits for one now.
  var waiting: Bool
  var members: Int
  var talking: Int
  var shedding: String
  var quality: RoomQualityDocument

  init(_ room: RoomState) {
    name = room.name
    openedAt = APITime.text(room.openedAt)
    talkers = TalkersValue(room.settings.talkers)
    layout = room.settings.layout.text
    encoding = room.settings.encoding.rawValue
    frameMilliseconds = room.settings.frame.milliseconds
    capacity = room.settings.capacity
    levelCapacity = room.settings.levelCapacity
    hasPIN = room.rules.pin != nil
    locked = room.rules.isLocked
    waitForHost = room.rules.waitsForHost
    endWhenHostLeaves = room.rules.endsWhenHostLeaves
    tones = room.rules.tones
    idleTimeoutSeconds = room.rules.idleTimeoutSeconds
    mediaTimeoutSeconds = room.rules.mediaTimeoutSeconds
    waiting = room.isWaiting
    members = room.members.count
    talking = room.members.values.count(where: \.isTalking)
    shedding = room.shedding.name
    quality = RoomQualityDocument(room.quality)
  }
}

/// How a room is doing: counts since it was opened.
struct RoomQualityDocument: Encodable, Sendable {
  var ticks, lateTicks, encodesShared, encodesOwn: UInt64
  /// CPU time of all ticks.
  var tickMilliseconds: Double

  init(_ quality: RoomQuality) {
    ticks = quality.ticks
    lateTicks = quality.lateTicks
    encodesShared = quality.encodesShared
    encodesOwn = quality.encodesOwn
    tickMilliseconds = Double(quality.cost.nanoseconds) / 1_000_000
  }
}

/// How many talkers are mixed: a number, or `"all"`.
struct TalkersValue: Encodable, Sendable {
  var talkers: RoomSettings.Talkers

  init(_ talkers: RoomSettings.Talkers) {
    self.talkers = talkers
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch talkers {
    case .all: try container.encode("all")
    case .loudest(let count): try container.encode(count)
    }
  }
}

/// A whisper group as the API shows it.
package struct GroupDocument: Encodable, Sendable {
  var name: String
  var members: [String]
  var heardByOthers: LevelValue
  var hearsOthers: LevelValue

  init(_ name: String, _ group: WhisperGroup) {
    self.name = name
    members = group.members.sorted { $0.rawValue < $1.rawValue }.map(\.text)
    heardByOthers = LevelValue(group.heardByOthers)
    hearsOthers = LevelValue(group.hearsOthers)
  }
}

/// A part of a list; `next` is what `after` must be to read on, and missing at the end.
struct PageDocument<Item: Encodable & Sendable>: Encodable, Sendable {
  var items: [Item]
  var next: String?
}
