import Foundation
import HTTPTypes
import Hummingbird

extension BridgeAPI {
  /// How long an invitation may hold, in seconds.
  private static let invitationSeconds = 60...31_536_000
  /// How long a session holds: a day.
  private static let sessionSeconds = 86_400
  static var sessionTime: TimeInterval { TimeInterval(sessionSeconds) }

  /// Invitations, and the sessions that they open.
  var invitationRoutes: [APIRoute] {
    [
      APIRoute(.post, "/v1/rooms/{room}/invitations", access: .host) { [self] request, context in
        let room = APIRequest.room(of: context)
        guard RoomName.isValid(room) else { throw RoomError.roomUnknown(room) }
        var fields = try await fields(of: request)
        let role = fields.choice("role", MemberRole.self) ?? .participant
        let seconds = fields.whole("expiresInSeconds", Self.invitationSeconds) ?? 86_400
        try fields.finish()
        return APIResponse.json(invite(to: room, as: role, seconds: seconds), status: .created)
      },
      APIRoute(.delete, "/v1/rooms/{room}/invitations/{invitation}", access: .host) { [self] _, context in
        let id = context.parameters.get("invitation") ?? ""
        guard TokenSigner.isID(id) else { throw Problem(.notFound, "No invitation can have that id.") }
        let now = clock.wall
        signer.revoke(
          .invitation, id, of: APIRequest.room(of: context),
          until: now.addingTimeInterval(TimeInterval(Self.invitationSeconds.upperBound)), at: now)
        return APIResponse.noContent
      },
      APIRoute(.get, "/v1/invitation", access: .invited) { [self] _, context in
        let grant = try context.grant
        return APIResponse.json(await directory.describe(grant))
      },
      APIRoute(.post, "/v1/sessions", access: .invited) { [self] request, context in
        var fields = try await fields(of: request)
        let name = fields.label("name", longest: 100, required: true)
        let pin = fields.text("pin", "a text of at most 64 characters") { $0.utf8.count <= 64 }
        try fields.finish()
        var grant = try context.grant
        grant.hasShownPIN = try await directory.checkPIN(pin, of: grant.room)
        (grant.id, grant.name) = (TokenSigner.makeID(), name ?? "")
        grant.expiresAt = clock.wall.addingTimeInterval(TimeInterval(Self.sessionSeconds))
        return APIResponse.json(
          SessionDocument(grant, token: signer.token(.session, grant)), status: .created)
      },
    ]
  }

  /// Makes a link that lets people into a room.
  func invite(to room: String, as role: MemberRole, seconds: Int) -> InvitationDocument {
    let grant = Grant(
      id: TokenSigner.makeID(), room: room, role: role,
      expiresAt: clock.wall.addingTimeInterval(TimeInterval(seconds)))
    return InvitationDocument(grant, token: signer.token(.invitation, grant))
  }
}

/// An invitation as its maker gets it, once.
package struct InvitationDocument: Encodable, Sendable {
  var id: String
  var room: String
  var role: MemberRole
  var expiresAt: String
  var token: String
  /// Behind the bridge's address: a fragment, which browsers send to nobody.
  var path: String

  init(_ grant: Grant, token: String) {
    id = grant.id
    room = grant.room
    role = grant.role
    expiresAt = APITime.text(grant.expiresAt)
    self.token = token
    path = "/#\(token)"
  }
}

/// What whoever has an invitation may know before they join.
package struct InvitedRoomDocument: Encodable, Sendable {
  var room: String
  var role: MemberRole
  var expiresAt: String
  var open: Bool
  var needsPIN: Bool
  var locked: Bool
}

/// A session as the person gets it, once.
package struct SessionDocument: Encodable, Sendable {
  var id: String
  var token: String
  var room: String
  var role: MemberRole
  var name: String
  var expiresAt: String

  init(_ grant: Grant, token: String) {
    id = grant.id
    self.token = token
    room = grant.room
    role = grant.role
    name = grant.name
    expiresAt = APITime.text(grant.expiresAt)
  }
}

extension RoomDirectory {
  /// Where an invitation leads.
  func describe(_ grant: Grant) -> InvitedRoomDocument {
    let room = rooms[grant.room]
    return InvitedRoomDocument(
      room: grant.room, role: grant.role, expiresAt: APITime.text(grant.expiresAt), open: room != nil,
      needsPIN: room?.rules.pin != nil, locked: room?.rules.isLocked ?? false)
  }

  /// A person as they are now: with the role and the name of their member, where they are in the room.
  func current(_ person: Grant) -> Grant {
    guard let room = rooms[person.room], let member = room.member(of: person.id).flatMap({ room.members[$0] })
    else { return person }
    var current = person
    (current.role, current.name) = (member.role, member.name)
    return current
  }

  /// Whether a person may see and share what is in the room: those who are in it, and those who could join it now.
  func checkAdmission(_ person: Grant) throws(RoomError) {
    guard let room = rooms[person.room], room.member(of: person.id) == nil else { return }
    if room.rules.isLocked && person.role != .host { throw .roomLocked }
    // The session is older than the PIN: another one has to be opened with it.
    if room.rules.pin != nil && !person.hasShownPIN { throw .pinNeeded }
  }

  /// Checks a PIN for a session; wrong ones are slowed down as those of joins are. False where the room has none.
  func checkPIN(_ pin: String?, of name: String) throws(RoomError) -> Bool {
    let rules = try room(name).rules
    if rules.pin != nil && pin == nil { throw .pinNeeded }
    do throws(RoomError) {
      try rooms[name]?.checkPIN(pin, at: clock.monotonic)
    } catch {
      if error == .pinWrong { logger.notice("wrong PIN", metadata: ["room": "\(name)"]) }
      throw error
    }
    return rules.pin != nil
  }
}
