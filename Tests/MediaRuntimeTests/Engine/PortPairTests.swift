import Conference
import MediaBase
import Testing

import MediaRuntime

@Suite("Pairs of media ports", .serialized)
struct PortPairTests {
  /// Ports below the range that the system gives out, so that only these tests have them.
  private static let range: ClosedRange<UInt16> = 17_401...17_409

  private func take(_ ports: [UInt16]) throws -> [UDPSocket] {
    try ports.map { try UDPSocket(bindingTo: Datagrams.loopback.withPort($0)) }
  }

  @Test("a pair is an even port and the next one")
  func evenAndNext() throws {
    for range in [nil, Self.range] {
      let pair = try PortPair(address: Datagrams.loopback, range: range)
      #expect(pair.rtp.localAddress.port % 2 == 0)
      #expect(pair.rtcp.localAddress.port == pair.rtp.localAddress.port + 1)
      if let range { #expect(pair.rtp.localAddress.port == range.lowerBound + 1) }
    }
  }

  @Test(
    "the first pair of which both ports are free is taken",
    arguments: [
      ([], 17_402), ([17_402], 17_404), ([17_403], 17_404), ([17_402, 17_405], 17_406),
      ([17_403, 17_404, 17_407], 17_408),
    ]
      as [([UInt16], UInt16)])
  func partlyTaken(taken: [UInt16], expected: UInt16) throws {
    let others = try take(taken)
    let pair = try PortPair(address: Datagrams.loopback, range: Self.range)
    #expect(pair.rtp.localAddress.port == expected)
    #expect(others.count == taken.count)
  }

  @Test("a range without a free pair is refused with its first port; a pair that is let go is free again")
  func full() throws {
    var pairs = try (0..<4).map { _ in try PortPair(address: Datagrams.loopback, range: Self.range) }
    #expect(pairs.map(\.rtp.localAddress.port) == [17_402, 17_404, 17_406, 17_408])
    let error = #expect(throws: MediaRuntimeError.self) {
      try PortPair(address: Datagrams.loopback, range: Self.range)
    }
    #expect(error?.description == "cannot bind UDP 127.0.0.1:17401: address already in use")
    pairs.remove(at: 1)
    #expect(try PortPair(address: Datagrams.loopback, range: Self.range).rtp.localAddress.port == 17_404)
    for range in [17_401...17_401, 17_402...17_402, 65_535...65_535] as [ClosedRange<UInt16>] {
      #expect(throws: MediaRuntimeError.self) { try PortPair(address: Datagrams.loopback, range: range) }
    }
  }

  @Test("a leg's own port is the last free one of the range")
  func single() throws {
    let others = try take([17_408])
    let sockets = try (0..<2).map { _ in try PortPair.single(Datagrams.loopback, range: Self.range) }
    #expect(sockets.map(\.localAddress.port) == [17_409, 17_407])
    // A release lets go of what is not used any more.
    let error = withExtendedLifetime((others, sockets)) {
      #expect(throws: MediaRuntimeError.self) {
        try PortPair.single(Datagrams.loopback, range: 17_408...17_409)
      }
    }
    #expect(error?.description == "cannot bind UDP 127.0.0.1:17409: address already in use")
  }

  @Test("an engine keeps to its range: pairs from below, learnt legs from above, and an error in words when it is full")
  func engineKeepsToItsRange() async throws {
    try await EngineRig.run(threads: 2, ports: Self.range) { rig in
      var ports: [UInt16] = []
      let legs = try (1...6).map { try rig.leg(number: $0) }
      for number in 0..<2 {
        let room = try await rig.engine.openRoom(RoomSettings())
        ports.append(try await rig.join(room, legs[number]).local.port)
      }
      #expect(ports.sorted() == [17_402, 17_404])
      let room = try await rig.engine.openRoom(RoomSettings())
      let learnt = try await rig.join(room, legs[2]) { $0.learnsSource = true }
      #expect(learnt.local.port == 17_409)
      for _ in 0..<3 { _ = try await rig.join(room, legs[3]) { $0.learnsSource = true } }
      #expect(try await rig.join(room, legs[3]) { $0.learnsSource = true }.local.port == 17_401)
      let error = await #expect(throws: ConferenceMediaError.self) {
        _ = try await rig.join(room, legs[4]) { $0.learnsSource = true }
      }
      #expect(error == .system("cannot bind UDP 127.0.0.1:17409: address already in use"))
      // One who leaves gives the port to the next.
      await rig.engine.leave(learnt.member)
      #expect(try await rig.join(room, legs[5]) { $0.learnsSource = true }.local.port == 17_409)
    }
  }
}
