import MediaBase
import MediaRuntime
import Testing

@Suite("Packets in batches")
struct BatchTests {
  @Test(
    "a packet arrives with its bytes, its source and its time", arguments: [Datagrams.loopback, Datagrams.loopback6])
  func loopback(address: TransportAddress) throws {
    let sender = try UDPSocket(bindingTo: address)
    let receiver = try UDPSocket(bindingTo: address)
    var batch = ReceiveBatch(capacity: 8)
    #expect(batch.receive(from: receiver) == 0)
    let before = MonotonicClock.now
    try Datagrams.send([1, 2, 3], from: sender, to: receiver.localAddress)
    try Datagrams.send([], from: sender, to: receiver.localAddress)
    let received = try Datagrams.receive(2, from: receiver, by: &batch)
    let after = MonotonicClock.now
    #expect(received.map(\.bytes) == [[1, 2, 3], []])
    for packet in received {
      #expect(packet.source == sender.localAddress)
      // The two clocks are read one after the other, so that the sum may be off by what lies between.
      #expect(packet.arrival.nanoseconds(since: before) > -1_000_000)
      #expect(packet.arrival <= after)
    }
  }

  @Test("more packets than a batch holds come in several, in order, with times that never go back")
  func severalBatches() throws {
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    let destination = try #require(SocketAddress(receiver.localAddress, for: sender))
    var sending = SendBatch(capacity: 100)
    for number in 0..<100 { Datagrams.append([UInt8(number)], to: &sending, for: destination) }
    #expect(sending.isFull == true)
    #expect(sending.flush(to: sender).sent == 100)
    #expect(sending.count == 0)
    var batch = ReceiveBatch(capacity: 16)
    let heard = try Datagrams.receive(100, from: receiver, by: &batch)
    #expect(heard.map(\.bytes) == (0..<100).map { [UInt8($0)] })
    for (earlier, later) in zip(heard, heard.dropFirst()) {
      // Between batches the distance of the clocks is measured anew.
      #expect(later.arrival.nanoseconds(since: earlier.arrival) > -1_000_000)
    }
  }

  @Test("a datagram that is too long is dropped and counted; its neighbours are kept")
  func truncation() throws {
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    for length in [64, 65, 10, 1_500, 63] {
      try Datagrams.send([UInt8](repeating: 1, count: length), from: sender, to: receiver.localAddress)
    }
    var batch = ReceiveBatch(capacity: 8, datagramBytes: 64)
    let received = try Datagrams.receive(5, from: receiver, by: &batch)
    #expect(received.map(\.bytes.count) == [64, 10, 63])
    #expect(received.map(\.source) == [sender.localAddress, sender.localAddress, sender.localAddress])
    #expect(batch.truncatedCount == 2)
  }

  @Test("a datagram can be changed where it stands")
  func changedInPlace() throws {
    let socket = try UDPSocket(bindingTo: Datagrams.loopback)
    try Datagrams.send([1, 2, 3], from: socket, to: socket.localAddress)
    var batch = ReceiveBatch(capacity: 1)
    _ = try Datagrams.receive(1, from: socket, by: &batch)
    var bytes = batch.mutableDatagram(0)
    bytes[1] = 9
    #expect(Datagrams.bytes(batch.datagram(0)) == [1, 9, 3])
  }

