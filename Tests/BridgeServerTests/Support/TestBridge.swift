import BridgeServer
import Conference
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization

/// A bridge over a fake media side, asked without a socket.
struct TestBridge {
  let media = FakeMedia()
  let clock = VirtualClock()
  let host: BridgeHost
  let token: String
  private let responder: RouterResponder<APIContext>
  private let logger: Logger
  private let lines: LogLines

  /// With the token that was made for it.
  init(_ change: (inout BridgeConfiguration) -> Void = { _ in }) throws {
    var configuration = BridgeConfiguration()
    configuration.log.level = .trace
    change(&configuration)
    let lines = LogLines()
    let output = LogOutput(settings: configuration.log) { lines.add($0) }
    var made = ""
    host = try BridgeHost(
      configuration: configuration, layers: ConfigurationLayers(), media: media, log: output, clock: clock
    ) { made = $0 }
    token = made
    self.lines = lines
    logger = output.logger(label: "test")
    responder = host.api.makeRouter().buildResponder()
  }

  /// Everything that was logged.
  var logged: String { lines.all }

  /// What an answer is.
  struct Answer {
    var status: Int
    var headers: HTTPFields
    var body: String

    /// The body's fields.
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
    }

    /// A problem's `code`.
    var code: String? { json["code"] as? String }
    /// A list's items.
    var items: [[String: Any]] { json["items"] as? [[String: Any]] ?? [] }
    /// The fields that a problem names.
    var wrongFields: [String] { (json["errors"] as? [[String: Any]] ?? []).compactMap { $0["field"] as? String } }
  }

  /// Sends a request with the right token.
  @discardableResult
  func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, token: String? = nil) async throws
    -> Answer
  {
    try await ask(method, path, body, headers: [.authorization: "Bearer \(token ?? self.token)"])
  }

  /// Sends a request with those headers.
  func ask(
    _ method: HTTPRequest.Method, _ path: String, _ body: String?, headers: HTTPFields
  ) async throws -> Answer {
    let response = try await respond(method, path, Array((body ?? "").utf8), headers)
    let collected = Collected()
    try await response.body.write(collected)
    return Answer(
      status: response.status.code, headers: response.headers, body: collected.text.withLock { $0 })
  }

  /// Sends any bytes as a body.
  func ask(_ method: HTTPRequest.Method, _ path: String, bytes: [UInt8]) async throws -> Answer {
    let response = try await respond(method, path, bytes, [.authorization: "Bearer \(token)"])
    let collected = Collected()
    try await response.body.write(collected)
    return Answer(
      status: response.status.code, headers: response.headers, body: collected.text.withLock { $0 })
  }

  private func respond(
    _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], _ headers: HTTPFields
  ) async throws -> Response {
    let request = Request(
      head: HTTPRequest(method: method, scheme: "http", authority: "bridge", path: path, headerFields: headers),
      body: RequestBody(buffer: ByteBuffer(bytes: body)))
    let context = APIContext(
      source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger))
    return try await responder.respond(to: request, context: context)
  }

  /// Opens a room with those fields beside its name.
  @discardableResult
  func openRoom(_ name: String = "daily", _ fields: String = "") async throws -> Answer {
    try await ask(.post, "/v1/rooms", "{\"name\": \"\(name)\"\(fields.isEmpty ? "" : ", " + fields)}")
  }

  /// Takes a member into `daily`, with those fields beside name and leg.
  @discardableResult
  func join(_ name: String, _ fields: String = "", room: String = "daily") async throws -> Answer {
    let rtp = #"{"address": "127.0.0.1", "port": 5004, "codec": "opus", "payloadType": 111}"#
    return try await ask(
      .post, "/v1/rooms/\(room)/members",
      "{\"name\": \"\(name)\", \"rtp\": \(rtp)\(fields.isEmpty ? "" : ", " + fields)}")
  }

  /// Takes a member into `daily` over WebRTC; gives back how they are shown.
  @discardableResult
  func joinPeer(_ name: String, room: String = "daily") async throws -> Answer {
    let answer = try await signal(.post, "/v1/rooms/\(room)/whip?name=\(name)", SampleOffer.audio)
    let id = answer.headers[.location]?.split(separator: "/").last ?? "0"
    return try await ask(.get, "/v1/rooms/\(room)/members/\(id)")
  }

  /// Sends a session description, or another type of body, with the right token.
  func signal(
    _ method: HTTPRequest.Method, _ path: String, _ body: String, type: String = "application/sdp",
    ifMatch: String? = nil, token: String? = nil
  ) async throws -> Answer {
    var headers: HTTPFields = [.authorization: "Bearer \(token ?? self.token)", .contentType: type]
    headers[.ifMatch] = ifMatch
    return try await ask(method, path, body, headers: headers)
  }

  /// What the media side tells, taken at once.
  func tell(_ kind: MediaEvent.Kind, room: UInt32 = 1) async {
    await host.directory.take(
      MediaEvent(room: RoomID(rawValue: room), time: .init(nanoseconds: 0), kind: kind))
  }

  /// Names and data of all numbered events so far.
  func events() -> [(name: String, data: [String: Any])] {
    EventText.parse(host.hub.subscribe(EventHub.Filter(), after: "never-0")?.replay ?? []).filter {
      $0.name != "eventsLost"
    }
  }
}

/// Takes an answer's body.
private final class Collected: ResponseBodyWriter, Sendable {
  let text = Mutex("")

  func write(_ buffer: ByteBuffer) async throws {
    text.withLock { $0 += String(buffer: buffer) }
  }

  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Lines of a log.
final class LogLines: Sendable {
  private let text = Mutex("")

  var all: String { text.withLock { $0 } }

  func add(_ line: String) {
    text.withLock { $0 += line }
  }
}

/// Reads the frames of an event stream.
enum EventText {
  static func parse(_ frames: [String]) -> [(name: String, data: [String: Any])] {
    frames.joined().split(separator: "\n\n").compactMap { frame in
      var (name, data) = ("", "")
      for line in frame.split(separator: "\n") {
        if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
        if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
      }
      guard !name.isEmpty else { return nil }
      return (name, (try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]) ?? [:])
    }
  }
}
