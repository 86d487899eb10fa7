import BridgeServer
import Foundation
import HTTPTypes
import Testing

@Suite("Invitations and sessions")
struct InvitationTests {
  private func invite(_ bridge: TestBridge, _ fields: String = "{}", room: String = "daily") async throws -> String {
    let answer = try await bridge.ask(.post, "/v1/rooms/\(room)/invitations", fields)
    #expect(answer.status == 201)
    return try #require(answer.json["token"] as? String)
  }

  private func openSession(_ bridge: TestBridge, _ role: String, room: String = "daily") async throws -> String {
    let link = try await invite(bridge, #"{"role": "\#(role)"}"#, room: room)
    let answer = try await bridge.ask(.post, "/v1/sessions", #"{"name": "Ada"}"#, token: link)
    #expect(answer.status == 201)
    return try #require(answer.json["token"] as? String)
  }

  @Test func aLinkOpensASessionForItsRoomAndRole() async throws {
    let bridge = try TestBridge()
    let link = try await invite(bridge, #"{"role": "host", "expiresInSeconds": 60}"#)
    #expect(link.hasPrefix("inv_") && link.utf8.count < 64)
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).json["open"] as? Bool == false)
    #expect(try await bridge.ask(.post, "/v1/sessions", #"{"name": "Ada"}"#, token: link).code == "room-not-found")
    try await bridge.openRoom()
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).json["open"] as? Bool == true)
    let session = try await bridge.ask(.post, "/v1/sessions", #"{"name": "Ada 👋"}"#, token: link)
    #expect(session.json["role"] as? String == "host" && session.json["room"] as? String == "daily")
    #expect(session.json["name"] as? String == "Ada 👋")
    bridge.clock.advance(bySeconds: 60)
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).status == 401)
  }

  @Test func thePINIsAskedForWhenTheSessionIsOpened() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""pin": "1234""#)
    let link = try await invite(bridge)
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).json["needsPIN"] as? Bool == true)
    for (pin, code) in [("", "pin-needed"), (#", "pin": "9999""#, "wrong-pin"), (#", "pin": "1234""#, nil)] {
      let answer = try await bridge.ask(.post, "/v1/sessions", #"{"name": "Ada"\#(pin)}"#, token: link)
      #expect(answer.code == code)
    }
    for _ in 0..<3 { _ = try await bridge.ask(.post, "/v1/sessions", #"{"name": "A", "pin": "1"}"#, token: link) }
    let slowed = try await bridge.ask(.post, "/v1/sessions", #"{"name": "A", "pin": "1234"}"#, token: link)
    #expect(slowed.code == "too-many-wrong-pins")
  }

  @Test func aRevokedInvitationOpensNothing() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let answer = try await bridge.ask(.post, "/v1/rooms/daily/invitations", "{}")
    let (id, link) = (answer.json["id"] as? String ?? "", answer.json["token"] as? String ?? "")
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/invitations/\(id)").status == 204)
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).code == "invitation-revoked")
  }

  /// Whoever is not named at a route is refused there, whatever the route is.
  @Test func everyRouteLetsInOnlyThoseThatItNames() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.openRoom("other")
    let link = try await invite(bridge)
    let tokens = [
      ("invitation", link), ("participant", try await openSession(bridge, "participant")),
      ("host", try await openSession(bridge, "host")),
      ("stranger", try await openSession(bridge, "host", room: "other")),
    ]
    for route in bridge.host.api.routes where route.access != .anyone {
      let path = route.path.replacing("{room}", with: "daily").replacing("{member}", with: "1")
      for (who, token) in tokens {
        let isAllowed =
          switch route.access {
          case .anyone: true
          case .operatorOnly: false
          case .invited: who == "invitation"
          case .person: who == "participant" || who == "host"
          case .host: who == "host"
          }
        guard !isAllowed else { continue }
        let answer = try await bridge.ask(route.method, path, "{}", token: token)
        #expect(answer.status == 403 && answer.code == "forbidden", "\(who) \(route.method) \(path)")
      }
    }
  }

  @Test func aTokenThatWasChangedInAnyLetterIsForged() throws {
    let signer = TokenSigner(secret: "a secret of the operator")
    let bridge = try TestBridge()
    let token = bridge.host.api.signer.invitationForTests
    #expect(bridge.host.api.signer.read(token, at: .distantPast) != .forged)
    #expect(signer.read(token, at: .distantPast) == .forged)
    let letters = Array(token)
    for place in 4..<letters.count - 1 {
      var changed = letters
      changed[place] = changed[place] == "A" ? "B" : "A"
      #expect(bridge.host.api.signer.read(String(changed), at: .distantPast) == .forged, "\(place)")
    }
    for length in 4..<letters.count {
      #expect(bridge.host.api.signer.read(String(letters[..<length]), at: .distantPast) == .forged, "\(length)")
    }
    #expect(bridge.host.api.signer.read("ses_" + token.dropFirst(4), at: .distantPast) == .forged)
    #expect(bridge.host.api.signer.read("inv_" + String(repeating: "A", count: 100_000), at: .distantPast) == .forged)
  }
}

extension TokenSigner {
  /// Any invitation of this signer.
  fileprivate var invitationForTests: String {
    token(.invitation, Grant(id: "AAAAbbbbCCCC", room: "daily", expiresAt: Date(timeIntervalSince1970: 2_000_000_000)))
  }
}