  @Test("a shared payload goes out behind each header, through several flushes")
  func sharedPayload() throws {
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    let receivers = try (0..<5).map { _ in try UDPSocket(bindingTo: Datagrams.loopback) }
    var sending = SendBatch(capacity: 2, sharedPayloadBytes: 8)
    let payload: [UInt8] = [7, 8, 9]
    let stored = sending.share(payload.span)
    let shared = try #require(stored)
    for (number, receiver) in receivers.enumerated() {
      if sending.isFull { sending.flush(to: sender) }
      var slot = sending.headerSlot
      slot[0] = UInt8(number)
      slot[1] = 0xff
      sending.appendHeader(
        byteCount: 2, payload: shared, to: try #require(SocketAddress(receiver.localAddress, for: sender)))
    }
    sending.flush(to: sender)
    #expect(sending.totals.sent == 5)
    var batch = ReceiveBatch(capacity: 4)
    for (number, receiver) in receivers.enumerated() {
      #expect(try Datagrams.receive(1, from: receiver, by: &batch).map(\.bytes) == [[UInt8(number), 0xff, 7, 8, 9]])
    }
  }

  @Test("payloads are shared while there is room, and again once they were removed")
  func sharedPayloadRoom() {
    var sending = SendBatch(capacity: 2, sharedPayloadBytes: 8)
    let payload: [UInt8] = [1, 2, 3, 4, 5]
    let first = sending.share(payload.span)
    let second = sending.share(payload.span)
    #expect(first != nil && second == nil)
    sending.removeSharedPayloads()
    let third = sending.share(payload.span)
    #expect(third?.count == 5)
  }

  @Test("a destination that nobody can reach costs its own packets only")
  func refusedDestination() throws {
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    let good = try #require(SocketAddress(receiver.localAddress, for: sender))
    // A packet from a loopback address to another network, and one to port 0, are refused by the kernel at once.
    let foreign = try #require(SocketAddress(TransportAddress(ipv4: 0xc000_0201, port: 9), for: sender))
    let portless = try #require(SocketAddress(Datagrams.loopback, for: sender))
    var sending = SendBatch(capacity: 8)
    for (number, destination) in [foreign, good, portless, portless, good, foreign].enumerated() {
      Datagrams.append([UInt8(number)], to: &sending, for: destination)
    }
    let outcome = sending.flush(to: sender)
    #expect(outcome.sent == 2 && outcome.refused == 4 && outcome.dropped == 0)
    var batch = ReceiveBatch(capacity: 8)
    #expect(try Datagrams.receive(2, from: receiver, by: &batch).map(\.bytes) == [[1], [4]])
  }

  @Test("a port where nobody listens does not stop the others, nor the socket afterwards")
  func deadDestination() throws {
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    let deadAddress = try UDPSocket(bindingTo: Datagrams.loopback).localAddress
    let dead = try #require(SocketAddress(deadAddress, for: sender))
    let good = try #require(SocketAddress(receiver.localAddress, for: sender))
    var sending = SendBatch(capacity: 4)
    var batch = ReceiveBatch(capacity: 4)
    for round in 0..<3 {
      for destination in [dead, good, dead, good] { Datagrams.append([UInt8(round)], to: &sending, for: destination) }
      #expect(sending.flush(to: sender).sent == 4)
      #expect(batch.receive(from: sender) == 0)
      let heard = try Datagrams.receive(2, from: receiver, by: &batch)
      #expect(heard.map(\.bytes) == [[UInt8(round)], [UInt8(round)]])
    }
  }

  @Test("a small send buffer never blocks, and every packet is sent or counted as dropped")
  func smallSendBuffer() throws {
    var settings = UDPSocket.Settings()
    settings.sendBufferBytes = 0
    let sender = try UDPSocket(bindingTo: Datagrams.loopback, settings: settings)
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    let destination = try #require(SocketAddress(receiver.localAddress, for: sender))
    var sending = SendBatch(capacity: 64)
    for _ in 0..<64 { Datagrams.append([UInt8](repeating: 1, count: 1_400), to: &sending, for: destination) }
    // Loopback delivers at once where the machine is idle, and then the smallest buffer never fills.
    let outcome = sending.flush(to: sender)
    #expect(outcome.sent > 0 && outcome.sent + outcome.dropped == 64)
    var batch = ReceiveBatch(capacity: 64)
    _ = try Datagrams.receive(Int(outcome.sent), from: receiver, by: &batch)
  }

  @Test("a socket for all addresses can tell to which one a packet was sent")
  func destinationIsNoted() throws {
    var settings = UDPSocket.Settings()
    settings.notesDestination = true
    let receiver = try UDPSocket(bindingTo: TransportAddress(ipv4: 0, port: 0), settings: settings)
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    for last in UInt32(1)...3 {
      let place = TransportAddress(ipv4: 0x7f00_0100 | last, port: receiver.localAddress.port)
      try Datagrams.send([UInt8(last)], from: sender, to: place)
    }
    var batch = ReceiveBatch(capacity: 4)
    let received = try Datagrams.receive(3, from: receiver, by: &batch)
    #expect(received.map(\.destinationIPv4) == [0x7f00_0101, 0x7f00_0102, 0x7f00_0103])
  }

  @Test("a socket for all addresses sends each packet from the address that it is told")
  func sourceIsChosen() throws {
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback)
    let sender = try UDPSocket(bindingTo: TransportAddress(ipv4: 0, port: 0))
    let destination = try #require(SocketAddress(receiver.localAddress, for: sender))
    let sources: [UInt32?] = [0x7f00_0105, nil, 0x7f00_0106]
    var sending = SendBatch(capacity: 4)
    for _ in 0..<2 {
      for source in sources { sending.appendPacket(byteCount: 1, to: destination, fromIPv4: source) }
      #expect(sending.flush(to: sender).sent == 3)
      var batch = ReceiveBatch(capacity: 4)
      let received = try Datagrams.receive(3, from: receiver, by: &batch)
      #expect(received.map(\.source.ipv4) == sources.map { $0 ?? 0x7f00_0001 })
    }
  }

  @Test("packets that nobody reads in time are counted")
  func unreadDrops() throws {
    var settings = UDPSocket.Settings()
    settings.receiveBufferBytes = 0
    let receiver = try UDPSocket(bindingTo: Datagrams.loopback, settings: settings)
    #expect(receiver.unreadDropCount == 0)
    let sender = try UDPSocket(bindingTo: Datagrams.loopback)
    // Some fit; what comes after them cannot.
    let packet = [UInt8](repeating: 1, count: 1_000)
    while receiver.unreadDropCount == 0 { try Datagrams.send(packet, from: sender, to: receiver.localAddress) }
    #expect(receiver.unreadDropCount >= 1)
  }
}
