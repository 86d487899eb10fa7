import Conference
import MediaBase
import RTC

/// A WebRTC leg that has joined.
struct JoinedPeer: Sendable {
  var member: MemberDocument
  /// The answer to the offer, as SDP.
  var answer: String
  /// Names the ICE session, until the next restart.
  var entityTag: String
}

/// A part of an offer that came later.
enum TrickleOutcome: Sendable, Equatable {
  /// Nothing is to be done for it.
  case taken
  /// ICE begins anew: the fragment of our side, and the new session's name.
  case restarted(fragment: String, entityTag: String)
  /// The condition is about a session that is gone.
  case outdated
}

/// WebRTC legs: they join by an offer, and are members like all others.
extension RoomDirectory {
  /// Takes whoever offers into the room.
  func join(_ name: String, _ joiner: Joiner, _ offer: PeerOffer) async throws(RoomError) -> JoinedPeer {
    let settings = try room(name).settings
    var request = JoinRequest(
      name: joiner.name, role: joiner.role, pin: joiner.pin, leg: LegSettings(offer, in: settings))
    request.isMuted = joiner.isMuted
    request.direction = offer.direction
    (request.session, request.hasShownPIN) = (joiner.session, joiner.hasShownPIN)
    let member = try await join(name, request)
    guard let id = MemberID(text: member.id) else { preconditionFailure("a member's id that is none") }
    if let session = joiner.session { try await keepNewest(of: session, id, in: name) }
    let leg = try leg(name, id)
    guard let peer = leg.peer else {
      try await removeMember(name, id, because: .left)
      throw .unsupported("This bridge's media side has no WebRTC.")
    }
    var answer = PeerAnswerText(
      offer, credentials: peer.credentials, candidates: peer.candidates, fingerprint: peer.fingerprint,
      ssrc: leg.ssrc, cname: Self.canonicalName(leg.ssrc), session: .random(in: .min ... .max))
    answer.opus.want(settings)
    return JoinedPeer(
      member: member, answer: answer.text, entityTag: EntityTag.text(of: peer.credentials))
  }

  /// A person is in a room once: whoever joins last stays, however many joins were under way at once.
  private func keepNewest(of session: String, _ id: MemberID, in name: String) async throws(RoomError) {
    let all = rooms[name]?.members.values.filter { $0.session == session }.map(\.id) ?? []
    let newest = all.max { $0.rawValue < $1.rawValue }
    for older in all where older != newest { try? await removeMember(name, older, because: .left) }
    guard id == newest else { throw .memberUnknown(id.text) }
  }

  /// As the room's RTCP calls a source (RFC 7022): its SSRC in eight hexadecimal digits.
  private static func canonicalName(_ ssrc: SSRC) -> String {
    let digits = String(ssrc.rawValue, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Whose a member is; `nil` where they are no person's.
  func session(of id: MemberID, in name: String) throws(RoomError) -> String? {
    guard let member = try room(name).members[id] else { throw .memberUnknown(id.text) }
    return member.session
  }

  /// Whether a member came over WebRTC; throws where there is no such one.
  func checkPeer(_ name: String, _ id: MemberID) throws(RoomError) {
    guard try room(name).members[id]?.peer != nil else { throw .memberUnknown(id.text) }
  }

  /// Takes what came later (RFC 9725, 4.3): candidates, or new credentials, which restart ICE.
  func trickle(
    _ name: String, _ id: MemberID, _ fragment: TrickleFragment, under condition: EntityTag
  ) async throws(RoomError) -> TrickleOutcome {
    guard let peer = try room(name).members[id]?.peer else { throw .memberUnknown(id.text) }
    guard condition.holds(for: peer.ours) else { return .outdated }
    guard let theirs = fragment.credentials, theirs != peer.theirs else { return .taken }
    let answer: PeerAnswer
    do {
      answer = try await media.restartICE(of: id, with: theirs)
    } catch {
      throw RoomError(error, room: name)
    }
    rooms[name]?.noteRestart(of: id, theirs: theirs, ours: answer.credentials)
    return .restarted(
      fragment: fragment.answer(answer.credentials, answer.candidates),
      entityTag: EntityTag.text(of: answer.credentials))
  }
}
