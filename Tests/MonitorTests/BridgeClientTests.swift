import Foundation
import MediaBase
import Monitor
import Synchronization
import Testing

/// A client's questions, to a server that answers and closes as soon as it has a whole question.
@Suite struct BridgeClientTests {
  @Test func aQuestionIsSentAtOnceSoThatNoAnswerComesBeforeItsEnd() async throws {
    let server = try HastyServer(
      answer: #"{"layout": "mono", "id": "7", "rtp": {"address": "127.0.0.1", "port": 9, "ssrc": 5}}"#)
    defer { server.stop() }
    let address = try #require(ServerAddress("http://127.0.0.1:\(server.port)"))
    let client = BridgeClient(server: address, token: "a-token-of-the-client-tests")
    let ours = try #require(TransportAddress("127.0.0.1", port: 8))
    let request = BridgeClient.JoinRequest(name: "Ada", isListener: true, pin: nil, address: ours, layout: .mono)
    for _ in 0..<200 {
      #expect(try await client.room("tone").layout == .mono)
      #expect(try await client.join("tone", request).ssrc == SSRC(rawValue: 5))
    }
    #expect(server.laterPieces == 0, "questions came in pieces")
  }
}

/// An HTTP server on a thread of its own: one question a connection, the same answer to each.
private final class HastyServer: Sendable {
  let port: Int
  /// What came of questions after their first piece.
  var laterPieces: Int { pieces.count.load(ordering: .relaxed) }
  private let pieces = Pieces()
  private let listener: Int32

  struct NoSocket: Error {}
  private final class Pieces: Sendable {
    let count = Atomic(0)
  }

  init(answer: String) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isListening else { throw NoSocket() }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    let head = "HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count)\r\nConnection: close\r\n\r\n"
    let bytes = Array((head + answer).utf8)
    let pieces = pieces
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        pieces.count.add(Self.readQuestion(connection) - 1, ordering: .relaxed)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        close(connection)
      }
    }
  }

  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// Reads to the end of the head, and the body if its length is told; returns in how many pieces that came.
  private static func readQuestion(_ connection: Int32) -> Int {
    var question = ""
    var pieces = 0
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while !isWhole(question) {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      pieces += 1
      question += String(decoding: buffer[..<count], as: UTF8.self)
    }
    return pieces
  }

  private static func isWhole(_ question: String) -> Bool {
    guard let end = question.range(of: "\r\n\r\n") else { return false }
    let head = question[..<end.lowerBound].lowercased()
    guard let length = head.range(of: "content-length: ") else { return true }
    let bytes = Int(head[length.upperBound...].prefix { $0.isNumber }) ?? 0
    return question[end.upperBound...].utf8.count >= bytes
  }
}
