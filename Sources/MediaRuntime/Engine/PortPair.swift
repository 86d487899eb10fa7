import Glibc
import MediaBase

/// An even port for RTP and the next one for RTCP (RFC 3550, 11).
///
/// Legs that send both to one port (RFC 5761) use the first alone. Open as long as it lives.
package struct PortPair: Sendable {
  package let rtp: UDPSocket
  package let rtcp: UDPSocket

  /// The first free pair within a range; without one, any pair that the system gives.
  package init(address: TransportAddress, range: ClosedRange<UInt16>?) throws(MediaRuntimeError) {
    guard let range else {
      try self.init(anyAt: address)
      return
    }
    var lowest = Int(range.lowerBound)
    lowest += lowest % 2
    for port in stride(from: lowest, to: Int(range.upperBound), by: 2) {
      if let pair = try Self.open(address.withPort(UInt16(port))) {
        self = pair
        return
      }
    }
    throw .cannotBind(address.withPort(range.lowerBound), code: EADDRINUSE)
  }

  private init(anyAt address: TransportAddress) throws(MediaRuntimeError) {
    // The system gives a free port; its neighbour may be taken.
    for _ in 0..<100 {
      let first = try UDPSocket(bindingTo: address.withPort(0))
      let port = first.localAddress.port
      guard let second = try? UDPSocket(bindingTo: address.withPort(port ^ 1)) else { continue }
      (rtp, rtcp) = port % 2 == 0 ? (first, second) : (second, first)
      return
    }
    throw .cannotBind(address, code: EADDRINUSE)
  }

  private init(rtp: UDPSocket, rtcp: UDPSocket) {
    self.rtp = rtp
    self.rtcp = rtcp
  }

  /// The pair at that even port; `nil` where one of the two is taken.
  private static func open(_ address: TransportAddress) throws(MediaRuntimeError) -> PortPair? {
    guard let rtp = try socket(at: address), let rtcp = try socket(at: address.withPort(address.port + 1))
    else { return nil }
    return PortPair(rtp: rtp, rtcp: rtcp)
  }

  /// A socket of its own: the last free port of a range, far from the pairs; without one, any.
  package static func single(
    _ address: TransportAddress, range: ClosedRange<UInt16>?
  ) throws(MediaRuntimeError) -> UDPSocket {
    guard let range else { return try UDPSocket(bindingTo: address.withPort(0)) }
    for port in range.reversed() {
      if let socket = try socket(at: address.withPort(port)) { return socket }
    }
    throw .cannotBind(address.withPort(range.upperBound), code: EADDRINUSE)
  }

  /// `nil` where the port is taken; what else goes wrong goes wrong at any port.
  private static func socket(at address: TransportAddress) throws(MediaRuntimeError) -> UDPSocket? {
    do {
      return try UDPSocket(bindingTo: address)
    } catch {
      if case .cannotBind(_, code: EADDRINUSE) = error { return nil }
      throw error
    }
  }
}

/// What a thread of the control side does while a queue is full.
enum Backoff {
  static func pause() {
    usleep(1_000)
  }
}
