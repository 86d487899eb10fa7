import BridgeServer
import Conference
import Foundation
import MediaBase
import Testing

/// The whole control side on a loopback socket.
@Suite("The host", .serialized)
struct HostTests {
  /// Runs a bridge while the closure does something, and then ends it as a signal would.
  private func run(
    _ layers: ConfigurationLayers = ConfigurationLayers(flags: [("http.address", "--http", "127.0.0.1:0")]),
    media: FakeMedia = FakeMedia(), lines: LogLines = LogLines(),
    _ work: @Sendable @escaping (BridgeHost, Int, String) async throws -> Void
  ) async throws {
    let configuration = try layers.build()
    var token = ""
    let host = try BridgeHost(
      configuration: configuration, layers: layers, media: media,
      log: LogOutput(settings: configuration.log) { lines.add($0) }
    ) { token = $0 }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let running = Task {
      try await host.run(signals: [], onListening: { port.yield($0) })
    }
    let found = await ports.first { _ in true }
    do {
      try await work(host, found ?? 0, token)
    } catch {
      running.cancel()
      throw error
    }
    running.cancel()
    _ = await running.result
  }

  @Test func aRoomIsOpenedAndReadOverTheNetwork() async throws {
    try await run { _, port, token in
      let connection = try LoopbackConnection(port: port)
      await connection.send("POST", "/v1/rooms", token: token, body: #"{"name": "daily"}"#)
      let answer = await connection.read(until: "}\n")
      #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n") && answer.contains("Location: /v1/rooms/daily\r\n"))
    }
  }

  @Test func eventsComeAsTheyHappenAndCanBeReadAgain() async throws {
    let media = FakeMedia()
    try await run(media: media) { host, port, token in
      let reader = try LoopbackConnection(port: port)
      await reader.send("GET", "/v1/events", token: token)
      let head = await reader.read(until: "retry: 2000\n\n")
      #expect(head.lowercased().contains("content-type: text/event-stream"))
      try await host.openRoom("daily")
      let seen = await reader.read(until: "event: roomOpened\n")
      media.tell(.shedding(.complexity))
      #expect(await reader.read(until: "\"shedding\":\"complexity\"").contains("event: shedding"))
      let id = try #require(seen.components(separatedBy: "id: ").last?.split(separator: "\n").first)
      let again = try LoopbackConnection(port: port)
      await again.send("GET", "/v1/rooms/daily/events", token: token, headers: ["Last-Event-ID: \(id)"])
      let replayed = await again.read(until: "event: shedding")
      #expect(!replayed.contains("roomOpened") && !replayed.contains("eventsLost"))
    }
  }

  @Test func aReaderWhoDoesNotReadIsDisconnected() async throws {
    try await run { host, port, token in
      let reader = try LoopbackConnection(port: port, receiveBuffer: 4_096)
      await reader.send("GET", "/v1/events", token: token)
      _ = await reader.read(until: "retry: 2000\n\n")
      let name = String(repeating: "n", count: 2_000)
      let event = EventKind.groupEnded(GroupEnded(name: name))
      // First more than the network between holds, then more than the queue does.
      for _ in 0..<8_000 { host.hub.publish(event, room: nil, at: Date()) }
      for _ in 0..<host.hub.queued where host.hub.readerCount > 0 { host.hub.keepAlive() }
      #expect(host.hub.readerCount == 0)
      // The connection ends: what is read comes to an end.
      #expect(await reader.read(until: nil).hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test func theEndClosesRoomsAndStreams() async throws {
    let media = FakeMedia()
    try await run(media: media) { host, port, token in
      let reader = try LoopbackConnection(port: port)
      await reader.send("GET", "/v1/events", token: token, headers: ["Connection: close"])
      _ = await reader.read(until: "retry: 2000\n\n")
      try await host.openRoom("daily")
      await host.directory.shutDown()
      #expect(media.state.withLock { $0.closed } == [RoomID(rawValue: 1)])
      // Up to the chunk that ends the answer (RFC 9112, 7.1).
      let last = await reader.read(until: "\r\n0\r\n\r\n")
      #expect(last.contains("\"reason\":\"shutdown\""))
      await #expect(throws: RoomError.shuttingDown) {
        try await host.openRoom("late")
      }
    }
  }

  @Test func theProgramsOwnRoomsAreSeenInTheAPI() async throws {
    let bridge = try TestBridge()
    try await bridge.host.openRoom("demo")
    let leg = LegSettings(
      format: LegFormat(codec: .opus, payloadType: 111), remote: TransportAddress(ipv4: 0x7f00_0001, port: 5_004))
    let joined = try await bridge.host.join("demo", name: "Alice", leg: leg)
    #expect(joined.local.port == 20_000)
    let members = try await bridge.ask(.get, "/v1/rooms/demo/members").items
    #expect(members.compactMap { $0["name"] as? String } == ["Alice"])
  }

  @Test func aReloadTakesLevelLimitsAndTokens() async throws {
    let folder = NSTemporaryDirectory() + "partyline-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    try write("tokens", "first-token-of-them-all\n")
    try write("bridge.yaml", "http: {address: '127.0.0.1:0', tokenFile: \(folder)/tokens}\n")
    let lines = LogLines()
    let configuration = try ConfigurationLayers(file: "\(folder)/bridge.yaml").build()
    let host = try BridgeHost(
      configuration: configuration, layers: ConfigurationLayers(file: "\(folder)/bridge.yaml"), media: FakeMedia(),
      log: LogOutput(settings: configuration.log) { lines.add($0) },
      announceToken: { _ in Issue.record("no token is made") })
    let judge = { (token: String) in host.api.tokens.judge("Bearer \(token)", at: .zero) }
    #expect(judge("first-token-of-them-all") == .right)

    try write("tokens", "second-token-of-them-all\n")
    try write(
      "bridge.yaml",
      "http: {address: '127.0.0.1:1', tokenFile: \(folder)/tokens}\nlimits: {rooms: 1}\nlog: {level: error}\n")
    await host.reload()
    #expect(judge("first-token-of-them-all") == .wrong && judge("second-token-of-them-all") == .right)
    #expect(host.api.configuration.limits.rooms == 1 && host.api.configuration.http.address.port == 0)

    try write("bridge.yaml", "http: {tokenFile: \(folder)/tokens}\nlimits: {rooms: none}\n")
    await host.reload()
    #expect(lines.all.contains("limits.rooms is 'none'") && host.api.configuration.limits.rooms == 1)
    #expect(!lines.all.contains("token-of-them-all"))
  }

  @Test func theLogHasOneLineForEachEventInBothForms() {
    for (format, expected) in [
      (LogFormat.text, " info joined a=\"1 \\\"2\\\"\" name=x\u{FFFD}y\n"),
      (.json, "\"message\":\"joined\",\"name\":\"x\\ny\""),
    ] {
      let lines = LogLines()
      var settings = BridgeConfiguration.LogSettings()
      settings.format = format
      let output = LogOutput(settings: settings) { lines.add($0) }
      let logger = output.logger(label: "test")
      logger.debug("unheard")
      logger.info("joined", metadata: ["name": "x\ny", "a": "1 \"2\""])
      output.level = .error
      logger.warning("unheard")
      #expect(lines.all.contains(expected), "\(lines.all)")
      #expect(lines.all.filter { $0 == "\n" }.count == 1)
    }
  }
}
