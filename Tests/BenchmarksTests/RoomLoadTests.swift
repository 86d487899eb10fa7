import AudioCodecs
import Benchmarks
import Conference
import MediaBase
import Testing

@Suite("The load generator's measures")
struct RoomLoadTests {
  @Test("percentiles are found to a step, the maximum exactly")
  func percentiles() {
    var histogram = DurationHistogram()
    #expect(histogram.milliseconds(at: 0.5) == 0 && histogram.maximumMilliseconds == 0)
    for milliseconds in 1...100 { histogram.note(nanoseconds: Int64(milliseconds) * 1_000_000) }
    #expect(abs(histogram.milliseconds(at: 0.5) - 50) <= 0.05)
    #expect(abs(histogram.milliseconds(at: 0.99) - 99) <= 0.05)
    #expect(histogram.milliseconds(at: 1) == 100)
    histogram.note(nanoseconds: 5_000_000_000)
    #expect(histogram.maximumMilliseconds == 5_000)
  }

  private static func time(_ milliseconds: Int) -> PacketTime {
    PacketTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds)
  }

  /// Packets of one leg: sequence number at milliseconds; measured are 100 to 200 ms.
  private static func reception(_ packets: [(sequence: Int, at: Int)]) -> MixReception {
    var reception = MixReception(legs: 1, begin: time(100), end: time(200))
    for packet in packets {
      let sequence = SequenceNumber(rawValue: UInt16(truncatingIfNeeded: packet.sequence))
      reception.note(leg: 0, arrival: time(packet.at), sequence: sequence)
    }
    return reception
  }

  @Test("packets are expected every 20 ms and counted in the measured time only")
  func measuredTime() {
    let reception = Self.reception((0..<15).map { (sequence: $0, at: $0 * 20 + 10) })
    #expect(reception.expectedPerLeg == 5)
    #expect(reception.legs[0].received == 5)
    #expect(reception.legs[0].missing == 0)
    #expect(reception.intervals.count == 5)
    #expect(abs(reception.intervals.milliseconds(at: 0.99) - 20) <= 0.05)
  }

  @Test("numbers left out are gaps, across the wrap too; doubles and late ones count for nothing")
  func gapsAndDoubles() {
    let reception = Self.reception([(65_534, 90), (65_535, 110), (1, 130), (1, 135), (0, 140), (5, 150)])
    #expect(reception.legs[0].received == 3)
    #expect(reception.legs[0].gaps == 2)
    #expect(reception.legs[0].missing == 4)
    #expect(reception.intervals.count == 3)
  }

  @Test("every marker but the first is heard where the codec puts it")
  func markersAreHeard() throws {
    let stream = try OpusStream.markers(settings: RoomBenchmark.encoding)
    let onsets = try LatencyMarker.onsets(in: (0..<stream.count).map(stream.packet))
    #expect(onsets.map(\.packet) == stride(from: 25, to: 500, by: 25).map { $0 })
    // The encoder looks 312 samples ahead; the tone takes a millisecond or two to pass the threshold.
    #expect(onsets.allSatisfy { (240...432).contains($0.offsetSamples) })
    let quiet = try OpusStream.quiet(settings: RoomBenchmark.encoding)
    #expect(try LatencyMarker.onsets(in: (0..<quiet.count).map(quiet.packet)).isEmpty)
  }

  @Test("packets that come 30 ms after they were sent have a latency of 30 ms, and nothing added to that")
  func latencyOfForwardedPackets() throws {
    let stream = try OpusStream.markers(settings: RoomBenchmark.encoding)
    let sent = (0..<300).map { Self.time($0 * 20) }
    let heard = sent.enumerated().map { (arrival: $1.advanced(byMilliseconds: 30), packet: stream.packet($0)) }
    let latency = try LatencyResult(stream: stream, sent: sent, heard: heard)
    #expect(latency.sent == 11 && latency.heard == 11)
    #expect(abs(latency.packetP50 - 30) <= 0.05 && abs(latency.packetP99 - 30) <= 0.05)
    // The decoder's state differs a little from one marker to the next: within two of its windows of 1 ms.
    #expect(abs(latency.addedP50 - 30) <= 2.05)
  }

  @Test("a search doubles until it fails, then halves the distance until the bounds are near")
  func searchSteps() {
    #expect(RoomBenchmark.nextSize(met: 250, failed: nil) == 500)
    #expect(RoomBenchmark.nextSize(met: 500, failed: 1_000) == 750)
    #expect(RoomBenchmark.nextSize(met: 0, failed: 16) == 8)
    #expect(RoomBenchmark.nextSize(met: 7, failed: 8) == nil)
    #expect(RoomBenchmark.nextSize(met: 970, failed: 1_000) == nil)
    #expect(RoomBenchmark.nextSize(met: 16_000, failed: nil) == nil)
  }

  /// A search that ended with one run, of so many legs.
  private static func search(_ scenario: RoomScenario, size: Int, shedding: Int = 0) -> RoomSearchResult {
    var run = RoomLoadResult(scenario: scenario, size: size, legs: scenario == .threes ? size * 3 : size)
    (run.receivedShare, run.intervalP99, run.shedding) = (1, 24, shedding)
    return RoomSearchResult(
      scenario: scenario, codec: CodecLimit(encodeMicroseconds: 150, decodeMicroseconds: 50),
      largest: run.isMet ? run : nil, runs: [run], latency: nil)
  }

  @Test("what is carried by shedding does not count, and the table says so")
  func shedding() {
    let calm = Self.search(.threes, size: 20), shed = Self.search(.threes, size: 20, shedding: 1)
    #expect(calm.codecShare.map { abs($0 - 0.6) < 1e-9 } == true)
    #expect(calm.runs[0].isMet && !shed.runs[0].isMet && shed.codecShare == nil)
    #expect(RoomResults(searches: [shed]).description.contains("it sheds (1), and does not count"))
    #expect(RoomResults(searches: [calm]).description.contains("60 %"))
    #expect(Self.search(.loudest, size: 20).codecShare == nil)
  }

  @Test("every leg has an address of its own, by which it is found again")
  func addressesOfLegs() throws {
    let sockets = try LoadSockets(legs: 450)
    let addresses = (0..<450).map(sockets.address)
    #expect(Set(addresses).count == 450)
    for leg in 0..<450 {
      #expect(sockets.leg(socket: sockets.socket(ofLeg: leg), ipv4: addresses[leg].ipv4) == leg)
    }
    #expect(sockets.leg(socket: 0, ipv4: 0x7f00_0001) == nil)
  }

  @Test("rooms are as large as the scenario says", arguments: RoomScenario.allCases)
  func scenarioRooms(scenario: RoomScenario) {
    let rooms = scenario.rooms(size: 10)
    #expect(rooms.count == (scenario == .threes ? 10 : 1))
    #expect(rooms[0].talkers == (scenario == .listeners || scenario == .threes ? 3 : 10))
    #expect(rooms[0].listeners == (scenario == .listeners ? 10 : 0))
    #expect(rooms[0].sendsLevels == (scenario == .loudest))
  }
}

