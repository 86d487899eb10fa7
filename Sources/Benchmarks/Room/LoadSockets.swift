import MediaBase
import MediaRuntime

/// The sockets of the load, each for many legs: every leg has an address of its own in 127.0.0.0/8.
///
/// A socket bound to all addresses tells by IP_PKTINFO for which leg a packet was, and chooses by it which leg sends. One
/// recvmmsg brings many legs' packets, at less than half the cost of a socket a leg; and none of them wakes anybody, since
/// the generator sleeps by the clock: sending costs the bridge no more than on a network. How many legs share a socket is
/// bounded by what its buffer holds in ordinary settings of the system.
package struct LoadSockets: Sendable {
  private static let legsPerSocket = 200
  private static let firstIPv4: UInt32 = 0x7f01_0001

  /// By number.
  let sockets: [UDPSocket]

  /// As many as `legs` need.
  package init(legs: Int) throws(MediaRuntimeError) {
    var settings = UDPSocket.Settings()
    settings.notesDestination = true
    settings.receiveBufferBytes = 8 << 20
    var sockets: [UDPSocket] = []
    for _ in 0..<(legs + Self.legsPerSocket - 1) / Self.legsPerSocket {
      sockets.append(try UDPSocket(bindingTo: TransportAddress(ipv4: 0, port: 0), settings: settings))
    }
    self.sockets = sockets
  }

  /// Which socket a leg has.
  package func socket(ofLeg leg: Int) -> Int { leg / Self.legsPerSocket }

  /// A leg's address, without its port.
  func ipv4(ofLeg leg: Int) -> UInt32 { Self.firstIPv4 + UInt32(leg % Self.legsPerSocket) }

  /// Where a leg is reached.
  package func address(ofLeg leg: Int) -> TransportAddress {
    TransportAddress(ipv4: ipv4(ofLeg: leg), port: sockets[socket(ofLeg: leg)].localAddress.port)
  }

  /// Which leg a packet was for; `nil` where it is none's.
  package func leg(socket: Int, ipv4: UInt32?) -> Int? {
    guard let ipv4, ipv4 >= Self.firstIPv4, ipv4 < Self.firstIPv4 + UInt32(Self.legsPerSocket) else { return nil }
    return socket * Self.legsPerSocket + Int(ipv4 - Self.firstIPv4)
  }

  /// Packets lost because the generator read too late.
  var unreadDrops: Int { sockets.reduce(0) { $0 + Int($1.unreadDropCount) } }
}
