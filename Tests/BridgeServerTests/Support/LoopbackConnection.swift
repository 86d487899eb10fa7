import Dispatch
import Foundation

/// A TCP connection to a bridge on this machine. Waits on a thread of its own, so that no task's thread is held up.
final class LoopbackConnection: @unchecked Sendable {
  private let socket: Int32
  private let queue = DispatchQueue(label: "loopback connection")
  private var received = ""

  /// Connects; a small receive buffer makes a slow reader slow soon.
  init(port: Int, receiveBuffer: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var receiveBuffer {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  deinit { close(socket) }

  /// Sends a request.
  func send(_ method: String, _ path: String, token: String, headers: [String] = [], body: String = "") async {
    let lines = [
      "\(method) \(path) HTTP/1.1", "Host: bridge", "Authorization: Bearer \(token)",
      "Content-Length: \(body.utf8.count)",
    ]
    let text = (lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
    await onQueue { _ = text.withCString { Glibc.send(self.socket, $0, text.utf8.count, Int32(MSG_NOSIGNAL)) } }
  }

  /// Reads until that text has come; gives back all that came so far, also where the connection ended before.
  func read(until end: String?) async -> String {
    await onQueue {
      var piece = [UInt8](repeating: 0, count: 65_536)
      while end.map({ !self.received.contains($0) }) ?? true {
        let count = recv(self.socket, &piece, piece.count, 0)
        guard count > 0 else { break }
        self.received += String(decoding: piece[..<count], as: UTF8.self)
      }
      return self.received
    }
  }

  private func onQueue<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
  }
}
