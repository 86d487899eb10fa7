import MediaBase
import MediaRuntime
import Testing

/// What the socket tests share: sockets on loopback, and what came to them.
enum Datagrams {
  static let loopback = TransportAddress(ipv4: 0x7f00_0001, port: 0)
  static let loopback6 = TransportAddress(high: 0, low: 1, port: 0)

  /// Appends one packet of these bytes.
  static func append(_ bytes: [UInt8], to batch: inout SendBatch, for destination: SocketAddress) {
    var slot = batch.packetSlot
    for (index, byte) in bytes.enumerated() { slot[index] = byte }
    batch.appendPacket(byteCount: bytes.count, to: destination)
  }

  /// Sends one packet of these bytes.
  static func send(_ bytes: [UInt8], from socket: UDPSocket, to address: TransportAddress) throws {
    var batch = SendBatch(capacity: 1)
    append(bytes, to: &batch, for: try #require(SocketAddress(address, for: socket)))
    let outcome = batch.flush(to: socket)
    #expect(outcome.sent == 1)
  }

  static func bytes(_ span: Span<UInt8>) -> [UInt8] {
    span.indices.map { span[$0] }
  }

  /// What is known of one datagram.
  struct Received {
    var bytes: [UInt8]
    var source: TransportAddress
    var arrival: PacketTime
    var destinationIPv4: UInt32?
  }

  /// Receives so many datagrams, those too long to keep included, in as many batches as it takes; fewer where no more
  /// come, and more where they do. Under load the kernel may deliver a packet later than it was sent, even on loopback.
  static func receive(_ count: Int, from socket: UDPSocket, by batch: inout ReceiveBatch) throws -> [Received] {
    var poller = try Poller(waker: Waker())
    try poller.add(socket, token: 0)
    var received: [Received] = []
    var seen = 0
    while seen < count {
      poller.wait(until: MonotonicClock.now.advanced(byMilliseconds: 5_000))
      if poller.readyCount == 0 { break }
      seen += batch.receive(from: socket)
      for index in 0..<batch.count {
        received.append(
          Received(
            bytes: bytes(batch.datagram(index)), source: batch.source(index), arrival: batch.arrival(index),
            destinationIPv4: batch.destinationIPv4(index)))
      }
    }
    #expect(seen == count)
    return received
  }
}
