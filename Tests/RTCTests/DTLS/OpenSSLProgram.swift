import Foundation
import Glibc

/// The program `openssl` with a certificate of its own, at the other end of a UDP port on loopback.
final class OpenSSLProgram {
  private let folder: URL
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// Makes a key and a certificate.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("dtls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    _ = try Self.run([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=peer",
      "-days", "2", "-keyout", path("key.pem"), "-out", path("certificate.pem"),
    ])
  }

  deinit {
    if process.isRunning { process.terminate() }
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Its certificate's hash, by its own word: `sha256` and the like.
  func fingerprint(_ digest: String) throws -> [UInt8] {
    let text = try Self.run(["x509", "-in", path("certificate.pem"), "-noout", "-fingerprint", "-\(digest)"])
    let digits = text.split(separator: "=").last.map { $0.split(separator: ":") } ?? []
    return digits.compactMap { UInt8($0.trimmingCharacters(in: .whitespacesAndNewlines), radix: 16) }
  }

  /// Starts `s_client` or `s_server` with its certificate.
  func start(_ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["openssl"] + arguments + ["-dtls1_2", "-cert", path("certificate.pem"), "-key", path("key.pem")]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// All that it has printed when it has ended, as it does with the association.
  func finish() -> String {
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  private static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}

/// A UDP socket on loopback.
final class LoopbackPort {
  private let socket: Int32
  /// Where it listens.
  let port: UInt16
  /// Where the last datagram came from, or the next one goes to.
  private var other = sockaddr_in()

  /// `other` is where datagrams go before any has come.
  init(to other: UInt16 = 0) {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = Self.address(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, size)
        _ = getsockname(descriptor, $0, &size)
      }
    }
    socket = descriptor
    port = UInt16(bigEndian: address.sin_port)
    self.other = Self.address(other)
  }

  deinit { close(socket) }

  private static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  func send(_ datagram: [UInt8]) {
    withUnsafePointer(to: &other) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(socket, datagram, datagram.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// The next datagram; `nil` where none comes for 20 ms.
  func receive() -> [UInt8]? {
    var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&poller, 1, 20) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let count = withUnsafeMutablePointer(to: &other) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(socket, &bytes, bytes.count, 0, $0, &size)
      }
    }
    return count >= 0 ? Array(bytes[..<count]) : nil
  }
}
