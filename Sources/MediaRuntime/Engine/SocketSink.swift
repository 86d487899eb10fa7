import Conference
import MediaBase

/// Sends a room's packets: gathers them in a batch, and flushes it where it is full or another socket's turn comes.
///
/// One a media thread, which has the sockets by their numbers. A packet costs a copy of its bytes and its share of a
/// `sendmmsg`.
struct SocketSink: ~Copyable, PacketSink {
  private var batch: SendBatch
  private var sockets: [UDPSocket?]
  private var current = 0
  /// Packets for a socket that is gone, or an address that the socket cannot reach.
  private(set) var unsendable: UInt64 = 0

  init(sockets: [UDPSocket?]) {
    batch = SendBatch(capacity: 512)
    self.sockets = sockets
  }

  /// What became of all packets.
  var totals: SendOutcome { batch.totals }

  /// Gives a socket a number, or takes it from it. Between two ticks.
  mutating func setSocket(_ socket: UDPSocket?, at number: Int) {
    flush()
    while sockets.count <= number { sockets.append(nil) }
    sockets[number] = socket
  }

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    let number = Int(route.socket)
    if number != current || batch.isFull {
      flush()
      current = number
    }
    var slot = batch.packetSlot
    let count = write(&slot)
    guard count > 0 else { return 0 }
    guard let socket = sockets[number], let address = SocketAddress(route.address, for: socket) else {
      unsendable += 1
      return count
    }
    batch.appendPacket(byteCount: count, to: address)
    return count
  }

  /// Sends what has been gathered.
  mutating func flush() {
    guard batch.count > 0, let socket = sockets[current] else { return }
    batch.flush(to: socket)
  }
}