@Suite("The load generator on a bridge that forwards", .serialized)
struct ForwardingBridgeTests {
  /// One for all tests: encoding its speech takes longer than the runs.
  private static let benchmark = Result {
    let recording = (0..<96_000).map { Float(($0 * 7_919) % 2_000 - 1_000) / 4_000 }
    var benchmark = try RoomBenchmark(recordings: [recording]) {
      let bridge = try ForwardingBridge(core: nil)
      return BridgeUnderLoad(media: bridge) { bridge.shutDown() }
    }
    benchmark.seconds = 1
    benchmark.settleSeconds = 0.2
    return benchmark
  }

  @Test("every leg of every scenario hears its room", arguments: RoomScenario.allCases)
  func everyLegIsReached(scenario: RoomScenario) async throws {
    let result = try await Self.benchmark.get().run(scenario, size: 5)
    #expect(result.refusal == nil)
    #expect(result.legs == [.listeners: 8, .loudest: 5, .all: 5, .threes: 15][scenario])
    // How quick this machine is proves nothing here: what was sent came, in its order.
    #expect(result.worstReceivedShare > 0)
    #expect(result.sequenceMissing == 0)
    #expect(result.generatorDrops == 0)
  }

  @Test("markers are heard through it, later than they were sent")
  func latency() async throws {
    let latency = try #require(try await Self.benchmark.get().run(.listeners, size: 2, measuresLatency: true).latency)
    #expect(latency.heard > 0)
    #expect(latency.packetP50 > 0)
  }

  @Test("a bridge that refuses a leg is told in the result")
  func refusal() async throws {
    var benchmark = try RoomBenchmark(recordings: [[0.5, -0.5] + [Float](repeating: 0.1, count: 4_800)]) {
      BridgeUnderLoad(media: FullBridge()) {}
    }
    benchmark.seconds = 0.1
    let result = try await benchmark.run(.all, size: 3)
    #expect(result.refusal?.contains("overloaded") == true)
    #expect(!result.isMet)
  }
}

/// Takes nobody.
private struct FullBridge: ConferenceMedia {
  func openRoom(_ settings: RoomSettings) async throws(ConferenceMediaError) -> RoomID { RoomID(rawValue: 1) }
  func closeRoom(_ room: RoomID) async {}
  func join(_ room: RoomID, leg: LegSettings) async throws(ConferenceMediaError) -> JoinedLeg {
    throw .overloaded(.admission)
  }
  func change(_ member: MemberID, _ change: MemberChange) async throws(ConferenceMediaError) {}
  func leave(_ member: MemberID) async {}
  func events() async -> AsyncStream<MediaEvent> { AsyncStream { $0.finish() } }
}
