import Foundation
import Testing

/// The live bridge from its start to its end, by whatever signal.
@Suite struct HostLifeTests {
  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsItWithAGoodbyeToEachLeg(signal: Int32) throws {
    let bridge = try HostedBridge()
    let legs = try (0..<4).map { _ in try LoopbackPort() }
    var members: [HostedBridge.Member] = []
    for (number, leg) in legs.enumerated() {
      let room = number < 2 ? "first" : "second"
      if number % 2 == 0 { try bridge.openRoom(room) }
      members.append(try bridge.join(room, port: leg.port))
    }
    for (leg, member) in zip(legs, members) {
      #expect(leg.receive(first: Datagram.isRTP)?.dropFirst(8).prefix(4).elementsEqual(bytes(of: member.ssrc)) == true)
    }
    // Readers of events do not hold it up.
    let reader = try Program.curl.start([
      "-sSN", "-H", "Authorization: Bearer \(HostedBridge.token)", "http://127.0.0.1:\(bridge.port)/v1/events",
    ])
    _ = try reader.output.read(upToCount: 1)
    bridge.signal(signal)
    let ended = try bridge.running.waitForEnd(within: 5)
    #expect(ended.exitCode == 0 && !ended.wasKilled)
    #expect(String(decoding: reader.output.readDataToEndOfFile(), as: UTF8.self).contains(#""reason":"shutdown""#))
    _ = try reader.waitForEnd(within: 20)
    for (leg, member) in zip(legs, members) {
      #expect(leg.receive { Datagram.hasGoodbye($0, of: member.ssrc) } != nil)
      // And nothing more.
      #expect(leg.receive(within: 0) == nil)
    }
  }

  private func bytes(of ssrc: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> UInt32(24 - 8 * $0)) }
  }

  @Test func afterAKillItStartsAgainOnTheSamePorts() throws {
    let media = try LoopbackPort.free()
    let environment = ["PARTYLINE_MEDIA_PORTS": "\(media)-\(media + 1)"]
    let leg = try LoopbackPort()
    var port = 0
    for _ in 0..<3 {
      let bridge = try HostedBridge(port: port, environment: environment)
      port = bridge.port
      #expect((try bridge.ask("GET", "/v1/rooms")["items"] as? [Any])?.isEmpty == true)
      try bridge.openRoom("daily")
      let member = try bridge.join("daily", port: leg.port)
      #expect(member.port == media)
      let isOurs = { (packet: [UInt8]) in
        Datagram.isRTP(packet) && packet[8..<12].elementsEqual(self.bytes(of: member.ssrc))
      }
      #expect(leg.receive(first: isOurs) != nil)
      bridge.signal(SIGKILL)
      #expect(bridge.running.wait().wasKilled)
    }
  }

  @Test func anAddressOfTheAPIThatIsTakenIsToldInOneLine() throws {
    let bridge = try HostedBridge()
    let scratch = try ScratchDirectory()
    let second = try HostedBridge.start([], port: bridge.port, environment: [:], scratch)
    expectOneLine(try second.waitForEnd(within: 20), holding: "127.0.0.1:\(bridge.port)", "address already in use")
    #expect(try bridge.ask("GET", "/healthz").status == 200)
  }

  @Test func mediaPortsThatAreTakenAreToldInOneLine() throws {
    let taken = try LoopbackPort()
    let scratch = try ScratchDirectory()
    let environment = ["PARTYLINE_MEDIA_PORTS": "\(taken.port)-\(taken.port + 1)"]
    let ended = try HostedBridge.start([], port: 0, environment: environment, scratch).waitForEnd(within: 20)
    expectOneLine(ended, holding: "127.0.0.1:\(taken.port)", "address already in use")
  }
}
