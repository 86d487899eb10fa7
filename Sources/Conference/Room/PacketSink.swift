import MediaBase

/// Where a packet goes: to an address, from one of the sockets of the media thread.
public struct SendRoute: Sendable, Hashable {
  /// The leg's place.
  public var address: TransportAddress
  /// Which socket, by the number that the engine gave it.
  public var socket: Int32

  /// That address, from that socket.
  public init(address: TransportAddress, socket: Int32) {
    self.address = address
    self.socket = socket
  }
}

/// What a room gives its packets to: on a live bridge the batch that `sendmmsg` takes, in a test a list.
///
/// On the room's media thread; may not allocate, lock or wait.
public protocol PacketSink: ~Copyable {
  /// Takes a packet to be sent: `write` gets a place of at least 1,500 bytes, and returns how many it wrote from the front;
  /// 0 sends nothing. Returns the same.
  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int
}
