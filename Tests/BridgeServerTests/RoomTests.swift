import BridgeServer
import Conference
import Foundation
import MediaBase
import Testing

@Suite("Rooms")
struct RoomTests {
  @Test func aRoomIsOpenedShownListedAndClosed() async throws {
    let bridge = try TestBridge()
    let opened = try await bridge.openRoom(
      "daily", #""talkers": "all", "layout": "stereo", "encoding": "music", "capacity": 9"#)
    #expect(opened.status == 201 && opened.headers[.location] == "/v1/rooms/daily")
    #expect(opened.json["talkers"] as? String == "all" && opened.json["hasPIN"] as? Bool == false)
    #expect(
      bridge.media.state.withLock { $0.rooms[RoomID(rawValue: 1)] }
        == RoomSettings(talkers: .all, layout: .stereo, encoding: .music, capacity: 9))
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").body == opened.body)
    #expect(try await bridge.openRoom("daily").code == "room-exists")
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily").status == 204)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").code == "room-not-found")
    #expect(bridge.media.state.withLock { $0.closed } == [RoomID(rawValue: 1)])
    #expect(bridge.events().map(\.name) == ["roomOpened", "roomClosed"])
  }

  @Test func framesAndPacketsMayBeShort() async throws {
    let bridge = try TestBridge()
    let opened = try await bridge.openRoom("daily", #""frameMilliseconds": 2.5"#)
    #expect(opened.json["frameMilliseconds"] as? Double == 2.5)
    #expect(bridge.media.state.withLock { $0.rooms[RoomID(rawValue: 1)]?.frame } == .ms2point5)
    let refused = try await bridge.openRoom("other", #""frameMilliseconds": 40"#)
    #expect(refused.json["detail"] as? String == "frameMilliseconds must be one of 2.5, 5, 10, 20, not 40")
    let leg = #"{"address": "127.0.0.1", "port": 5004, "codec": "pcmu", "packetMilliseconds": 30}"#
    let joined = try await bridge.ask(.post, "/v1/rooms/daily/members", #"{"name": "a", "rtp": \#(leg)}"#)
    #expect((joined.json["rtp"] as? [String: Any])?["packetMilliseconds"] as? Double == 30)
    #expect(bridge.media.state.withLock { $0.legs[MemberID(rawValue: 1)]?.format.packet } == .ms30)
  }

  @Test func aListComesInPages() async throws {
    let bridge = try TestBridge()
    for name in ["c", "a", "e", "b", "d"] { try await bridge.openRoom(name) }
    var found: [String] = []
    var next: String?
    repeat {
      let page = try await bridge.ask(.get, "/v1/rooms?limit=2" + (next.map { "&after=\($0)" } ?? ""))
      found += page.items.compactMap { $0["name"] as? String }
      next = page.json["next"] as? String
    } while next != nil
    #expect(found == ["a", "b", "c", "d", "e"])
  }

  @Test func defaultsOfARoomAreThoseThatAreSet() async throws {
    let bridge = try TestBridge {
      ($0.rooms.talkers, $0.rooms.capacity, $0.rooms.layout) = (.loudest(3), 12, .stereo)
      $0.limits.rooms = 1
    }
    let room = try await bridge.openRoom()
    #expect(room.json["talkers"] as? Int == 3 && room.json["capacity"] as? Int == 12)
    let second = try await bridge.openRoom("second")
    #expect(second.status == 503 && second.code == "limit-reached")
  }

  @Test func aMemberJoinsIsChangedAndLeaves() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let joined = try await bridge.join("Ada", #""gain": -3, "pan": 0.5, "muted": true"#)
    #expect(joined.status == 201 && joined.headers[.location] == "/v1/rooms/daily/members/1")
    let rtp = joined.json["rtp"] as? [String: Any] ?? [:]
    #expect(rtp["address"] as? String == "127.0.0.1" && rtp["port"] as? Int == 20_000)
    #expect(rtp["payloadType"] as? Int == 111 && rtp["ssrc"] as? Int == 1_000)
    #expect(joined.json["selfMuted"] as? Bool == true && joined.json["heard"] as? Bool == false)
    let leg = bridge.media.state.withLock { $0.legs[MemberID(rawValue: 1)] }
    #expect(leg?.voice.isMuted == true && leg?.voice.gain == Decibels(-3) && leg?.voice.pan.position == 0.5)

    let path = "/v1/rooms/daily/members/1"
    try await bridge.ask(.patch, path, #"{"selfMuted": false, "muted": true}"#)
    #expect(bridge.media.takeChanges().isEmpty)
    let unmuted = try await bridge.ask(.patch, path, #"{"muted": false, "gain": 0}"#)
    #expect(unmuted.json["heard"] as? Bool == true)
    #expect(bridge.media.takeChanges() == ["1 voice 0.0 open 0.5"])
    try await bridge.ask(.patch, path, #"{"deafened": true, "role": "listener", "name": "Ada L."}"#)
    #expect(bridge.media.takeChanges() == ["1 canTalk false", "1 canHear false"])
    try await bridge.ask(.patch, path, #"{"raisedHand": true}"#)
    #expect(try await bridge.ask(.delete, path + "?reason=kicked").status == 204)
    #expect(try await bridge.ask(.get, path).code == "member-not-found")
    #expect(bridge.media.state.withLock { $0.left } == [MemberID(rawValue: 1)])
    let events = bridge.events()
    #expect(
      events.map(\.name) == [
        "roomOpened", "memberJoined", "memberChanged", "memberChanged", "memberChanged", "memberChanged", "handRaised",
        "memberLeft",
      ])
    #expect(events.last?.data["reason"] as? String == "kicked" && events.last?.data["room"] as? String == "daily")
  }

  @Test func whoLocksKeepsAllButHostsOut() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"locked": true}"#)
    #expect(try await bridge.join("Eve").code == "room-locked")
    #expect(try await bridge.join("Ada", #""role": "host""#).status == 201)
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"locked": false}"#)
    #expect(try await bridge.join("Eve").status == 201)
  }

  @Test func aFullRoomTakesNobody() async throws {
    let bridge = try TestBridge {
      $0.limits.members = 3; $0.rooms.capacity = 2
    }
    try await bridge.openRoom()
    try await bridge.openRoom("other")
    for name in ["Ada", "Bob"] { #expect(try await bridge.join(name).status == 201) }
    #expect(try await bridge.join("Cyd").code == "room-full")
    #expect(try await bridge.join("Cyd", room: "other").status == 201)
    let refused = try await bridge.join("Dan", room: "other")
    #expect(refused.status == 503 && refused.code == "limit-reached")
  }

  @Test func wrongPINsAreCountedAndSlowedDown() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""pin": "1234""#)
    #expect(try await bridge.join("Ada").code == "wrong-pin")
    for _ in 0..<3 { #expect(try await bridge.join("Eve", #""pin": "9999""#).code == "wrong-pin") }
    let early = try await bridge.join("Ada", #""pin": "1234""#)
    #expect(early.status == 429 && early.code == "too-many-wrong-pins" && early.headers[.retryAfter] != nil)
    bridge.clock.advance(bySeconds: 2)
    #expect(try await bridge.join("Ada", #""pin": "1234""#).status == 201)
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"pin": null}"#)
    #expect(try await bridge.join("Bob").status == 201)
  }

  @Test func waitsDoubleUpToAMinute() {
    let waits = (1...10).map { wrong in
      var gate = PINGate()
      for number in 1...wrong { _ = gate.check("0", against: "1", at: .seconds(100 * number)) }
      var seconds = 0
      while case .mustWait = gate.check("1", against: "1", at: .seconds(100 * wrong + seconds)) { seconds += 1 }
      return seconds
    }
    #expect(waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60])
  }

  @Test func everybodyWaitsForTheHost() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""waitForHost": true"#)
    let early = try await bridge.join("Ada")
    #expect(early.json["heard"] as? Bool == false && early.json["hears"] as? Bool == false)
    try await bridge.join("Bob", #""role": "listener""#)
    let legs = bridge.media.state.withLock { $0.legs }
    #expect(legs.values.allSatisfy { !$0.canTalk && $0.waits })
    #expect(bridge.media.takeChanges().isEmpty)
    let host = try await bridge.join("Hana", #""role": "host""#)
    #expect(host.json["heard"] as? Bool == true)
    #expect(bridge.media.takeChanges() == ["1 canTalk true"])
    try await bridge.ask(.delete, "/v1/rooms/daily/members/3")
    #expect(bridge.media.takeChanges().isEmpty)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").json["waiting"] as? Bool == false)
  }

  @Test func theRoomEndsWithItsLastHost() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""endWhenHostLeaves": true"#)
    for name in ["Ada", "Hana", "Hugo"] {
      try await bridge.join(name, #""role": "\#(name == "Ada" ? "participant" : "host")""#)
    }
    try await bridge.ask(.patch, "/v1/rooms/daily/members/2", #"{"role": "participant"}"#)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 200)
    await bridge.tell(.leftByRTCP(MemberID(rawValue: 3)))
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 404)
    #expect(bridge.events().last?.data["reason"] as? String == "hostLeft")
    #expect(bridge.media.state.withLock { $0.closed.count } == 1)
  }

  @Test func muteAllMutesAllButHosts() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    for name in ["Ada", "Bob"] { try await bridge.join(name) }
    try await bridge.join("Hana", #""role": "host""#)
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/actions/mute-all").json["changed"] as? Int == 2)
    #expect(bridge.media.takeChanges() == ["1 voice 0.0 muted 0.0", "2 voice 0.0 muted 0.0"])
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/actions/mute-all").json["changed"] as? Int == 0)
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/actions/unmute-all").json["changed"] as? Int == 2)
    #expect(bridge.media.takeChanges() == ["1 voice 0.0 open 0.0", "2 voice 0.0 open 0.0"])
  }

  @Test func anEmptyRoomClosesInTime() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""idleTimeoutSeconds": 60"#)
    try await bridge.openRoom("keep", #""idleTimeoutSeconds": 0"#)
    bridge.clock.advance(bySeconds: 59)
    await bridge.host.directory.expire()
    try await bridge.join("Ada")
    bridge.clock.advance(bySeconds: 600)
    await bridge.host.directory.expire()
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 200)
    try await bridge.ask(.delete, "/v1/rooms/daily/members/1")
    bridge.clock.advance(bySeconds: 60)
    await bridge.host.directory.expire()
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 404)
    #expect(try await bridge.ask(.get, "/v1/rooms/keep").status == 200)
    #expect(bridge.events().last?.data["reason"] as? String == "idle")
  }

  @Test func aSilentLegIsTakenOutAndAListenersIsNot() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""mediaTimeoutSeconds": 30"#)
    try await bridge.join("Ada")
    try await bridge.join("Bob", #""role": "listener""#)
    try await bridge.join("Cyd")
    for id in 1...3 { await bridge.tell(.mediaLost(MemberID(rawValue: UInt64(id)), seconds: 5)) }
    #expect(try await bridge.ask(.get, "/v1/rooms/daily/members/1").json["media"] as? String == "lost")
    bridge.clock.advance(bySeconds: 24)
    await bridge.host.directory.expire()
    var quality = LegQuality()
    quality.packetsReceived = 7
    await bridge.tell(.quality(MemberID(rawValue: 3), quality))
    bridge.clock.advance(bySeconds: 1)
    await bridge.host.directory.expire()
    let members = try await bridge.ask(.get, "/v1/rooms/daily/members").items
    #expect(members.compactMap { $0["id"] as? String } == ["2", "3"])
    #expect(bridge.events().last?.data["reason"] as? String == "mediaLost")
    let third = try await bridge.ask(.get, "/v1/rooms/daily/members/3").json
    #expect((third["quality"] as? [String: Any])?["packetsReceived"] as? Int == 7)
  }

  @Test func digitsAreSentToALeg() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    let path = "/v1/rooms/daily/members/1/digits"
    #expect(try await bridge.ask(.post, path, #"{"digits": "12#"}"#).status == 204)
    #expect(
      try await bridge.ask(.post, path, #"{"digits": "*d", "toneMilliseconds": 200, "pauseMilliseconds": 40}"#).status
        == 204)
    #expect(bridge.media.takeChanges() == ["1 gets 12# 100/50", "1 gets *D 200/40"])
    for body in [#"{"digits": ""}"#, #"{"digits": "1,2"}"#, #"{"digits": "１"}"#, "{}"] {
      #expect(try await bridge.ask(.post, path, body).wrongFields == ["digits"], "\(body)")
    }
    #expect(
      try await bridge.ask(.post, path, #"{"digits": "1", "toneMilliseconds": 39}"#).wrongFields == ["toneMilliseconds"]
    )
    #expect(
      try await bridge.ask(.post, "/v1/rooms/daily/members/9/digits", #"{"digits": "1"}"#).code == "member-not-found")
    bridge.media.refuse(with: .noTelephoneEvents(MemberID(rawValue: 1)))
    let refused = try await bridge.ask(.post, path, #"{"digits": "1"}"#)
    #expect(refused.status == 409 && refused.code == "no-telephone-events")
    bridge.media.refuse(with: .tooManyKeys(limit: 32))
    #expect(try await bridge.ask(.post, path, #"{"digits": "1"}"#).code == "too-many-digits")
    #expect(bridge.media.takeChanges().isEmpty)
  }

  @Test func whatTheMediaSideRefusesIsAnsweredWithItsReason() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let address = TransportAddress(ipv4: 0x7f00_0001, port: 5_004)
    let cases: [(ConferenceMediaError, Int, String)] = [
      (.overloaded(.admission), 503, "overloaded"), (.addressInUse(address), 409, "address-in-use"),
      (.roomFull(capacity: 3), 409, "room-full"), (.unsupported("no"), 422, "unsupported"),
      (.system("no memory"), 503, "system-failure"), (.unknownRoom(RoomID(rawValue: 1)), 409, "room-closed"),
    ]
    for (error, status, code) in cases {
      bridge.media.refuse(with: error)
      let answer = try await bridge.join("Ada")
      #expect(answer.status == status && answer.code == code)
    }
    bridge.media.refuse(with: nil)
    // No place stays taken by those who were refused.
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").json["members"] as? Int == 0)
    bridge.clock.advance(bySeconds: 301)
    await bridge.host.directory.expire()
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 404)
  }

  // MARK: Whisper groups

  @Test func aWhisperGroupIsNotHeardByOthers() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    for name in ["Ada", "Bob", "Cyd"] { try await bridge.join(name) }
    let put = try await bridge.ask(
      .put, "/v1/rooms/daily/groups/coach", #"{"members": ["1", "2"], "heardByOthers": false, "hearsOthers": -12}"#)
    #expect(put.status == 200 && put.json["heardByOthers"] as? Bool == false)
    #expect(
      bridge.media.takeChanges() == [
        "1 hears 3 at -12.0", "2 hears 3 at -12.0", "3 hears 1 at -inf", "3 hears 2 at -inf",
      ])
    try await bridge.join("Dan")
    #expect(
      bridge.media.takeChanges() == [
        "1 hears 4 at -12.0", "2 hears 4 at -12.0", "4 hears 1 at -inf", "4 hears 2 at -inf",
      ])
    try await bridge.ask(.delete, "/v1/rooms/daily/members/2")
    #expect(bridge.media.takeChanges().isEmpty)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily/groups").items.first?["members"] as? [String] == ["1"])
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/groups/coach").status == 204)
    #expect(
      bridge.media.takeChanges() == [
        "1 hears 3 at 0.0", "1 hears 4 at 0.0", "3 hears 1 at 0.0", "4 hears 1 at 0.0",
      ])
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/groups/coach").code == "group-not-found")
  }

  @Test func ownLevelsOfOthersAreAddedAndEnded() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom("daily", #""levelCapacity": 2"#)
    for name in ["Ada", "Bob", "Cyd", "Dan"] { try await bridge.join(name) }
    let path = "/v1/rooms/daily/members/1"
    let answer = try await bridge.ask(.patch, path, #"{"levels": {"2": -6, "3": false}}"#)
    #expect((answer.json["levels"] as? [String: Any])?["3"] as? Bool == false)
    #expect(bridge.media.takeChanges() == ["1 hears 2 at -6.0", "1 hears 3 at -inf"])
    #expect(try await bridge.ask(.patch, path, #"{"levels": {"4": -6}}"#).code == "too-many-levels")
    #expect(try await bridge.ask(.patch, path, #"{"levels": {"9": -6}}"#).code == "member-not-found")
    #expect(try await bridge.ask(.put, "/v1/rooms/daily/groups/g", #"{"members": ["1"]}"#).code == "too-many-levels")
    #expect(bridge.media.takeChanges().isEmpty)
    try await bridge.ask(.patch, path, #"{"levels": {"3": null, "4": 3}}"#)
    #expect(bridge.media.takeChanges() == ["1 hears 3 at 0.0", "1 hears 4 at 3.0"])
  }

  @Test func whoSharesAGroupHearsEachOtherWhateverOtherGroupsSay() {
    let ids = (1...3).map { MemberID(rawValue: $0) }
    let groups = [
      WhisperGroup(members: [ids[0], ids[1]], heardByOthers: .silence, hearsOthers: .unity),
      WhisperGroup(members: [ids[1], ids[2]], heardByOthers: Decibels(-20), hearsOthers: .unity),
    ]
    let pairs = LevelPlan.pairs(members: ids, groups: groups, wishes: [:])
    #expect(
      pairs == [
        LevelPair(listener: ids[2], source: ids[0]): .silence,
        LevelPair(listener: ids[0], source: ids[2]): Decibels(-20),
      ])
  }
}
