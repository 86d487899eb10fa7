import BridgeServer
import Conference
import CoreMetrics
import Testing

@Suite("Metrics")
struct MetricsTests {
  @Test func everyKindIsWrittenAsPrometheusReadsIt() {
    let registry = PrometheusRegistry(descriptions: [
      "wait": .init(help: "How long.", buckets: [0.1, 1]), "calls": .init(help: "A\nB \\ C"),
    ])
    Counter(label: "calls", dimensions: [("to", "a\"b\\c\nd")], factory: registry).increment(by: 3)
    Counter(label: "calls", dimensions: [("to", "a\"b\\c\nd")], factory: registry).increment()
    Meter(label: "depth-of buffer", factory: registry).set(1.5)
    for seconds in [0.05, 0.5, 5] { Recorder(label: "wait", factory: registry).record(seconds) }
    #expect(
      registry.render() == """
        # HELP calls A\\nB \\\\ C
        # TYPE calls counter
        calls{to="a\\"b\\\\c\\nd"} 4
        # TYPE depth_of_buffer gauge
        depth_of_buffer 1.5
        # HELP wait How long.
        # TYPE wait histogram
        wait_bucket{le="0.1"} 1
        wait_bucket{le="1"} 2
        wait_bucket{le="+Inf"} 3
        wait_sum 5.55
        wait_count 3

        """)
  }

  @Test func aNameInUseForAnotherKindIsLeftAlone() {
    let registry = PrometheusRegistry()
    Counter(label: "calls", factory: registry).increment()
    Meter(label: "calls", factory: registry).set(9)
    #expect(registry.render() == "# TYPE calls counter\ncalls 1\n")
  }

  @Test func aLegsSeriesGoWhenItLeaves() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    var quality = LegQuality()
    quality.packetsReceived = 50
    quality.packetsRecovered = 2
    quality.samplesConcealed = 96_000
    quality.packetsLost = -1
    quality.depthMilliseconds = 40
    quality.driftPPM = 12.5
    await bridge.tell(.quality(MemberID(rawValue: 1), quality))
    quality.packetsReceived = 100
    await bridge.tell(.quality(MemberID(rawValue: 1), quality))
    let labels = "{room=\"daily\",member=\"1\"}"
    let text = try await bridge.ask(.get, "/metrics").body
    for line in [
      "partyline_leg_packets_received_total\(labels) 100", "partyline_leg_packets_recovered_total\(labels) 2",
      "partyline_leg_concealed_seconds_total\(labels) 2", "partyline_leg_packets_lost\(labels) -1",
      "partyline_leg_depth_seconds\(labels) 0.04", "partyline_leg_drift_ppm\(labels) 12.5",
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
    try await bridge.ask(.delete, "/v1/rooms/daily/members/1")
    #expect(try await !bridge.ask(.get, "/metrics").body.contains("partyline_leg_"))
  }

  @Test func aRoomsTicksAreCounted() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    var quality = RoomQuality()
    (quality.ticks, quality.lateTicks, quality.encodesShared) = (50, 2, 50)
    for microseconds: Int64 in [40, 90, 2_000, 2_100, 60_000] { quality.cost.note(microseconds * 1_000) }
    quality.lateness.note(-5)
    await bridge.tell(.roomQuality(quality))
    for _ in 0..<2 { quality.cost.note(50_000) }
    quality.lateness.note(7_000_000)
    await bridge.tell(.roomQuality(quality))
    bridge.media.state.withLock { $0.strangerPackets = [3, 0] }
    await bridge.host.directory.expire()
    bridge.media.state.withLock { $0.strangerPackets = [5, 1] }
    await bridge.host.directory.expire()
    let text = try await bridge.ask(.get, "/metrics").body
    for line in [
      "partyline_rooms 1", "partyline_members 0", "partyline_room_ticks_total{room=\"daily\"} 50",
      "partyline_room_late_ticks_total{room=\"daily\"} 2", "partyline_room_encodes_shared_total{room=\"daily\"} 50",
      "partyline_room_tick_seconds_bucket{room=\"daily\",le=\"5e-05\"} 3",
      "partyline_room_tick_seconds_bucket{room=\"daily\",le=\"0.001\"} 4",
      "partyline_room_tick_seconds_bucket{room=\"daily\",le=\"0.0025\"} 6",
      "partyline_room_tick_seconds_bucket{room=\"daily\",le=\"+Inf\"} 7",
      "partyline_room_tick_seconds_count{room=\"daily\"} 7",
      "partyline_room_tick_lateness_seconds_bucket{room=\"daily\",le=\"5e-05\"} 1",
      "partyline_room_tick_lateness_seconds_bucket{room=\"daily\",le=\"0.01\"} 2",
      "partyline_room_tick_lateness_seconds_sum{room=\"daily\"} 0.007",
      "partyline_media_stranger_packets_total{thread=\"0\"} 5",
      "partyline_media_stranger_packets_total{thread=\"1\"} 1",
      "partyline_http_requests_total{method=\"POST\",route=\"/v1/rooms\",status=\"201\"} 1",
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
    try await bridge.ask(.delete, "/v1/rooms/daily")
    #expect(try await !bridge.ask(.get, "/metrics").body.contains("partyline_room_"))
  }

  @Test func legsBeyondTheLimitHaveNoSeries() async throws {
    let bridge = try TestBridge { $0.limits.metricsLegs = 1 }
    try await bridge.openRoom()
    for name in ["Ada", "Bob"] { try await bridge.join(name) }
    for id in 1...2 { await bridge.tell(.quality(MemberID(rawValue: UInt64(id)), LegQuality())) }
    let text = try await bridge.ask(.get, "/metrics").body
    #expect(text.contains("member=\"1\"") && !text.contains("member=\"2\""))
    #expect(text.contains("\npartyline_legs_without_series 1\n"))
  }

  @Test func strangePathsAndMethodsMakeNoSeriesOfTheirOwn() async throws {
    let bridge = try TestBridge()
    for number in 0..<5 { try await bridge.ask(.get, "/nothing/\(number)") }
    try await bridge.ask(.init("BREW")!, "/v1/rooms")
    let text = try await bridge.ask(.get, "/metrics").body
    #expect(text.contains("partyline_http_requests_total{method=\"GET\",route=\"NotFound\",status=\"404\"} 5"))
    #expect(text.contains("method=\"other\""))
  }

  @Test func everyMetricIsDescribed() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    await bridge.tell(.quality(MemberID(rawValue: 1), LegQuality()))
    await bridge.tell(.roomQuality(RoomQuality()))
    await bridge.host.directory.expire()
    let lines = try await bridge.ask(.get, "/metrics").body.split(separator: "\n")
    let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    let helps = lines.filter { $0.hasPrefix("# HELP ") }.map { $0.split(separator: " ")[2] }
    #expect(types.count > 15 && types == helps)
  }
}
