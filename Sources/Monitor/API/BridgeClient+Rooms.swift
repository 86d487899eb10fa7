import Foundation
import MediaBase
import NIOHTTP1

/// What a seat asks for.
extension BridgeClient {
  /// A room as it stands.
  public struct Room: Sendable, Hashable {
    /// Its mix.
    public var layout: ChannelLayout
    /// The address of ours by which we reach the bridge.
    public var localAddress: TransportAddress
  }

  /// Who is to join, and how.
  public struct JoinRequest: Sendable {
    /// What others see.
    public var name: String
    /// Whether they only listen.
    public var isListener: Bool
    /// The room's PIN, where it has one.
    public var pin: String?
    /// Where their packets are to go.
    public var address: TransportAddress
    /// Of what they hear.
    public var layout: ChannelLayout

    /// One who joins by that address.
    public init(name: String, isListener: Bool, pin: String?, address: TransportAddress, layout: ChannelLayout) {
      self.name = name
      self.isListener = isListener
      self.pin = pin
      self.address = address
      self.layout = layout
    }
  }

  /// A seat that was given.
  public struct Joined: Sendable, Hashable {
    /// The member's number in the API.
    public var id: String
    /// Where our packets are to go.
    public var remote: TransportAddress
    /// Whose packets will come.
    public var ssrc: SSRC
  }

  private struct MemberDocument: Decodable {
    struct Leg: Decodable {
      var address: String
      var port: UInt16
      var ssrc: UInt32
    }
    var id: String
    /// None for somebody over WebRTC.
    var rtp: Leg?
  }

  /// The payload type of Opus and the number of its level, as joins ask for them.
  static let payloadType = 111, audioLevelExtension = 1

  /// Looks at a room.
  public func room(_ name: String) async throws(BridgeClientError) -> Room {
    struct Document: Decodable { var layout: String }
    let answer = try await ask(.GET, Self.path(name))
    let document: Document = try decode(answer)
    guard let address = answer.localAddress, let local = TransportAddress(address, port: 0) else {
      throw .notUnderstood(server: server)
    }
    return Room(layout: document.layout == "stereo" ? .stereo : .mono, localAddress: local)
  }

  /// Takes a seat.
  public func join(_ room: String, _ request: JoinRequest) async throws(BridgeClientError) -> Joined {
    let document: MemberDocument = try decode(
      try await ask(.POST, Self.path(room) + "/members", Self.body(of: request)))
    guard let rtp = document.rtp, let remote = TransportAddress(rtp.address, port: rtp.port),
      document.id.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { throw .notUnderstood(server: server) }
    return Joined(id: document.id, remote: remote, ssrc: SSRC(rawValue: rtp.ssrc))
  }

  private static func body(of request: JoinRequest) -> Data {
    struct Body: Encodable {
      struct Leg: Encodable {
        var address: String
        var port: UInt16
        var codec = "opus"
        var payloadType = BridgeClient.payloadType
        var channels: Int
        var bitrate: Int
        var audioLevelExtension = BridgeClient.audioLevelExtension
      }
      var name: String
      var role: String
      var pin: String?
      var rtp: Leg
    }
    let body = Body(
      name: request.name, role: request.isListener ? "listener" : "participant", pin: request.pin,
      rtp: Body.Leg(
        address: request.address.addressText, port: request.address.port, channels: request.layout.count,
        bitrate: 32_000 * request.layout.count))
    // Texts and numbers alone: it cannot fail.
    return (try? JSONEncoder().encode(body)) ?? Data()
  }

  /// Whether a seat is still ours; throws where that cannot be told. After a restart the bridge may have given its number to
  /// somebody else: the SSRC, which is random, tells.
  func isMember(_ seat: Joined, of room: String) async throws(BridgeClientError) -> Bool {
    let answer: Answer
    do {
      answer = try await ask(.GET, Self.path(room) + "/members/\(seat.id)")
    } catch .refused(_, code: "member-not-found", _) {
      return false
    }
    let document: MemberDocument = try decode(answer)
    return document.rtp?.ssrc == seat.ssrc.rawValue
  }

  /// Gives a seat back, if it is still ours.
  func leave(_ seat: Joined, of room: String) async throws(BridgeClientError) {
    do {
      guard try await isMember(seat, of: room) else { return }
      _ = try await ask(.DELETE, Self.path(room) + "/members/\(seat.id)")
    } catch .refused(404, _, _) {}
  }

  static func path(_ room: String) -> String {
    let allowed = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7f}"))
      .union(CharacterSet(charactersIn: "-_.~"))
    return "/v1/rooms/" + (room.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
  }

  func decode<Value: Decodable>(_ answer: Answer) throws(BridgeClientError) -> Value {
    guard let value = try? JSONDecoder().decode(Value.self, from: answer.body) else {
      throw .notUnderstood(server: server)
    }
    return value
  }
}
