import BridgeServer
import Conference
import Foundation
import HTTPTypes
import Testing

/// What people may see and do in the room that they were invited to.
@Suite("People in a room")
struct PersonTests {
  private let bridge: TestBridge

  init() throws {
    bridge = try TestBridge()
  }

  /// A session of that role, in the room by WebRTC: its token and member.
  private func enter(_ name: String, _ role: String = "participant") async throws -> (token: String, member: String) {
    let link = try await bridge.ask(.post, "/v1/rooms/daily/invitations", #"{"role": "\#(role)"}"#).json["token"]
    let session = try await bridge.ask(
      .post, "/v1/sessions", #"{"name": "\#(name)"}"#, token: try #require(link as? String))
    let token = try #require(session.json["token"] as? String)
    return (token, try await join(token))
  }

  private func join(_ token: String) async throws -> String {
    let answer = try await bridge.signal(.post, "/v1/rooms/daily/whip", SampleOffer.audio, token: token)
    try #require(answer.status == 201, "\(answer.body)")
    return try #require(answer.headers[.location]?.split(separator: "/").last.map(String.init))
  }

  @Test func aPersonSeesNoAddressAndNoFigures() async throws {
    try await bridge.openRoom()
    try await bridge.join("Plain")
    let ada = try await enter("Ada")
    let room = try await bridge.ask(.get, "/v1/rooms/daily", token: ada.token)
    #expect(
      Set(room.json.keys) == ["name", "openedAt", "locked", "waitingForHost", "members", "talking", "recording"])
    let members = try await bridge.ask(.get, "/v1/rooms/daily/members", token: ada.token)
    let items = try #require(members.json["items"] as? [[String: Any]])
    #expect(items.map { $0["name"] as? String } == ["Plain", "Ada"])
    #expect(items.allSatisfy { $0["rtp"] == nil && $0["webrtc"] == nil && $0["quality"] == nil })
    #expect(items[1]["session"] is String && items[0]["session"] == nil)
    #expect(!members.body.contains("127.0.0.1"))
  }

  @Test func thePersonsEventsTellWhatTheyMayKnow() async throws {
    try await bridge.openRoom()
    try await bridge.join("Plain")
    await bridge.tell(.digit(MemberID(rawValue: 1), "5"))
    await bridge.tell(.talking(MemberID(rawValue: 1), true))
    let filter = EventHub.Filter(room: "daily", session: "somebody")
    let frames = try #require(bridge.host.hub.subscribe(filter, after: "another-1")).replay
    #expect(frames.dropFirst().map { $0.split(separator: "\n")[1] } == ["event: memberJoined", "event: talking"])
    #expect(!frames.joined().contains("127.0.0.1"))
  }

  @Test func aPersonChangesThemselvesAndNobodyElse() async throws {
    try await bridge.openRoom()
    let (ada, bert) = (try await enter("Ada"), try await enter("Bert"))
    let path = "/v1/rooms/daily/members/"
    let muted = try await bridge.ask(
      .patch, path + ada.member, #"{"selfMuted": true, "raisedHand": true}"#, token: ada.token)
    #expect(muted.json["selfMuted"] as? Bool == true && muted.json["raisedHand"] as? Bool == true)
    #expect(
      try await bridge.ask(.patch, path + ada.member, #"{"muted": false}"#, token: ada.token).wrongFields == ["muted"])
    #expect(
      try await bridge.ask(.patch, path + ada.member, #"{"role": "host"}"#, token: ada.token).wrongFields == ["role"])
    #expect(try await bridge.ask(.patch, path + bert.member, #"{"selfMuted": true}"#, token: ada.token).status == 403)
    #expect(try await bridge.ask(.delete, path + bert.member, token: ada.token).status == 403)
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/whip/" + bert.member, token: ada.token).status == 403)
    #expect(try await bridge.ask(.patch, "/v1/rooms/daily", #"{"locked": true}"#, token: ada.token).status == 403)
    #expect(try await bridge.ask(.delete, path + ada.member, token: ada.token).status == 204)
  }

  @Test func aHostMutesLocksAndPutsOut() async throws {
    try await bridge.openRoom()
    let (host, ada) = (try await enter("Grace", "host"), try await enter("Ada"))
    let path = "/v1/rooms/daily/members/" + ada.member
    let muted = try await bridge.ask(.patch, path, #"{"muted": true, "gain": -6}"#, token: host.token)
    #expect(muted.json["muted"] as? Bool == true && muted.json["gain"] as? Double == -6)
    let locked = try await bridge.ask(.patch, "/v1/rooms/daily", #"{"locked": true}"#, token: host.token)
    #expect(locked.json["locked"] as? Bool == true)
    #expect(
      try await bridge.ask(.patch, "/v1/rooms/daily", #"{"pin": "9999"}"#, token: host.token).wrongFields == ["pin"])
    #expect(try await bridge.ask(.delete, path, token: host.token).status == 204)
    #expect(bridge.events().last?.data["reason"] as? String == "kicked")
    let back = try await bridge.ask(.get, "/v1/rooms/daily", token: ada.token)
    #expect(back.status == 403 && back.code == "session-revoked")
  }

  @Test func whoJoinsAgainTakesTheirOwnPlaceAlsoInALockedRoom() async throws {
    try await bridge.openRoom()
    let ada = try await enter("Ada")
    #expect(try await bridge.ask(.patch, "/v1/rooms/daily", #"{"locked": true}"#).status == 200)
    let again = try await join(ada.token)
    #expect(again != ada.member)
    let members = try await bridge.ask(.get, "/v1/rooms/daily/members").json["items"] as? [[String: Any]]
    #expect(members?.map { $0["id"] as? String } == [again])
  }

  @Test func ofJoinsAtOnceBySameSessionOneIsLeft() async throws {
    try await bridge.openRoom()
    let ada = try await enter("Ada")
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          _ = try? await bridge.signal(.post, "/v1/rooms/daily/whip", SampleOffer.audio, token: ada.token)
        }
      }
    }
    let members = try await bridge.ask(.get, "/v1/rooms/daily/members").json["items"] as? [[String: Any]]
    #expect(members?.map { $0["id"] as? String } == ["9"])
    let wrong = try await bridge.signal(.post, "/v1/rooms/daily/whip?muted=banana", SampleOffer.audio, token: ada.token)
    #expect(wrong.status == 400)
  }

  @Test func aLockAndALaterPINKeepOutWhoIsNotThere() async throws {
    try await bridge.openRoom()
    let (ada, late) = (try await enter("Ada"), try await enter("Late"))
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/members/\(late.member)", token: late.token).status == 204)
    for (body, code) in [(#"{"locked": true}"#, "room-locked"), (#"{"locked": false, "pin": "4711"}"#, "pin-needed")] {
      #expect(try await bridge.ask(.patch, "/v1/rooms/daily", body).status == 200)
      for path in ["/items", "/members", "/events"] {
        #expect(try await bridge.ask(.get, "/v1/rooms/daily" + path, token: late.token).code == code, "\(path)")
      }
      let chat = #"{"kind": "chat", "text": "a"}"#
      #expect(try await bridge.ask(.post, "/v1/rooms/daily/items", chat, token: late.token).code == code)
      #expect(
        try await bridge.signal(.post, "/v1/rooms/daily/whip", SampleOffer.audio, token: late.token).code == code)
      #expect(try await bridge.ask(.get, "/v1/rooms/daily/items", token: ada.token).status == 200)
    }
  }

  @Test func rightsAndNameAreThoseOfTheMember() async throws {
    try await bridge.openRoom()
    let (host, ada) = (try await enter("Grace", "host"), try await enter("Ada"))
    let path = "/v1/rooms/daily/members/"
    #expect(try await bridge.ask(.patch, path + ada.member, #"{"role": "host"}"#, token: host.token).status == 200)
    #expect(
      try await bridge.ask(.patch, path + host.member, #"{"role": "participant"}"#, token: ada.token).status == 200)
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/actions/mute-all", "{}", token: ada.token).status == 200)
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/actions/mute-all", "{}", token: host.token).status == 403)
    #expect(try await bridge.ask(.patch, path + ada.member, #"{"name": "Countess"}"#, token: ada.token).status == 200)
    let chat = try await bridge.ask(.post, "/v1/rooms/daily/items", #"{"kind": "chat", "text": "a"}"#, token: ada.token)
    #expect((chat.json["from"] as? [String: Any])?["name"] as? String == "Countess")
  }

  @Test func aHostRevokesNothingOfAnotherRoom() async throws {
    try await bridge.openRoom()
    let host = try await enter("Grace", "host")
    try await bridge.openRoom("other")
    let other = try await bridge.ask(.post, "/v1/rooms/other/invitations", "{}")
    let (id, link) = (try #require(other.json["id"] as? String), try #require(other.json["token"] as? String))
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/invitations/\(id)", token: host.token).status == 204)
    #expect(try await bridge.ask(.get, "/v1/invitation", token: link).status == 200)
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/invitations/not-an-id!!!", token: host.token).status == 404)
  }

  @Test func whoWasPutOutReadsNoFurtherAndALaterCallTellsNothingOfThisOne() async throws {
    try await bridge.openRoom()
    let ada = try await enter("Ada")
    let members = try await bridge.ask(.get, "/v1/rooms/daily/members").json["items"] as? [[String: Any]]
    let session = try #require(members?.first?["session"] as? String)
    let filter = EventHub.Filter(room: "daily", session: session)
    let reading = try #require(bridge.host.hub.subscribe(filter))
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/members/\(ada.member)?reason=kicked").status == 204)
    let secret = #"{"kind": "chat", "text": "a secret"}"#
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/items", secret).status == 201)
    var read = ""
    for await frame in reading.frames { read += frame }
    #expect(read.contains("kicked") && !read.contains("secret"))
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily").status == 204)
    try await bridge.openRoom()
    let later = try #require(bridge.host.hub.subscribe(EventHub.Filter(room: "daily", session: "later"), after: "0"))
    #expect(!later.replay.joined().contains("secret"))
  }

  @Test func whatIsSharedIsSeenByAllAndByThoseWhoComeLater() async throws {
    try await bridge.openRoom()
    let ada = try await enter("Ada")
    let items = "/v1/rooms/daily/items"
    for body in [
      #"{"kind": "chat", "text": "two\nlines 👋"}"#,
      #"{"kind": "place", "latitude": 30.27, "longitude": 120.15, "label": "Hangzhou"}"#,
      #"{"kind": "card", "title": "Order", "text": "4711"}"#,
    ] {
      #expect(try await bridge.ask(.post, items, body, token: ada.token).status == 201)
    }
    let shared = bridge.events().filter { $0.name == "shared" }
    #expect(shared.map { $0.data["kind"] as? String } == ["chat", "place", "card"])
    #expect((shared[0].data["from"] as? [String: Any])?["name"] as? String == "Ada")
    let late = try await enter("Late", "listener")
    let list = try await bridge.ask(.get, items, token: late.token).json["items"] as? [[String: Any]]
    #expect(list?.map { $0["id"] as? String } == ["1", "2", "3"])
    #expect(list?.first?["text"] as? String == "two\nlines 👋")
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily").status == 204)
    try await bridge.openRoom()
    #expect((try await bridge.ask(.get, items).json["items"] as? [Any])?.isEmpty == true)
  }

  @Test(arguments: [
    (#"{"kind": "chat"}"#, "text"), (#"{"kind": "chat", "text": ""}"#, "text"),
    (#"{"kind": "chat", "text": "bell \u0007"}"#, "text"), (#"{"kind": "video"}"#, "kind"),
    (#"{"kind": "place", "latitude": 91, "longitude": 0}"#, "latitude"),
    (#"{"kind": "place", "latitude": 9}"#, "longitude"), (#"{"kind": "card", "text": "a"}"#, "title"),
  ])
  func whatCannotBeSharedIsNamed(_ body: String, field: String) async throws {
    try await bridge.openRoom()
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/items", body).wrongFields == [field])
  }

  @Test func whoSharesTooMuchAtOnceWaits() async throws {
    try await bridge.openRoom()
    let ada = try await enter("Ada")
    let body = #"{"kind": "chat", "text": "a"}"#
    var refused: TestBridge.Answer?
    for _ in 0..<11 { refused = try await bridge.ask(.post, "/v1/rooms/daily/items", body, token: ada.token) }
    #expect(refused?.status == 429 && refused?.code == "too-often")
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/items", body).status == 201)
    bridge.clock.advance(bySeconds: 1)
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/items", body, token: ada.token).status == 201)
  }

  @Test func thePageIsOpenToAllAndLetsNothingForeignRun() async throws {
    let page = try await bridge.ask(.get, "/", nil, headers: [:])
    #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
    let policy = try #require(page.headers[.contentSecurityPolicy])
    #expect(policy.hasPrefix("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"))
    // All that the page names is there, and nothing stands in it that could run.
    let names = page.body.matches(of: /"\/page\/([a-z.-]+)"/).map { String($0.1) }
    #expect(names.count > 5 && !page.body.contains("<script>") && !page.body.contains("style="))
    for name in Set(names) {
      let file = try await bridge.ask(.get, "/page/\(name)", nil, headers: [:])
      #expect(file.status == 200 && file.headers[.xContentTypeOptions] == "nosniff", "\(name)")
      let tag = try #require(file.headers[.eTag])
      let again = try await bridge.ask(.get, "/page/\(name)", nil, headers: [.ifNoneMatch: tag])
      #expect(again.status == 304 && again.body.isEmpty)
    }
    for name in ["none.js", "..%2F..%2Fetc%2Fpasswd", "PageFile.swift"] {
      #expect(try await bridge.ask(.get, "/page/\(name)", nil, headers: [:]).status == 404)
    }
  }
}
