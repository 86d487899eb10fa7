import BridgeServer
import Foundation
import Testing

@Suite("Access")
struct AccessTests {
  @Test func onlyTheTokensThemselvesAreRight() {
    let tokens = AccessTokens(["first-token-of-them-all", "second-token-of-them-all"])
    let tooLong = "Bearer second-token-of-them-all" + String(repeating: "\0", count: 100)
    for (field, verdict) in [
      ("Bearer first-token-of-them-all", AccessTokens.Verdict.right), ("bearer  second-token-of-them-all", .right),
      ("Bearer first-token-of-them-al", .wrong), ("Bearer FIRST-token-of-them-all", .wrong), ("Bearer ", .missing),
      ("Bearer first-token-of-them-all\0", .wrong), (tooLong, .wrong), ("Bearer   ", .wrong),
      ("Basic first-token-of-them-all", .missing), ("first-token-of-them-all", .missing),
    ] {
      #expect(tokens.judge(field, at: .zero) == verdict, "\(field)")
    }
    #expect(tokens.judge(nil, at: .zero) == .missing)
  }

  @Test func wrongTokensAreSlowedDownAndRightOnesAreNot() {
    let tokens = AccessTokens(["first-token-of-them-all"])
    for _ in 0..<10 { #expect(tokens.judge("Bearer no", at: .zero) == .wrong) }
    #expect(tokens.judge("Bearer no", at: .zero) == .tooOften)
    #expect(tokens.judge("Bearer first-token-of-them-all", at: .zero) == .right)
    #expect(tokens.judge("Bearer no", at: .seconds(1)) == .wrong)
    #expect(tokens.judge("Bearer no", at: .seconds(1)) == .tooOften)
  }

  @Test func aRandomTokenIsLongAndNeverTheSame() {
    let tokens = (0..<100).map { _ in AccessTokens.makeRandom() }
    #expect(Set(tokens).count == 100 && tokens.allSatisfy { $0.count == 43 })
  }

  @Test func aTokenFileIsReadStrictly() throws {
    let path = NSTemporaryDirectory() + "partyline-\(UUID().uuidString).tokens"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func read(_ text: String) throws -> [String] {
      _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
      return try AccessTokens.read(file: path)
    }
    #expect(
      try read("# mine\naaaaaaaaaaaaaaaaaaaa\r\n\n  bbbbbbbbbbbbbbbbbbbb= \n")
        == ["aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb="])
    #expect(throws: TokenFileError.empty(path: path)) { try read("# none\n") }
    #expect(throws: TokenFileError.tooShort(path: path, token: 1)) { try read("short\n") }
    #expect(throws: TokenFileError.badLetter(path: path, token: 1)) { try read("two words of a sentence\n") }
    #expect(throws: TokenFileError.unreadable(path: path + "x")) { try AccessTokens.read(file: path + "x") }
  }

  // MARK: Through the API

  @Test func nothingButHealthAnswersWithoutAToken() async throws {
    let bridge = try TestBridge()
    for path in ["/v1/rooms", "/v1/events", "/v1/openapi.json", "/metrics", "/nothing", "/healthz/../v1/rooms"] {
      let answer = try await bridge.ask(.get, path, nil, headers: [:])
      #expect(answer.status == 401 && answer.code == "unauthorized", "\(path)")
      #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
    }
    let health = try await bridge.ask(.get, "/healthz", nil, headers: [:])
    #expect(health.status == 200 && health.body == "{\"status\":\"ok\"}\n")
  }

  @Test func metricsAnswerWithoutATokenWhereThatIsSet() async throws {
    let bridge = try TestBridge { $0.http.isMetricsOpen = true }
    #expect(try await bridge.ask(.get, "/metrics", nil, headers: [:]).status == 200)
    #expect(try await bridge.ask(.get, "/v1/rooms", nil, headers: [:]).status == 401)
  }

  @Test func guessingIsToldToSlowDown() async throws {
    let bridge = try TestBridge()
    var codes: [String?] = []
    for _ in 0..<11 { codes.append(try await bridge.ask(.get, "/v1/rooms", token: "wrong").code) }
    #expect(codes == Array(repeating: "unauthorized", count: 10) + ["too-many-wrong-tokens"])
    #expect(try await bridge.ask(.get, "/v1/rooms").status == 200)
  }

  @Test func noSecretIsEverLoggedOrTold() async throws {
    let bridge = try TestBridge()
    let key = Data((0..<30).map { UInt8($0) }).base64EncodedString()
    try await bridge.openRoom("daily", #""pin": "918273""#)
    let srtp = #"{"suite": "AES_CM_128_HMAC_SHA1_80", "sendKey": "\#(key)", "receiveKey": "\#(key)"}"#
    let rtp = #"{"address": "127.0.0.1", "port": 5004, "codec": "opus", "payloadType": 111, "srtp": \#(srtp)}"#
    let joined = try await bridge.ask(
      .post, "/v1/rooms/daily/members", #"{"name": "Ada", "pin": "918273", "rtp": \#(rtp)}"#)
    #expect(joined.status == 201)
    let refused = try await bridge.join("Eve", #""pin": "777666""#)
    #expect(refused.status == 403)
    _ = try await bridge.ask(.get, "/v1/rooms", token: "wrong-token-wrong-token")
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"pin": "445566"}"#)
    let answers = try await [
      joined, refused, bridge.ask(.get, "/v1/rooms/daily"), bridge.ask(.get, "/v1/rooms/daily/members"),
      bridge.ask(.get, "/v1/rooms/daily/members/1"), bridge.ask(.get, "/metrics"),
    ].map(\.body)
    let told = (bridge.host.hub.subscribe(EventHub.Filter(), after: "x")?.replay ?? []).joined()
    #expect(bridge.logged.contains("member joined") && told.contains("memberJoined"))
    for secret in ["918273", "777666", "445566", key, bridge.token, "wrong-token-wrong-token"] {
      #expect(!bridge.logged.contains(secret) && !told.contains(secret))
      #expect(answers.allSatisfy { !$0.contains(secret) })
    }
  }
}
