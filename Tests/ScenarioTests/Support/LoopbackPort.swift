import Foundation
import Glibc
import Synchronization

/// A UDP port on loopback, with the next one free beside it: a leg in the tests' own hands, or ports for another program.
final class LoopbackPort {
  let port: Int
  private let descriptor: Int32
  private static let lastPort = Mutex(17_500)

  /// Takes an even port that nobody has, and that no other test of this run will be given.
  init() throws {
    for _ in 0..<200 {
      let port = Self.lastPort.withLock { last in
        last += 2
        return last
      }
      guard let descriptor = Self.open(port) else { continue }
      if let neighbour = Self.open(port + 1) {
        close(neighbour)
        (self.port, self.descriptor) = (port, descriptor)
        return
      }
      close(descriptor)
    }
    throw Program.Failure(description: "no free pair of UDP ports")
  }

  deinit {
    close(descriptor)
  }

  /// A pair of ports that was free a moment ago, for a program that opens it.
  static func free() throws -> Int { try LoopbackPort().port }

  func send(_ bytes: [UInt8], to port: Int) {
    var address = Self.address(port)
    withUnsafeBytes(of: &address) { place in
      _ = sendto(
        descriptor, bytes, bytes.count, 0, place.assumingMemoryBound(to: sockaddr.self).baseAddress,
        socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }

  /// The next datagram; `nil` where none comes for so long.
  func receive(within seconds: Double = 20) -> [UInt8]? {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, Int32(seconds * 1000)) > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 2_000)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count < 0 ? nil : Array(bytes[..<count])
  }

  /// Datagrams up to the first that is wanted; that one, or `nil` where it does not come among so many.
  func receive(first isWanted: ([UInt8]) -> Bool, most: Int = 2_000) -> [UInt8]? {
    for _ in 0..<most {
      guard let datagram = receive() else { return nil }
      if isWanted(datagram) { return datagram }
    }
    return nil
  }

  private static func open(_ port: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = address(port)
    let bound = withUnsafeBytes(of: &address) { place in
      bind(
        descriptor, place.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    guard bound == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}

/// What datagrams of RTP and RTCP say, as far as these tests ask.
enum Datagram {
  /// RFC 5761, 4: packet types 192 to 223 are RTCP.
  static func isRTCP(_ bytes: [UInt8]) -> Bool { bytes.count >= 8 && (192...223).contains(bytes[1]) }

  static func isRTP(_ bytes: [UInt8]) -> Bool { bytes.count >= 12 && bytes[0] >> 6 == 2 && !isRTCP(bytes) }

  /// Whether a compound packet holds a BYE of that source (RFC 3550, 6.6).
  static func hasGoodbye(_ bytes: [UInt8], of ssrc: UInt32) -> Bool {
    guard isRTCP(bytes) else { return false }
    let source = (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> UInt32(24 - 8 * $0)) }
    var start = 0
    while start + 8 <= bytes.count {
      if bytes[start + 1] == 203, Array(bytes[start + 4..<start + 8]) == source { return true }
      start += 4 * (Int(bytes[start + 2]) << 8 + Int(bytes[start + 3]) + 1)
    }
    return false
  }
}
