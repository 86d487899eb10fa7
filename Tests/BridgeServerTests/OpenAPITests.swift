import BridgeServer
import Foundation
import Testing

@Suite("The OpenAPI document")
struct OpenAPITests {
  private let document: [String: Any]

  init() throws {
    document = try #require(
      JSONSerialization.jsonObject(with: Data(BridgeAPI.openAPI.utf8)) as? [String: Any])
  }

  private func part(_ path: String...) -> [String: Any] {
    path.reduce(document) { $0[$1] as? [String: Any] ?? [:] }
  }

  @Test func itHasTheRoutesThatTheBridgeHas() throws {
    let routes = Set(try TestBridge().host.api.routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" })
    let described = part("paths").flatMap { path, operations in
      (operations as? [String: Any] ?? [:]).keys.map { "\($0) \(path)" }
    }
    #expect(Set(described) == routes)
    #expect(described.count == routes.count)
  }

  @Test func itHasEveryProblem() {
    let codes = (part("components", "schemas", "Problem", "properties", "code")["enum"] as? [String]) ?? []
    #expect(codes == ProblemCode.allCases.map(\.rawValue))
  }

  @Test func itNamesEveryEvent() {
    let text = part("paths", "/v1/events", "get")["description"] as? String ?? ""
    for name in EventKind.names { #expect(text.contains(name), "\(name)") }
  }

  @Test func everyReferenceLeadsSomewhere() {
    var found = 0
    func walk(_ value: Any) {
      if let list = value as? [Any] { list.forEach(walk) }
      guard let fields = value as? [String: Any] else { return }
      if let reference = fields["$ref"] as? String {
        found += 1
        let target = reference.split(separator: "/").dropFirst().reduce(document as Any?) { place, key in
          (place as? [String: Any])?[String(key)]
        }
        #expect(target != nil, "\(reference)")
      }
      fields.values.forEach(walk)
    }
    walk(document)
    #expect(found > 50)
  }

  /// The fields that are read, and those that are shown, are those of the document.
  @Test func itsFieldsAreThoseOfTheBridge() async throws {
    let bridge = try TestBridge()
    func names(_ schema: String) -> Set<String> { Set(part("components", "schemas", schema, "properties").keys) }
    func allowed(_ answer: TestBridge.Answer) -> Set<String> {
      let detail = answer.json["detail"] as? String ?? ""
      let list = detail.components(separatedBy: "allowed are ").last?.dropLast() ?? ""
      return Set(list.components(separatedBy: ", "))
    }
    let room = try await bridge.openRoom()
    let member = try await bridge.join("Ada")
    await bridge.tell(.quality(.init(rawValue: 1), .init()))
    let shown = try await bridge.ask(.get, "/v1/rooms/daily/members/1")
    #expect(Set(room.json.keys) == names("Room"))
    #expect(Set(member.json.keys).union(["quality", "webrtc", "session"]) == names("Member"))
    #expect(Set((member.json["rtp"] as? [String: Any] ?? [:]).keys) == names("Leg"))
    let peer = try await bridge.joinPeer("Grace")
    #expect(Set((peer.json["webrtc"] as? [String: Any] ?? [:]).keys) == names("Peer"))
    #expect(peer.json["rtp"] == nil)
    #expect(Set((shown.json["quality"] as? [String: Any] ?? [:]).keys) == names("Quality"))
    #expect(allowed(try await bridge.ask(.post, "/v1/rooms", #"{"name": "a", "-": 1}"#)) == names("NewRoom"))
    #expect(allowed(try await bridge.ask(.patch, "/v1/rooms/daily", #"{"-": 1}"#)) == names("RoomChange"))
    #expect(allowed(try await bridge.ask(.patch, "/v1/rooms/daily/members/1", #"{"-": 1}"#)) == names("MemberChange"))
    let leg = #"{"address": "127.0.0.1", "port": 1, "codec": "opus", "payloadType": 96, "-": 1}"#
    #expect(
      allowed(try await bridge.ask(.post, "/v1/rooms/daily/members", #"{"name": "a", "rtp": \#(leg)}"#))
        == names("NewLeg"))
    #expect(
      allowed(try await bridge.ask(.post, "/v1/rooms/daily/playback", #"{"-": 1}"#)) == names("NewPlayback"))
    #expect(allowed(try await bridge.ask(.post, "/v1/rooms/daily/members/1/digits", #"{"-": 1}"#)) == names("Digits"))
    #expect(
      allowed(try await bridge.ask(.put, "/v1/rooms/daily/groups/g", #"{"members": [], "-": 1}"#)) == names("Group"))
  }
}
