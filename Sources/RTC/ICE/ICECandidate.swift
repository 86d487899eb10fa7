import MediaBase

/// A place where a side of an ICE session can be reached: here always one of our own, and a host candidate (RFC 8445,
/// 5.1.1), also where a NAT before us maps it.
public struct ICECandidate: Sendable, Hashable {
  /// How packets travel.
  public enum Transport: Sendable, Hashable {
    case udp
    /// TCP that waits for the other side to connect (RFC 6544, 4.5), framed by RFC 4571.
    case tcpPassive
  }

  /// Where.
  public var address: TransportAddress
  /// How.
  public var transport: Transport
  /// RFC 8445, 5.1.2: the larger the earlier it is tried.
  public var priority: UInt32

  /// A candidate there.
  public init(address: TransportAddress, transport: Transport, priority: UInt32) {
    self.address = address
    self.transport = transport
    self.priority = priority
  }
}
