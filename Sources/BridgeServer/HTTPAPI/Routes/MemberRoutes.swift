import Conference
import Hummingbird
import MediaBase
import Mixing
import RTC

extension BridgeAPI {
  /// `/v1/rooms/{room}/members` and below.
  var memberRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms/{room}/members") { [self] request, context in
        let (after, limit) = try APIRequest.page(of: request)
        guard after == nil || after.flatMap({ MemberID(text: $0) }) != nil else {
          throw Problem.invalid([FieldMistake(field: "after", detail: "the query's after must be a member's id")])
        }
        let page = try await directory.listMembers(
          APIRequest.room(of: context), after: after.flatMap { MemberID(text: $0) }, limit: limit)
        return APIResponse.json(page)
      },
      APIRoute(.post, "/v1/rooms/{room}/members") { [self] request, context in
        var fields = try await fields(of: request)
        let join = try Self.joinRequest(&fields)
        let member = try await directory.join(APIRequest.room(of: context), join)
        return APIResponse.created(member, at: "/v1/rooms/\(member.room)/members/\(member.id)")
      },
      APIRoute(.get, "/v1/rooms/{room}/members/{member}") { [self] _, context in
        let member = try APIRequest.member(of: context)
        return APIResponse.json(try await directory.showMember(APIRequest.room(of: context), member))
      },
      APIRoute(.patch, "/v1/rooms/{room}/members/{member}") { [self] request, context in
        let member = try APIRequest.member(of: context)
        var fields = try await fields(of: request)
        let edit = try Self.memberEdit(&fields)
        return APIResponse.json(try await directory.changeMember(APIRequest.room(of: context), member, edit))
      },
      APIRoute(.delete, "/v1/rooms/{room}/members/{member}") { [self] request, context in
        let member = try APIRequest.member(of: context)
        let reason = try Self.leaveReason(of: request)
        try await directory.removeMember(APIRequest.room(of: context), member, because: reason)
        return APIResponse.noContent
      },
      APIRoute(.post, "/v1/rooms/{room}/members/{member}/digits") { [self] request, context in
        let member = try APIRequest.member(of: context)
        var fields = try await fields(of: request)
        let presses = try Self.keyPresses(&fields)
        try await directory.press(presses, to: member, in: APIRequest.room(of: context))
        return APIResponse.noContent
      },
    ]
  }

  private static func leaveReason(of request: Request) throws(Problem) -> LeaveReason {
    switch try APIRequest.query(of: request, allowed: ["reason"])["reason"] {
    case nil, "left": return .left
    case "kicked": return .kicked
    default:
      throw .invalid([FieldMistake(field: "reason", detail: "the query's reason must be one of left, kicked")])
    }
  }

  private static func joinRequest(_ fields: inout JSONFields) throws(Problem) -> JoinRequest {
    let name = fields.label("name", longest: 100, required: true)
    let role = fields.choice("role", MemberRole.self) ?? .participant
    let pin = fields.text("pin", "a text of at most 64 characters") { $0.utf8.count <= 64 }
    let isMuted = fields.flag("muted") ?? false
    let (gain, pan) = (gain(&fields), pan(&fields))
    let leg = fields.object("rtp", required: true) { LegReader.read(&$0) }
    try fields.finish()
    guard let name, let leg else { throw Problem(.internalError, "A body without mistakes that is no join.") }
    var request = JoinRequest(name: name, role: role, pin: pin, leg: leg)
    request.isMuted = isMuted
    request.gain = gain ?? .unity
    request.pan = pan ?? .centre
    return request
  }

  private static func memberEdit(_ fields: inout JSONFields) throws(Problem) -> MemberEdit {
    var edit = MemberEdit()
    edit.name = fields.label("name", longest: 100)
    edit.role = fields.choice("role", MemberRole.self)
    edit.isMutedByHost = fields.flag("muted")
    edit.isMutedBySelf = fields.flag("selfMuted")
    edit.isDeafened = fields.flag("deafened")
    edit.gain = gain(&fields)
    edit.pan = pan(&fields)
    edit.hasRaisedHand = fields.flag("raisedHand")
    for (text, level) in fields.levels("levels") ?? [:] {
      if let id = MemberID(text: text) {
        edit.levels[id] = level
      } else {
        fields.complain("levels", "has '\(text.prefix(60))', which is no member's id")
      }
    }
    try fields.finish()
    return edit
  }

  private static func keyPresses(_ fields: inout JSONFields) throws(Problem) -> KeyPresses {
    let most = KeyPresses.mostWaiting
    let digits = fields.text("digits", "1 to \(most) of 0-9, *, #, A-D", required: true) { text in
      (1...most).contains(text.unicodeScalars.count) && text.unicodeScalars.allSatisfy { TelephoneKey($0) != nil }
    }
    let tone = fields.whole("toneMilliseconds", KeyPresses.lengths)
    let pause = fields.whole("pauseMilliseconds", KeyPresses.lengths)
    try fields.finish()
    var presses = KeyPresses(keys: (digits ?? "").unicodeScalars.compactMap { TelephoneKey($0) })
    if let tone { presses.toneMilliseconds = tone }
    if let pause { presses.pauseMilliseconds = pause }
    return presses
  }

  private static func gain(_ fields: inout JSONFields) -> Decibels? {
    fields.number("gain", -60...20, " dB").map { Decibels($0) }
  }

  private static func pan(_ fields: inout JSONFields) -> Pan? {
    fields.number("pan", -1...1, ", left to right").map { Pan($0) }
  }
}
