import Conference
import Hummingbird
import MediaBase

extension BridgeAPI {
  /// `/v1/rooms/{room}/groups` and below: whisper groups.
  var groupRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms/{room}/groups") { [self] _, context in
        let groups = try await directory.listGroups(APIRequest.room(of: context))
        return APIResponse.json(PageDocument(items: groups, next: nil))
      },
      APIRoute(.put, "/v1/rooms/{room}/groups/{group}") { [self] request, context in
        let name = context.parameters.get("group") ?? ""
        guard RoomName.isValid(name) else {
          throw Problem.invalid([FieldMistake(field: "group", detail: "the group's name must be \(RoomName.allowed)")])
        }
        var fields = try await fields(of: request)
        let group = try Self.group(&fields)
        return APIResponse.json(try await directory.setGroup(APIRequest.room(of: context), name, group))
      },
      APIRoute(.delete, "/v1/rooms/{room}/groups/{group}") { [self] _, context in
        let name = String((context.parameters.get("group") ?? "").prefix(RoomName.longest + 1))
        try await directory.removeGroup(APIRequest.room(of: context), name)
        return APIResponse.noContent
      },
    ]
  }

  private static func group(_ fields: inout JSONFields) throws(Problem) -> WhisperGroup {
    let texts = fields.texts("members", most: 1_000, required: true) ?? []
    var members: Set<MemberID> = []
    for text in texts {
      if let id = MemberID(text: text) {
        members.insert(id)
      } else {
        fields.complain("members", "has '\(text.prefix(60))', which is no member's id")
      }
    }
    let heard = fields.level("heardByOthers") ?? .silence
    let hears = fields.level("hearsOthers") ?? .unity
    try fields.finish()
    return WhisperGroup(members: members, heardByOthers: heard, hearsOthers: hears)
  }
}
