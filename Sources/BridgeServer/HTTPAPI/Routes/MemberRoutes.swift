import Conference
import Foundation
import Hummingbird
import MediaBase
import Mixing
import RTC

extension BridgeAPI {
  /// `/v1/rooms/{room}/members` and below.
  var memberRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms/{room}/members", access: .person) { [self] request, context in
        let (after, limit) = try APIRequest.page(of: request)
        guard after == nil || after.flatMap({ MemberID(text: $0) }) != nil else {
          throw Problem.invalid([FieldMistake(field: "after", detail: "the query's after must be a member's id")])
        }
        let page = try await directory.listMembers(
          APIRequest.room(of: context), after: after.flatMap { MemberID(text: $0) }, limit: limit)
        guard context.person != nil else { return APIResponse.json(page) }
        return APIResponse.json(PageDocument(items: page.items.map(PersonDocument.init), next: page.next))
      },
      APIRoute(.post, "/v1/rooms/{room}/members") { [self] request, context in
        var fields = try await fields(of: request)
        let join = try Self.joinRequest(&fields)
        let member = try await directory.join(APIRequest.room(of: context), join)
        return APIResponse.created(member, at: "/v1/rooms/\(member.room)/members/\(member.id)")
      },
      APIRoute(.get, "/v1/rooms/{room}/members/{member}", access: .person) { [self] _, context in
        let member = try APIRequest.member(of: context)
        let document = try await directory.showMember(APIRequest.room(of: context), member)
        return context.person == nil ? APIResponse.json(document) : APIResponse.json(PersonDocument(document))
      },
      APIRoute(.patch, "/v1/rooms/{room}/members/{member}", access: .person) { [self] request, context in
        let member = try APIRequest.member(of: context)
        let room = APIRequest.room(of: context)
        var fields = try await fields(of: request)
        guard let person = context.person else {
          let edit = try Self.memberEdit(&fields)
          return APIResponse.json(try await directory.changeMember(room, member, edit))
        }
        let isSelf = try await directory.session(of: member, in: room) == person.id
        let edit = try Self.personEdit(&fields, isSelf: isSelf, isHost: person.role == .host)
        return APIResponse.json(PersonDocument(try await directory.changeMember(room, member, edit)))
      },
      APIRoute(.delete, "/v1/rooms/{room}/members/{member}", access: .person) { [self] request, context in
        let (room, member) = (APIRequest.room(of: context), try APIRequest.member(of: context))
        let session = try await directory.session(of: member, in: room)
        let reason = try leaveReason(of: request, by: context.person, whose: session)
        try await directory.removeMember(room, member, because: reason)
        // Put out, they do not come back by the same session.
        if reason == .kicked, let session {
          hub.finish(session: session)
          signer.revoke(
            .session, session, of: room, until: clock.wall.addingTimeInterval(Self.sessionTime), at: clock.wall)
        }
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

  /// Who leaves by themselves has left; hosts put others out, and nobody else does.
  private func leaveReason(of request: Request, by person: Grant?, whose session: String?) throws(Problem)
    -> LeaveReason
  {
    let reason = try Self.leaveReason(of: request)
    guard let person, person.id != session else { return reason }
    guard person.role == .host else { throw Problem(.forbidden, "Only a host may take others out of the room.") }
    return .kicked
  }

  /// What people may change: themselves, and hosts of others what a host decides.
  private static func personEdit(
    _ fields: inout JSONFields, isSelf: Bool, isHost: Bool
  ) throws(Problem) -> MemberEdit {
    guard isSelf || isHost else { throw Problem(.forbidden, "Only a host may change others.") }
    var edit = MemberEdit()
    if isSelf {
      edit.name = fields.label("name", longest: 100)
      edit.isMutedBySelf = fields.flag("selfMuted")
    }
    edit.hasRaisedHand = fields.flag("raisedHand")
    if isHost {
      edit.isMutedByHost = fields.flag("muted")
      edit.gain = gain(&fields)
      if !isSelf { edit.role = fields.choice("role", MemberRole.self) }
    }
    try fields.finish()
    return edit
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
