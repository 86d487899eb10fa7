import Glibc
import MediaBase
import RTC

/// The sockets that a media thread's legs share: the pair of RTP and RTCP, and for WebRTC peers one at each further address.
///
/// ```
///  number   0     1      2 …
///  socket   RTP   RTCP   further addresses
/// ```
struct MediaPorts: Sendable {
  /// By their numbers.
  let sockets: [UDPSocket]
  /// RTP's.
  var rtp: UDPSocket { sockets[0] }

  /// Opens all of them.
  init(_ settings: MediaEngine.Settings) throws(MediaRuntimeError) {
    let pair = try PortPair(address: settings.address, range: settings.ports)
    var sockets = [pair.rtp, pair.rtcp]
    for address in settings.furtherAddresses {
      if let socket = try? UDPSocket(bindingTo: address.withPort(pair.rtp.localAddress.port)) {
        sockets.append(socket)
      } else {
        sockets.append(try PortPair.single(address, range: settings.ports))
      }
    }
    self.sockets = sockets
  }

  /// Where WebRTC peers can reach the thread, the best first.
  func candidates(announced: [TransportAddress]) -> [ICECandidate] {
    let port = rtp.localAddress.port
    var places = announced.map { $0.port == 0 ? $0.withPort(port) : $0 }
    if places.isEmpty {
      for socket in [rtp] + sockets.dropFirst(2) {
        let bound = socket.localAddress
        places += bound.isAny ? InterfaceAddresses.all(like: bound) : [bound]
      }
    }
    return places.enumerated().map { number, place in
      ICECandidate(address: place, transport: .udp, priority: Self.priority(number))
    }
  }

  /// RFC 8445, 5.1.2.1: host candidates of one component, each with a preference of its own.
  private static func priority(_ number: Int) -> UInt32 {
    126 << 24 | UInt32(max(0, 65_535 - number)) << 8 | 255
  }
}

extension TransportAddress {
  /// Whether it stands for every address of the machine.
  var isAny: Bool { ipv4 == 0 || (high == 0 && low == 0) }
}

/// The addresses of this machine's interfaces.
enum InterfaceAddresses {
  /// Those of the same family with the same port that others can reach; the loopback's where there are no others.
  static func all(like bound: TransportAddress) -> [TransportAddress] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [(address: TransportAddress, isLoopback: Bool)] = []
    var next = first
    while let entry = next {
      next = entry.pointee.ifa_next
      guard let address = address(of: entry.pointee), (address.ipv4 == nil) == (bound.ipv4 == nil) else { continue }
      found.append((address.withPort(bound.port), entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) != 0))
    }
    let others = found.filter { !$0.isLoopback }
    return (others.isEmpty ? found : others).map(\.address)
  }

  /// Of an interface that is up; link-local addresses of IPv6 mean nothing to a peer.
  private static func address(of entry: ifaddrs) -> TransportAddress? {
    guard let storage = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_UP) != 0 else { return nil }
    let family = Int32(storage.pointee.sa_family)
    guard family == AF_INET || family == AF_INET6 else { return nil }
    var copy = sockaddr_in6()
    let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    withUnsafeMutableBytes(of: &copy) { $0.copyMemory(from: UnsafeRawBufferPointer(start: storage, count: size)) }
    let address = TransportAddress(copy)
    return address.high >> 54 == 0xfe80 >> 6 ? nil : address
  }
}
