import BridgeServer
import Conference
import Foundation
import HTTPTypes
import Testing

/// What is wrong with a request is said exactly, and nothing that comes from outside makes the bridge fail.
@Suite("Bad requests")
struct BadRequestTests {
  @Test(arguments: [
    (#"{}"#, "name", "name is missing: it must be \(RoomName.allowed)"),
    (#"{"name": "a b"}"#, "name", "name must be \(RoomName.allowed)"),
    (#"{"name": ""}"#, "name", "name must be \(RoomName.allowed)"),
    (#"{"name": ".a"}"#, "name", "name must be \(RoomName.allowed)"),
    (#"{"name": "é"}"#, "name", "name must be \(RoomName.allowed)"),
    (#"{"name": 7}"#, "name", "name must be \(RoomName.allowed), not 7"),
    (#"{"name": "a", "talkers": 0}"#, "talkers", "talkers must be a whole number from 1 to 32, or \"all\", not 0"),
    (#"{"name": "a", "talkers": 1.5}"#, "talkers", "talkers must be a whole number from 1 to 32, or \"all\", not 1.5"),
    (
      #"{"name": "a", "talkers": "6"}"#, "talkers",
      "talkers must be a whole number from 1 to 32, or \"all\", not a text"
    ),
    (
      #"{"name": "a", "talkers": true}"#, "talkers", "talkers must be a whole number from 1 to 32, or \"all\", not true"
    ),
    (#"{"name": "a", "layout": "5.1"}"#, "layout", "layout must be one of mono, stereo"),
    (#"{"name": "a", "encoding": "CELT"}"#, "encoding", "encoding must be one of speech, music, lowDelay"),
    (#"{"name": "a", "capacity": 0}"#, "capacity", "capacity must be a whole number from 1 to 20000, not 0"),
    (#"{"name": "a", "capacity": 1e300}"#, "capacity", "capacity must be a whole number from 1 to 20000, not 1e+300"),
    (
      #"{"name": "a", "levelCapacity": -1}"#, "levelCapacity",
      "levelCapacity must be a whole number from 0 to 65536, not -1"
    ),
    (#"{"name": "a", "pin": 1234}"#, "pin", "pin must be 4 to 12 digits, or null for none, not 1234"),
    (#"{"name": "a", "pin": "123"}"#, "pin", "pin must be 4 to 12 digits, or null for none"),
    (#"{"name": "a", "pin": "12a4"}"#, "pin", "pin must be 4 to 12 digits, or null for none"),
    (#"{"name": "a", "locked": 1}"#, "locked", "locked must be true or false, not 1"),
    (#"{"name": "a", "waitForHost": "yes"}"#, "waitForHost", "waitForHost must be true or false, not a text"),
    (
      #"{"name": "a", "endWhenHostLeaves": []}"#, "endWhenHostLeaves",
      "endWhenHostLeaves must be true or false, not a list"
    ),
    (
      #"{"name": "a", "idleTimeoutSeconds": 86401}"#, "idleTimeoutSeconds",
      "idleTimeoutSeconds must be a whole number from 0 to 86400, not 86401"
    ),
    (
      #"{"name": "a", "mediaTimeoutSeconds": {}}"#, "mediaTimeoutSeconds",
      "mediaTimeoutSeconds must be a whole number from 0 to 86400, not an object"
    ),
    (
      #"{"name": "a", "lokced": true}"#, "lokced",
      "lokced is not known here; did you mean locked? (allowed are name, talkers, layout, encoding, frameMilliseconds, "
        + "capacity, levelCapacity, pin, locked, waitForHost, endWhenHostLeaves, tones, idleTimeoutSeconds, "
        + "mediaTimeoutSeconds, record)"
    ),
  ])
  func eachFieldOfARoomIsChecked(_ body: String, field: String, detail: String) async throws {
    let answer = try await TestBridge().ask(.post, "/v1/rooms", body)
    #expect(answer.status == 400 && answer.code == "invalid-request")
    #expect(answer.wrongFields == [field])
    #expect(answer.json["detail"] as? String == detail)
    #expect(answer.json["type"] as? String == "urn:partyline:problem:invalid-request")
    #expect(answer.headers[.contentType] == "application/problem+json")
  }

  /// Each entry replaces or adds one field of a good leg.
  @Test(arguments: [
    ("address", #""localhost""#, "rtp.address must be a unicast IP address"),
    ("address", #""224.0.0.1""#, "rtp.address must be a unicast IP address"),
    ("address", #""0.0.0.0""#, "rtp.address must be a unicast IP address"),
    ("address", #""ff02::1""#, "rtp.address must be a unicast IP address"),
    ("address", "null", "rtp.address is missing: it must be a unicast IP address"),
    ("port", "0", "rtp.port must be a whole number from 1 to 65535, not 0"),
    ("port", "65536", "rtp.port must be a whole number from 1 to 65535, not 65536"),
    ("rtcpPort", "-1", "rtp.rtcpPort must be a whole number from 1 to 65535, not -1"),
    ("codec", #""g722""#, "rtp.codec must be one of opus, pcmu, pcma"),
    ("payloadType", "0", "rtp.payloadType must be a whole number from 96 to 127, not 0"),
    ("payloadType", "128", "rtp.payloadType must be a whole number from 96 to 127, not 128"),
    ("packetMilliseconds", "30", "rtp.packetMilliseconds must be one of 2.5, 5, 10, 20, 40, 60, not 30"),
    ("channels", "3", "rtp.channels must be a whole number from 1 to 2, not 3"),
    ("bitrate", "5999", "rtp.bitrate must be a whole number from 6000 to 510000, not 5999"),
    ("fec", "1", "rtp.fec must be true or false, not 1"),
    ("dtx", #""on""#, "rtp.dtx must be true or false, not a text"),
    ("audioLevelExtension", "15", "rtp.audioLevelExtension must be a whole number from 1 to 14, not 15"),
    ("telephoneEventPayloadType", "95", "rtp.telephoneEventPayloadType must be a whole number from 96 to 127, not 95"),
    ("telephoneEventPayloadType", "111", "rtp.telephoneEventPayloadType must not be the payloadType"),
    ("learnSource", "0", "rtp.learnSource must be true or false, not 0"),
    ("srtp", "true", "rtp.srtp must be an object, not true"),
    ("srtp", #"{"suite": "AES"}"#, "rtp.srtp.suite must be one of AES_CM_128_HMAC_SHA1_80, AEAD_AES_128_GCM"),
    (
      "srtp", #"{"suite": "AEAD_AES_128_GCM", "sendKey": "AAAA", "receiveKey": "?"}"#,
      "rtp.srtp.sendKey must be 28 bytes of key and salt in base64"
    ),
    ("bandwidth", "1", "rtp.bandwidth is not known here"),
  ])
  func eachFieldOfALegIsChecked(_ field: String, value: String, detail: String) async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    var leg = ["address": #""127.0.0.1""#, "port": "5004", "codec": #""opus""#, "payloadType": "111"]
    leg[field] = value
    let rtp = leg.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    let answer = try await bridge.ask(.post, "/v1/rooms/daily/members", #"{"name": "Ada", "rtp": {\#(rtp)}}"#)
    #expect(answer.status == 400 && answer.code == "invalid-request")
    let details = (answer.json["errors"] as? [[String: String]] ?? []).compactMap { $0["detail"] }
    #expect(details.contains { $0.hasPrefix(detail) }, "\(details)")
    #expect(answer.wrongFields.allSatisfy { $0.hasPrefix("rtp.\(field)") }, "\(answer.wrongFields)")
  }

  @Test(arguments: [
    (#"{"name": ""}"#, "name"), (#"{"role": "admin"}"#, "role"), (#"{"muted": "no"}"#, "muted"),
    (#"{"selfMuted": 0}"#, "selfMuted"), (#"{"deafened": 0}"#, "deafened"), (#"{"gain": 21}"#, "gain"),
    (#"{"gain": -61}"#, "gain"), (#"{"pan": 1.1}"#, "pan"), (#"{"raisedHand": 2}"#, "raisedHand"),
    (#"{"levels": {"x": 1}}"#, "levels"), (#"{"levels": {"1": 99}}"#, "levels"), (#"{"levels": []}"#, "levels"),
    (#"{"pin": "1234"}"#, "pin"), (#"{"name": "a\u0007b"}"#, "name"),
  ])
  func eachFieldOfAMembersChangeIsChecked(_ body: String, field: String) async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    let answer = try await bridge.ask(.patch, "/v1/rooms/daily/members/1", body)
    #expect(answer.status == 400 && answer.wrongFields == [field], "\(answer.body)")
    #expect(bridge.media.takeChanges().isEmpty)
  }

  @Test(arguments: [
    (#"{"members": "1"}"#, "members"), (#"{}"#, "members"), (#"{"members": [1]}"#, "members"),
    (#"{"members": ["x"]}"#, "members"), (#"{"members": ["1"], "heardByOthers": 21}"#, "heardByOthers"),
    (#"{"members": ["1"], "hearsOthers": "no"}"#, "hearsOthers"),
  ])
  func eachFieldOfAGroupIsChecked(_ body: String, field: String) async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    let answer = try await bridge.ask(.put, "/v1/rooms/daily/groups/g", body)
    #expect(answer.status == 400 && answer.wrongFields == [field], "\(answer.body)")
  }

  @Test func allMistakesAreNamedTogether() async throws {
    let answer = try await TestBridge().ask(.post, "/v1/rooms", #"{"name": "", "capacity": 0, "locked": 3, "x": 1}"#)
    #expect(answer.wrongFields == ["name", "capacity", "locked", "x"])
  }

  @Test func howARoomMixesIsFixed() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let answer = try await bridge.ask(.patch, "/v1/rooms/daily", #"{"talkers": 3, "locked": true}"#)
    #expect(answer.json["detail"] as? String == "talkers is fixed when the room is opened")
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").json["locked"] as? Bool == false)
  }

  @Test func aTelephoneCodecHasItsOwnPayloadType() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    for (codec, type) in [("pcmu", 0), ("pcma", 8)] {
      let rtp = #"{"address": "127.0.0.1", "port": 5004, "codec": "\#(codec)"}"#
      let answer = try await bridge.ask(.post, "/v1/rooms/daily/members", #"{"name": "Ada", "rtp": \#(rtp)}"#)
      #expect((answer.json["rtp"] as? [String: Any])?["payloadType"] as? Int == type)
      let wrong = rtp.dropLast() + #", "payloadType": 3, "fec": true}"#
      let refused = try await bridge.ask(.post, "/v1/rooms/daily/members", #"{"name": "Ada", "rtp": \#(wrong)}"#)
      #expect(refused.wrongFields == ["rtp.payloadType", "rtp.fec"])
    }
  }

  @Test(arguments: ["", "{", "[]", "3", "\"a\"", "null", "{\"name\": }", "{'name': 1}"])
  func aBodyThatIsNoObjectIsRefused(_ body: String) async throws {
    let answer = try await TestBridge().ask(.post, "/v1/rooms", body)
    #expect(answer.status == 400 && answer.code == "malformed-json")
  }

  @Test func aBodyBeyondTheLimitIsRefused() async throws {
    let bridge = try TestBridge { $0.limits.bodyBytes = 1_024 }
    let answer = try await bridge.ask(.post, "/v1/rooms", String(repeating: " ", count: 1_025))
    #expect(answer.status == 413 && answer.code == "body-too-large")
  }

  @Test(arguments: [
    ("/v1/rooms?limit=0", "limit"), ("/v1/rooms?limit=1001", "limit"), ("/v1/rooms?page=2", "page"),
    ("/v1/rooms/daily/members?after=x", "after"), ("/v1/events?types=nothing", "types"), ("/v1/events?types=", "types"),
  ])
  func aWrongQueryIsRefused(_ path: String, field: String) async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let answer = try await bridge.ask(.get, path)
    #expect(answer.status == 400 && answer.wrongFields == [field])
  }

  @Test func whatIsNotThereIsSaid() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    for (path, code) in [
      ("/page/none.js", "not-found"), ("/v2/rooms", "not-found"), ("/v1/rooms/other", "room-not-found"),
      ("/v1/rooms/other/events", "room-not-found"), ("/v1/rooms/daily/members/7", "member-not-found"),
      ("/v1/rooms/daily/members/x", "member-not-found"), ("/v1/rooms/daily/members/007", "member-not-found"),
    ] {
      let answer = try await bridge.ask(.get, path)
      #expect(answer.status == 404 && answer.code == code, "\(path)")
    }
    let put = try await bridge.ask(.put, "/v1/rooms")
    #expect(put.status == 405 && put.headers[.allow] == "GET, POST")
  }

  // MARK: Anything at all

  @Test func randomBodiesNeverMakeItFail() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    var random = RandomJSON(seed: 20_160_701)
    let targets: [(HTTPRequest.Method, String)] = [
      (.post, "/v1/rooms"), (.patch, "/v1/rooms/daily"), (.post, "/v1/rooms/daily/members"),
      (.patch, "/v1/rooms/daily/members/1"), (.put, "/v1/rooms/daily/groups/g"),
    ]
    for round in 0..<1_500 {
      let (method, path) = targets[round % targets.count]
      var bytes = Array(random.object(depth: 3).utf8)
      if round % 3 == 0 { random.damage(&bytes) }
      let answer = try await bridge.ask(method, path, bytes: bytes)
      #expect(
        answer.status < 500 || answer.code == "limit-reached", "\(path) \(String(decoding: bytes, as: UTF8.self))")
    }
    let deep = Array(String(repeating: "[", count: 60_000).utf8)
    #expect(try await bridge.ask(.post, "/v1/rooms", bytes: deep).code == "malformed-json")
  }
}

/// Bodies of the API's own field names with values of any kind.
private struct RandomJSON {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// SplitMix64.
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }

  private static let names = [
    "name", "talkers", "layout", "encoding", "capacity", "pin", "locked", "waitForHost", "idleTimeoutSeconds", "role",
    "gain", "pan", "muted", "rtp", "address", "port", "codec", "payloadType", "srtp", "suite", "sendKey", "levels",
    "members",
    "heardByOthers", "1", "\\u0000", "é", "", "levelCapacity",
  ]
  private static let scalars = [
    "null", "true", "false", "0", "-1", "6", "1e400", "-0.0", "1e-320", "65536", "9223372036854775808", "\"\"",
    "\"all\"",
    "\"stereo\"", "\"127.0.0.1\"", "\"opus\"", "\"1234\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "111", "5004",
    "\"host\"",
    "\"::1\"", "0.5",
  ]

  mutating func object(depth: Int) -> String {
    let fields = (0..<next(8)).map { _ in "\"\(Self.names[next(Self.names.count)])\": \(value(depth: depth - 1))" }
    return "{\(fields.joined(separator: ", "))}"
  }

  private mutating func value(depth: Int) -> String {
    guard depth > 0 else { return Self.scalars[next(Self.scalars.count)] }
    switch next(6) {
    case 0: return object(depth: depth)
    case 1: return "[\((0..<next(4)).map { _ in value(depth: depth - 1) }.joined(separator: ", "))]"
    default: return Self.scalars[next(Self.scalars.count)]
    }
  }

  mutating func damage(_ bytes: inout [UInt8]) {
    for _ in 0...next(3) where !bytes.isEmpty { bytes[next(bytes.count)] = UInt8(next(256)) }
  }
}
