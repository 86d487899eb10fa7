import Conference
import HTTPTypes
import Hummingbird
import NIOCore
import RTC

extension BridgeAPI {
  /// `/v1/rooms/{room}/whip`: WebRTC legs, joined in the manner of WHIP (RFC 9725) with both directions in one session.
  var peerRoutes: [APIRoute] {
    [
      APIRoute(.options, "/v1/rooms/{room}/whip", access: .anyone) { _, _ in
        Response(status: .noContent, headers: [.allow: "OPTIONS, POST", .acceptPost: SessionBody.description])
      },
      APIRoute(.post, "/v1/rooms/{room}/whip", access: .person) { [self] request, context in
        let offer = try await offer(of: request)
        let joiner: Joiner
        if let person = context.person {
          joiner = try Joiner(person, query: APIRequest.query(of: request, allowed: ["muted"]))
        } else {
          joiner = try Joiner(query: APIRequest.query(of: request, allowed: ["name", "role", "muted"]))
        }
        return Self.created(try await directory.join(APIRequest.room(of: context), joiner, offer))
      },
      APIRoute(.patch, "/v1/rooms/{room}/whip/{member}", access: .person) { [self] request, context in
        try await trickle(request, context)
      },
      APIRoute(.delete, "/v1/rooms/{room}/whip/{member}", access: .person) { [self] _, context in
        let (room, member) = (APIRequest.room(of: context), try APIRequest.member(of: context))
        try await checkPeer(room, member, of: context.person)
        try await directory.removeMember(room, member, because: .left)
        return Response(status: .ok)
      },
    ]
  }

  /// Whether there is such a leg, and it is the person's own, where a person asks.
  private func checkPeer(_ room: String, _ member: MemberID, of person: Grant?) async throws {
    try await directory.checkPeer(room, member)
    guard let person else { return }
    guard try await directory.session(of: member, in: room) == person.id else {
      throw Problem(.forbidden, "That is somebody else's connection.")
    }
  }

  /// The offer of a request, checked.
  func offer(of request: Request) async throws -> PeerOffer {
    let bytes = try await sessionBody(of: request, type: SessionBody.description)
    do throws(PeerOfferError) {
      return try PeerOffer(bytes.span)
    } catch {
      throw Problem(error.isMalformed ? .offerMalformed : .offerUnusable, "\(error)")
    }
  }

  /// RFC 9725, 4.2: the answer, and where the session is from now on.
  static func created(_ peer: JoinedPeer) -> Response {
    Response(
      status: .created,
      headers: [
        .contentType: SessionBody.description, .cacheControl: "no-store", .eTag: peer.entityTag,
        .location: "/v1/rooms/\(peer.member.room)/whip/\(peer.member.id)",
      ], body: ResponseBody(byteBuffer: ByteBuffer(string: peer.answer)))
  }

  /// RFC 9725, 4.3.
  private func trickle(_ request: Request, _ context: APIContext) async throws -> Response {
    let (room, member) = (APIRequest.room(of: context), try APIRequest.member(of: context))
    try await checkPeer(room, member, of: context.person)
    let bytes = try await sessionBody(of: request, type: SessionBody.fragment)
    guard let field = request.headers[.ifMatch] else {
      throw Problem(.conditionMissing, "Send If-Match with the session's ETag; or with * to restart ICE.")
    }
    let fragment: TrickleFragment
    do {
      fragment = try TrickleFragment(bytes.span)
    } catch {
      throw Problem(.offerMalformed, "The body is no fragment of a session description as RFC 8840 has it.")
    }
    switch try await directory.trickle(room, member, fragment, under: EntityTag(field: field)) {
    case .taken: return APIResponse.noContent
    case .outdated:
      throw Problem(.sessionChanged, "If-Match names another ICE session than the one that goes on.")
    case .restarted(let text, let entityTag):
      return Response(
        status: .ok,
        headers: [.contentType: SessionBody.fragment, .cacheControl: "no-store", .eTag: entityTag],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  }

  private func sessionBody(of request: Request, type: String) async throws -> [UInt8] {
    let given = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    guard given == type else { throw Problem(.unsupportedMediaType, "The body must be \(type).") }
    let limit = min(configuration.limits.bodyBytes, SessionLine.mostBytes)
    return Array(try await APIRequest.body(of: request, limit: limit).readableBytesView)
  }
}

/// The types of bodies of signalling.
private enum SessionBody {
  /// RFC 8866, 8.1.
  static let description = "application/sdp"
  /// RFC 8840, 9.
  static let fragment = "application/trickle-ice-sdpfrag"
}

extension HTTPField.Name {
  /// What may be posted there.
  fileprivate static var acceptPost: HTTPField.Name {
    guard let name = HTTPField.Name("Accept-Post") else { preconditionFailure("a name that is a token") }
    return name
  }
}
