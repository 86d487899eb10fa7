import Foundation

/// Who asks.
package enum Principal: Sendable, Equatable {
  /// A bearer token of the operator: may do everything but open a session.
  case `operator`
  /// The bearer of a link: may see where it leads, and open a session.
  case invitation(Grant)
  /// A person in one room.
  case session(Grant)
}

/// What a signed token says: a plain value.
package struct Grant: Sendable, Equatable {
  /// 12 letters of base64url; nobody can guess it, and it is no secret.
  var id: String
  /// The room's name, whether it is open or not.
  var room: String
  var role: MemberRole
  /// To the second.
  var expiresAt: Date
  /// A person's; empty for an invitation.
  var name = ""
  /// Whether the room had a PIN when the session was opened, and it was shown. Whoever changes the PIN does not end sessions;
  /// whoever sets one does, but for those who are in the room.
  var hasShownPIN = false

  /// An invitation as a participant.
  package init(id: String, room: String, expiresAt: Date) {
    self.init(id: id, room: room, role: .participant, expiresAt: expiresAt)
  }

  init(id: String, room: String, role: MemberRole, expiresAt: Date, name: String = "", hasShownPIN: Bool = false) {
    self.id = id
    self.room = room
    self.role = role
    self.expiresAt = expiresAt
    self.name = name
    self.hasShownPIN = hasShownPIN
  }
}

/// Who may use a route.
package enum RouteAccess: Sendable, CaseIterable {
  /// Without any token.
  case anyone
  /// The operator alone: where nothing else is said.
  case operatorOnly
  /// The bearer of an invitation alone.
  case invited
  /// Whoever has a session for the room, and the operator.
  case person
  /// A host's session for the room, and the operator.
  case host

  /// Whether somebody may, in the room of the path; `nil` where the path has none.
  package func allows(_ principal: Principal?, in room: String?) -> Bool {
    switch (self, principal) {
    case (.anyone, _): true
    case (.operatorOnly, .operator), (.person, .operator), (.host, .operator): true
    case (.invited, .invitation): true
    case (.person, .session(let grant)): grant.room == room
    case (.host, .session(let grant)): grant.room == room && grant.role == .host
    default: false
    }
  }
}
