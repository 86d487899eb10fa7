import MediaBase
import MediaRuntime
import Testing

@Suite("UDP sockets")
struct UDPSocketTests {
  @Test("port 0 gets a free port, and the address that was asked for")
  func anyPort() throws {
    for address in [Datagrams.loopback, Datagrams.loopback6] {
      let socket = try UDPSocket(bindingTo: address)
      #expect(socket.localAddress.port != 0)
      #expect(socket.localAddress.withPort(0) == address)
    }
  }

  @Test("buffers are granted, and what was granted is told")
  func bufferSizes() throws {
    var settings = UDPSocket.Settings()
    settings.receiveBufferBytes = 64 << 10
    settings.sendBufferBytes = 32 << 10
    let socket = try UDPSocket(bindingTo: Datagrams.loopback, settings: settings)
    // The kernel doubles what was asked for, for its own overhead (socket(7)).
    #expect(socket.receiveBufferBytes == 128 << 10)
    #expect(socket.sendBufferBytes == 64 << 10)
  }

  @Test("a port that somebody has is refused with the address and the system's words")
  func portInUse() throws {
    let socket = try UDPSocket(bindingTo: Datagrams.loopback)
    let error = #expect(throws: MediaRuntimeError.self) { try UDPSocket(bindingTo: socket.localAddress) }
    #expect(error?.description == "cannot bind UDP \(socket.localAddress): address already in use")
  }

  @Test("an address that is not ours is refused")
  func foreignAddress() throws {
    #expect(throws: MediaRuntimeError.self) {
      try UDPSocket(bindingTo: TransportAddress(ipv4: 0xc000_0201, port: 0))
    }
  }

  @Test("a closed socket gives its port back")
  func closedWithLastReference() throws {
    var socket: UDPSocket? = try UDPSocket(bindingTo: Datagrams.loopback)
    let address = try #require(socket?.localAddress)
    socket = nil
    #expect(try UDPSocket(bindingTo: address).localAddress == address)
  }

  @Test(
    "addresses survive the way to the kernel and back",
    arguments: ["127.0.0.1", "255.255.255.255", "192.0.2.77", "::1", "2001:db8:1:2:3:4:5:6", "fe80::1"])
  func addressRoundTrip(text: String) throws {
    let address = try #require(TransportAddress(text, port: 54_321))
    if let ipv4 = address.ipv4 {
      #expect(TransportAddress(SocketAddress(ipv4: ipv4, port: address.port).storage) == address)
    }
    #expect(TransportAddress(SocketAddress(ipv6: address).storage) == address)
  }

  @Test("an address is prepared for sockets that reach it, and only for those")
  func familiesApart() throws {
    let ipv4 = try #require(TransportAddress("192.0.2.1", port: 9))
    let ipv6 = try #require(TransportAddress("2001:db8::1", port: 9))
    var settings = UDPSocket.Settings()
    settings.isDualStack = true
    let sockets = [
      try UDPSocket(bindingTo: Datagrams.loopback), try UDPSocket(bindingTo: Datagrams.loopback6),
      try UDPSocket(bindingTo: TransportAddress(high: 0, low: 0, port: 0), settings: settings),
    ]
    #expect(sockets.map { SocketAddress(ipv4, for: $0) != nil } == [true, false, true])
    #expect(sockets.map { SocketAddress(ipv6, for: $0) != nil } == [false, true, true])
  }

  @Test("a socket of both families sends to IPv4 and hears from it under its IPv4 address")
  func dualStack() throws {
    var settings = UDPSocket.Settings()
    settings.isDualStack = true
    let both = try UDPSocket(bindingTo: TransportAddress(high: 0, low: 0, port: 0), settings: settings)
    let ipv4 = try UDPSocket(bindingTo: Datagrams.loopback)
    var batch = ReceiveBatch(capacity: 4)
    try Datagrams.send([1], from: ipv4, to: Datagrams.loopback.withPort(both.localAddress.port))
    #expect(try Datagrams.receive(1, from: both, by: &batch).map(\.source) == [ipv4.localAddress])
    try Datagrams.send([2], from: both, to: ipv4.localAddress)
    #expect(try Datagrams.receive(1, from: ipv4, by: &batch).map(\.bytes) == [[2]])
  }
}
