import BridgeServer
import Conference
import RTC
import Testing

@Suite struct PeerRouteTests {
  private let bridge: TestBridge
  private static let fragmentType = "application/trickle-ice-sdpfrag"

  init() throws {
    bridge = try TestBridge()
  }

  private func legs() -> [LegSettings] {
    bridge.media.state.withLock { state in state.legs.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value) }
  }

  @Test func anOfferIsAnsweredAndItsSenderIsAMember() async throws {
    try await bridge.openRoom()
    let answer = try await bridge.signal(
      .post, "/v1/rooms/daily/whip?name=Ada%20L&role=host&muted=true", SampleOffer.audio)
    #expect(answer.status == 201)
    #expect(answer.headers[.contentType] == "application/sdp")
    #expect(answer.headers[.location] == "/v1/rooms/daily/whip/1")
    #expect(answer.headers[.eTag] == "\"ours1\"")
    let lines = answer.body.split(separator: "\r\n")
    #expect(lines.contains("a=ice-ufrag:ours1"))
    #expect(lines.contains("a=candidate:1 1 udp 2130706431 127.0.0.1 20000 typ host"))
    #expect(lines.contains("a=ssrc:1000 cname:000003e8"))
    let leg = try #require(legs().first)
    #expect(leg.peer?.credentials.usernameFragment == "theirs")
    #expect(leg.peer?.role == .server)
    #expect(leg.format.payloadType == 111)
    #expect(leg.voice.isMuted)
    let member = try await bridge.ask(.get, "/v1/rooms/daily/members/1").json
    #expect(member["name"] as? String == "Ada L")
    #expect(member["role"] as? String == "host")
  }

  @Test func itIsSeenWhenThePathIsThere() async throws {
    try await bridge.openRoom()
    func isConnected(_ member: [String: Any]) -> Bool? { (member["webrtc"] as? [String: Any])?["connected"] as? Bool }
    #expect(isConnected(try await bridge.joinPeer("Ada").json) == false)
    await bridge.tell(.peerConnected(MemberID(rawValue: 1)))
    let event = try #require(bridge.events().last)
    #expect(event.name == "memberChanged")
    #expect(isConnected(event.data) == true)
    await bridge.tell(.peerLost(MemberID(rawValue: 1), .consentExpired))
    #expect(bridge.events().last?.data["reason"] as? String == "mediaLost")
  }

  @Test func whoOnlyListensIsNotMissed() async throws {
    try await bridge.openRoom()
    let offer = SampleOffer.offer(port: 9, direction: "recvonly")
    #expect(try await bridge.signal(.post, "/v1/rooms/daily/whip?name=Ada", offer).status == 201)
    let leg = try #require(legs().first)
    #expect(!leg.canTalk && leg.canHear)
    await bridge.tell(.mediaLost(MemberID(rawValue: 1), seconds: 60))
    await bridge.host.directory.expire()
    #expect(try await bridge.ask(.get, "/v1/rooms/daily/members/1").status == 200)
  }

  @Test func theFormatIsWhatRoomAndOfferBothCan() async throws {
    try await bridge.openRoom("daily", #""layout": "stereo""#)
    let wishes = ["a=fmtp:112 stereo=1;usedtx=1;maxaveragebitrate=40000", "a=ptime:60", "a=maxptime:40"]
    let offer = SampleOffer.offer(port: 9, types: "112", "a=rtpmap:112 opus/48000/2", wishes[0], wishes[1], wishes[2])
    let answer = try await bridge.signal(.post, "/v1/rooms/daily/whip?name=Ada", offer)
    let format = try #require(legs().first).format
    #expect(format.layout == .stereo)
    #expect(format.usesDTX && !format.usesFEC)
    #expect(format.bitsPerSecond == 40_000)
    #expect(format.packet == .ms40)
    #expect(
      answer.body.contains("a=fmtp:112 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000"))
  }

  @Test func offersThatCannotBeUsedAreRefusedInWords() async throws {
    try await bridge.openRoom()
    let path = "/v1/rooms/daily/whip?name=Ada"
    let noSDP = try await bridge.signal(.post, path, "hello")
    #expect(noSDP.status == 400 && noSDP.code == "offer-malformed")
    let video = try await bridge.signal(.post, path, SampleOffer.audio.replacing("m=audio", with: "m=video"))
    #expect(video.status == 422 && video.code == "offer-unusable")
    #expect(video.json["detail"] as? String == "no audio section is offered (m=audio)")
    #expect(try await bridge.signal(.post, path, SampleOffer.audio, type: "application/json").status == 415)
    let long = String(repeating: "a=x\r\n", count: 14_000)
    #expect(try await bridge.signal(.post, path, SampleOffer.audio + long).status == 413)
    let nameless = try await bridge.signal(.post, "/v1/rooms/daily/whip?role=x", SampleOffer.audio)
    #expect(nameless.status == 400 && Set(nameless.wrongFields) == ["name", "role"])
    #expect(try await bridge.signal(.post, "/v1/rooms/weekly/whip?name=Ada", SampleOffer.audio).status == 404)
    #expect(legs().isEmpty)
  }

  @Test func theRulesOfTheRoomHold() async throws {
    try await bridge.openRoom("daily", #""locked": true"#)
    let answer = try await bridge.signal(.post, "/v1/rooms/daily/whip?name=Ada", SampleOffer.audio)
    #expect(answer.status == 409 && answer.code == "room-locked")
    bridge.media.refuse(with: .overloaded(.admission))
    let host = try await bridge.signal(.post, "/v1/rooms/daily/whip?name=Ada&role=host", SampleOffer.audio)
    #expect(host.status == 503)
  }

  @Test func candidatesThatComeLaterAreTaken() async throws {
    try await bridge.openRoom()
    try await bridge.joinPeer("Ada")
    let fragment =
      "a=ice-ufrag:theirs\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    func patch(_ ifMatch: String?) async throws -> TestBridge.Answer {
      try await bridge.signal(.patch, "/v1/rooms/daily/whip/1", fragment, type: Self.fragmentType, ifMatch: ifMatch)
    }
    #expect(try await patch("\"ours1\"").status == 204)
    #expect(try await patch("\"other\", \"ours1\"").status == 204)
    #expect(try await patch("*").status == 204)
    #expect(try await patch("\"other\"").status == 412)
    #expect(try await patch("W/\"ours1\"").status == 412)
    #expect(try await patch(nil).status == 428)
  }

  @Test func newCredentialsRestartICE() async throws {
    try await bridge.openRoom()
    try await bridge.joinPeer("Ada")
    let fragment =
      "a=ice-ufrag:again\r\na=ice-pwd:zyxwvutsrqponmlkjihgfedc\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    let answer = try await bridge.signal(
      .patch, "/v1/rooms/daily/whip/1", fragment, type: Self.fragmentType, ifMatch: "*")
    #expect(answer.status == 200)
    #expect(answer.headers[.eTag] == "\"ours2\"")
    #expect(answer.body.contains("a=ice-ufrag:ours2\r\n"))
    #expect(answer.body.contains("a=mid:0\r\n"))
    #expect(legs().first?.peer?.credentials.usernameFragment == "again")
    // The same once more is late, and no further restart.
    let late = try await bridge.signal(
      .patch, "/v1/rooms/daily/whip/1", fragment, type: Self.fragmentType, ifMatch: "\"ours2\"")
    #expect(late.status == 204)
    let old = try await bridge.signal(
      .patch, "/v1/rooms/daily/whip/1", fragment, type: Self.fragmentType, ifMatch: "\"ours1\"")
    #expect(old.status == 412 && old.code == "session-changed")
  }

  @Test func leavingEndsTheMembership() async throws {
    try await bridge.openRoom()
    try await bridge.joinPeer("Ada")
    try await bridge.join("Grace")
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/whip/2").status == 404)
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/whip/1").status == 200)
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/whip/1").status == 404)
    #expect(bridge.media.state.withLock { $0.left } == [MemberID(rawValue: 1)])
  }

  @Test func passwordsAreNotLogged() async throws {
    try await bridge.openRoom()
    try await bridge.joinPeer("Ada")
    #expect(!bridge.logged.contains("abcdefghijklmnopqrstuvwx"))
    #expect(!bridge.logged.contains("pppppppp"))
  }
}
