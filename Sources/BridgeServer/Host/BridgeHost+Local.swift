import Conference

/// Rooms and members for the program itself, such as its demo: they are seen in the API and its events like all others.
extension BridgeHost {
  /// Opens a room that closes only when somebody closes it. Throws where the name is taken or no room can have it.
  public func openRoom(_ name: String, settings: RoomSettings = RoomSettings()) async throws {
    guard RoomName.isValid(name) else { throw RoomError.roomUnknown(name) }
    _ = try await directory.openRoom(
      name, settings: settings, rules: RoomRules(idleTimeoutSeconds: 0, mediaTimeoutSeconds: 0))
  }

  /// Takes a participant into a room; gives back where they are to send.
  public func join(_ room: String, name: String, leg: LegSettings) async throws -> JoinedLeg {
    let member = try await directory.join(room, JoinRequest(name: name, role: .participant, leg: leg))
    guard let id = MemberID(text: member.id) else { preconditionFailure("a member's id that is none") }
    return try await directory.leg(room, id)
  }

  /// A link that lets whoever opens it in a browser into a room, as a host, for a week.
  ///
  /// - Parameter port: where the API listens.
  public func hostLink(to room: String, port: Int) -> String {
    let http = api.configuration.http
    let place = ListenAddress(host: http.address.host, port: port)
    let path = api.invite(to: room, as: .host, seconds: 7 * 86_400).path
    return "\(http.certificate.isEmpty ? "http" : "https")://\(place)\(path)"
  }

  /// A room as the media side knows it; `nil` where there is none of that name.
  public func mediaRoom(_ name: String) async -> (id: RoomID, settings: RoomSettings)? {
    await directory.mediaRoom(name)
  }
}
