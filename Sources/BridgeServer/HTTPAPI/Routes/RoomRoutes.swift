import Conference
import Hummingbird
import MediaBase
import Recording

extension BridgeAPI {
  /// `/v1/rooms` and below, but for members, groups and events.
  var roomRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms") { [self] request, _ in
        let (after, limit) = try APIRequest.page(of: request)
        return APIResponse.json(await directory.list(after: after, limit: limit))
      },
      APIRoute(.post, "/v1/rooms") { [self] request, _ in
        var fields = try await fields(of: request)
        let (name, settings, rules, wish) = try Self.newRoom(&fields, defaults: configuration.rooms)
        let room = try await directory.openRoom(name, settings: settings, rules: rules, recording: wish)
        return APIResponse.created(room, at: "/v1/rooms/\(room.name)")
      },
      APIRoute(.get, "/v1/rooms/{room}", access: .person) { [self] _, context in
        let name = APIRequest.room(of: context)
        let room = try await directory.show(name)
        guard context.person != nil else { return APIResponse.json(room) }
        return APIResponse.json(PersonRoomDocument(room, isRecorded: await directory.isRecorded(name)))
      },
      APIRoute(.patch, "/v1/rooms/{room}", access: .host) { [self] request, context in
        var fields = try await fields(of: request)
        guard context.person != nil else {
          let edit = try Self.roomEdit(&fields)
          return APIResponse.json(try await directory.change(APIRequest.room(of: context), edit))
        }
        // A host locks; what else a room is like was decided by whoever opened it.
        var edit = RoomEdit()
        edit.isLocked = fields.flag("locked")
        try fields.finish()
        return APIResponse.json(PersonRoomDocument(try await directory.change(APIRequest.room(of: context), edit)))
      },
      APIRoute(.delete, "/v1/rooms/{room}") { [self] _, context in
        try await directory.close(APIRequest.room(of: context), because: .ended)
        return APIResponse.noContent
      },
      APIRoute(.post, "/v1/rooms/{room}/actions/mute-all", access: .host) { [self] _, context in
        let count = try await directory.muteAll(APIRequest.room(of: context), true)
        return APIResponse.json(["changed": count])
      },
      APIRoute(.post, "/v1/rooms/{room}/actions/unmute-all", access: .host) { [self] _, context in
        let count = try await directory.muteAll(APIRequest.room(of: context), false)
        return APIResponse.json(["changed": count])
      },
    ]
  }

  /// Reads the body of a new room.
  private static func newRoom(
    _ fields: inout JSONFields, defaults: BridgeConfiguration.RoomDefaults
  ) throws(Problem) -> (String, RoomSettings, RoomRules, RecordingContent?) {
    let name = fields.text("name", RoomName.allowed, required: true, where: RoomName.isValid)
    let settings = RoomSettings(
      talkers: talkers(&fields) ?? defaults.talkers,
      layout: fields.choice("layout", LayoutName.self)?.layout ?? defaults.layout,
      encoding: fields.choice("encoding", RoomSettings.Encoding.self) ?? defaults.encoding,
      frame: fields.one("frameMilliseconds", of: RoomRules.frames, by: \.milliseconds) ?? .ms20,
      capacity: fields.whole("capacity", 1...RoomRules.mostMembers) ?? defaults.capacity,
      levelCapacity: fields.whole("levelCapacity", 0...RoomRules.mostLevels) ?? defaults.levelCapacity)
    var rules = RoomRules(
      idleTimeoutSeconds: defaults.idleTimeoutSeconds, mediaTimeoutSeconds: defaults.mediaTimeoutSeconds)
    let edit = rulesEdit(&fields)
    let wish = recordingWish(&fields)
    try fields.finish()
    edit.apply(to: &rules)
    return (name ?? "", settings, rules, wish)
  }

  /// Reads the body of a change; how a room mixes cannot be changed.
  private static func roomEdit(_ fields: inout JSONFields) throws(Problem) -> RoomEdit {
    let fixed = ["name", "talkers", "layout", "encoding", "frameMilliseconds", "capacity", "levelCapacity", "record"]
    for fixed in fixed where fields.has(fixed) {
      fields.complain(fixed, "is fixed when the room is opened")
    }
    let edit = rulesEdit(&fields)
    // Not known here, and complained of already.
    let complained = fields.mistakes.count
    do {
      try fields.finish()
    } catch {
      guard complained > 0 else { throw error }
      var seen: Set<String> = []
      throw .invalid(error.errors.filter { seen.insert($0.field).inserted })
    }
    return edit
  }

  private static func rulesEdit(_ fields: inout JSONFields) -> RoomEdit {
    var edit = RoomEdit()
    let hasPIN = fields.has("pin")
    let pin = fields.text("pin", "4 to 12 digits, or null for none") { pin in
      RoomRules.pinLengths.contains(pin.utf8.count) && pin.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    if hasPIN { edit.pin = .some(pin) }
    edit.isLocked = fields.flag("locked")
    edit.waitsForHost = fields.flag("waitForHost")
    edit.endsWhenHostLeaves = fields.flag("endWhenHostLeaves")
    edit.tones = fields.choice("tones", ToneRule.self)
    edit.idleTimeoutSeconds = fields.whole("idleTimeoutSeconds", 0...RoomRules.longestTimeoutSeconds)
    edit.mediaTimeoutSeconds = fields.whole("mediaTimeoutSeconds", 0...RoomRules.longestTimeoutSeconds)
    return edit
  }

  private static func talkers(_ fields: inout JSONFields) -> RoomSettings.Talkers? {
    fields.either("talkers", "a whole number from 1 to 32, or \"all\"") { value in
      switch value {
      case .text("all"): .all
      case .number(let number):
        Int(exactly: number).flatMap { RoomRules.talkerCounts.contains($0) ? .loudest($0) : nil }
      default: nil
      }
    }
  }
}

/// `mono` and `stereo`, as the API writes them.
private enum LayoutName: String, CaseIterable {
  case mono, stereo

  var layout: ChannelLayout { self == .mono ? .mono : .stereo }
}
