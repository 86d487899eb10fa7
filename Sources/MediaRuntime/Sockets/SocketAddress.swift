import Glibc
import MediaBase

/// A transport address in the form that a socket of one family sends to: prepared once for each leg, copied for each packet.
///
/// A socket of IPv6 that takes IPv4 as well sends there by the IPv4-mapped address (RFC 4291, 2.5.5.2). 28 bytes without a
/// reference.
public struct SocketAddress: Sendable {
  /// Holds a `sockaddr_in` in its front where the family is IPv4.
  package var storage: sockaddr_in6
  /// How many bytes of it the kernel is to read.
  let length: socklen_t

  /// `address` for `socket`; `nil` where that cannot send there: IPv6 from a socket of IPv4, IPv4 from one of IPv6 alone.
  public init?(_ address: TransportAddress, for socket: UDPSocket) {
    switch socket.family {
    case .ipv4:
      guard let ipv4 = address.ipv4 else { return nil }
      self.init(ipv4: ipv4, port: address.port)
    case .ipv6:
      guard address.ipv4 == nil else { return nil }
      self.init(ipv6: address)
    case .dualStack:
      self.init(ipv6: address)
    }
  }

  package init(ipv4: UInt32, port: UInt16) {
    storage = sockaddr_in6()
    length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutableBytes(of: &storage) { bytes in
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = ipv4.bigEndian
      bytes.storeBytes(of: address, as: sockaddr_in.self)
    }
  }

  package init(ipv6 address: TransportAddress) {
    storage = sockaddr_in6()
    length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    storage.sin6_family = sa_family_t(AF_INET6)
    storage.sin6_port = address.port.bigEndian
    withUnsafeMutableBytes(of: &storage.sin6_addr) { bytes in
      bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
      bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
  }
}

extension TransportAddress {
  /// What the kernel wrote; the unspecified address for a family that is not IP.
  package init(_ storage: sockaddr_in6) {
    if storage.sin6_family == sa_family_t(AF_INET) {
      let address = withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in.self) }
      self.init(ipv4: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
    } else {
      let (high, low) = withUnsafeBytes(of: storage.sin6_addr) { bytes in
        (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      }
      self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low), port: UInt16(bigEndian: storage.sin6_port))
    }
  }
}
