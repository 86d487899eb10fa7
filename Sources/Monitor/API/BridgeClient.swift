import Foundation
import MediaBase
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a bridge by its HTTP API: what a seat needs to join a room, to stay and to leave.
///
/// A plain value, safe from any task; each request has a connection of its own and at most ten seconds. Over NIO, which the
/// program carries for its server: its parser takes what comes from outside, and Foundation's client would bring libcurl.
public struct BridgeClient: Sendable {
  /// Where the bridge is.
  public let server: ServerAddress
  /// Never shown or logged.
  let token: String

  private static let seconds: Int64 = 10
  private static let largestAnswerBytes = 4 << 20

  /// One that asks there, with that bearer token (RFC 6750).
  public init(server: ServerAddress, token: String) {
    self.server = server
    self.token = token
  }

  /// An answer, and the address of ours that the question came from.
  struct Answer: Sendable {
    var status: Int
    var body: Data
    var localAddress: String?
  }

  typealias RequestPart = HTTPPart<HTTPRequestHead, ByteBuffer>
  typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  /// Asks, and gives the answer where its status is one of success.
  func ask(_ method: HTTPMethod, _ path: String, _ body: Data? = nil) async throws(BridgeClientError) -> Answer {
    let answer: Answer
    do {
      answer = try await withThrowingTaskGroup(of: Answer.self) { group in
        group.addTask { try await exchange(method, path, body) }
        group.addTask {
          try await Task.sleep(for: .seconds(Self.seconds))
          throw BridgeClientError.unreachable(server: server, reason: "no answer within \(Self.seconds) s")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
      }
    } catch {
      throw Self.told(error, server)
    }
    guard (200..<300).contains(answer.status) else { throw Self.problem(answer, server) }
    return answer
  }

  private func exchange(_ method: HTTPMethod, _ path: String, _ body: Data?) async throws -> Answer {
    let connection = try await connect()
    let localAddress = connection.channel.localAddress?.ipAddress
    return try await connection.executeThenClose { inbound, outbound in
      try await send(method, path, body, to: outbound)
      var answer = Answer(status: 0, body: Data(), localAddress: localAddress)
      for try await part in inbound {
        switch part {
        case .head(let head): answer.status = Int(head.status.code)
        case .body(let bytes):
          answer.body.append(contentsOf: bytes.readableBytesView)
          guard answer.body.count <= Self.largestAnswerBytes else {
            throw BridgeClientError.notUnderstood(server: server)
          }
        case .end: return answer
        }
      }
      throw BridgeClientError.notUnderstood(server: server)
    }
  }

  func connect() async throws -> Connection {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(.seconds(5))
      .connect(host: server.host, port: server.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
      }
  }

  func send(
    _ method: HTTPMethod, _ path: String, _ body: Data?,
    to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
  ) async throws {
    var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
    head.headers = [
      "Host": server.authority, "Authorization": "Bearer \(token)", "User-Agent": PartylineVersion.program,
      "Connection": "close", "Accept": "*/*",
    ]
    if let body {
      head.headers.add(name: "Content-Type", value: "application/json")
      head.headers.add(name: "Content-Length", value: String(body.count))
    }
    // At once: written one by one, the whole question may have gone before its end is written, which adds no bytes, and a
    // bridge that is quick has answered and closed by then. Writing the end would fail, and the answer be lost.
    var parts: [HTTPClientRequestPart] = [.head(head)]
    if let body { parts.append(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
    try await outbound.write(contentsOf: parts + [.end(nil)])
  }

  // MARK: What went wrong

  private struct ProblemDocument: Decodable {
    var code: String
    var detail: String
  }

  private static func problem(_ answer: Answer, _ server: ServerAddress) -> BridgeClientError {
    guard let problem = try? JSONDecoder().decode(ProblemDocument.self, from: answer.body) else {
      return .notUnderstood(server: server)
    }
    return .refused(status: answer.status, code: problem.code, detail: problem.detail)
  }

  static func told(_ error: any Error, _ server: ServerAddress) -> BridgeClientError {
    switch error {
    case let error as BridgeClientError: return error
    case let error as NIOConnectionError:
      if let first = error.connectionErrors.first { return told(first.error, server) }
      return .unreachable(server: server, reason: "there is no host of that name")
    case let error as IOError:
      let words = strerror(error.errnoCode).map { String(cString: $0).lowercased() }
      return .unreachable(server: server, reason: words ?? "system error \(error.errnoCode)")
    case is ChannelError: return .unreachable(server: server, reason: "the connection did not come about or ended")
    default: return .notUnderstood(server: server)
    }
  }
}
