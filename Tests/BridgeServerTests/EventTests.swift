import BridgeServer
import Conference
import Foundation
import MediaBase
import Testing

@Suite("Events")
struct EventTests {
  private let time = Date(timeIntervalSince1970: 1_800_000_000)

  private func talking(_ hub: EventHub, _ number: Int, room: String = "daily") {
    hub.publish(
      .talking(Talking(member: MemberID(rawValue: UInt64(number)), talking: true)), room: room, at: time)
  }

  @Test func anEventIsAFrameOfItsOwn() async {
    let hub = EventHub(limit: 1, epoch: "e")
    let reader = hub.subscribe(EventHub.Filter())
    talking(hub, 7)
    var frames = reader?.frames.makeAsyncIterator()
    #expect(
      await frames?.next()
        == "id: e-1\nevent: talking\ndata: {\"member\":\"7\",\"room\":\"daily\",\"talking\":true,\"time\":\"2027-01-15T08:00:00.000Z\"}\n\n"
    )
    hub.keepAlive()
    #expect(await frames?.next() == ": keep-alive\n\n")
  }

  @Test func whoComesBackGetsWhatTheyMissed() {
    let hub = EventHub(limit: 10, epoch: "e")
    for number in 1...5 { talking(hub, number, room: number == 4 ? "other" : "daily") }
    func replay(_ last: String?, _ filter: EventHub.Filter = .init()) -> [String] {
      (hub.subscribe(filter, after: last)?.replay ?? []).map { String($0.split(separator: "\n")[0]) }
    }
    #expect(replay(nil).isEmpty)
    #expect(replay("e-5").isEmpty)
    #expect(replay("e-3") == ["id: e-4", "id: e-5"])
    #expect(replay("e-2", .init(room: "daily")) == ["id: e-3", "id: e-5"])
    #expect(replay("e-2", .init(names: ["digit"])).isEmpty)
    for strange in ["e-9", "other-3", "x", "e-", "e-1-2"] {
      #expect(replay(strange)[0] == "event: eventsLost", "\(strange)")
    }
  }

  @Test func onlyTheLastEventsAreKept() {
    let hub = EventHub(limit: 1, kept: 100, epoch: "e")
    for number in 1...300 { talking(hub, number) }
    let replay = hub.subscribe(EventHub.Filter(), after: "e-1")?.replay ?? []
    #expect(replay.count == 101)
    #expect(replay[0] == "event: eventsLost\ndata: {\"oldest\":\"e-201\"}\n\n")
  }

  @Test func whoDoesNotKeepUpIsCutOffAndNobodyElse() async {
    let hub = EventHub(limit: 2, queued: 50, epoch: "e")
    await confirmation { cutOff in
      let slow = hub.subscribe(EventHub.Filter(), onCutOff: { cutOff() })
      let narrow = hub.subscribe(EventHub.Filter(room: "other"))
      for number in 0...50 { talking(hub, number) }
      talking(hub, 1, room: "other")
      #expect(hub.readerCount == 1)
      var count = 0
      for await _ in slow!.frames { count += 1 }
      #expect(count == 50)
      var frames = narrow!.frames.makeAsyncIterator()
      #expect(await frames.next()?.contains("other") == true)
    }
  }

  @Test func placesAreLimitedAndGivenBack() {
    let hub = EventHub(limit: 1)
    var first = hub.subscribe(EventHub.Filter())
    #expect(first != nil && hub.subscribe(EventHub.Filter()) == nil)
    first = nil
    #expect(hub.subscribe(EventHub.Filter()) != nil)
  }

  @Test func measuresHaveNoNumberAndAreNotKept() async {
    let hub = EventHub(limit: 2, epoch: "e")
    let reader = hub.subscribe(EventHub.Filter(names: ["level"]))
    hub.publish(.level(MemberLevel(member: MemberID(rawValue: 1), leveldBFS: -.infinity)), room: "daily", at: time)
    talking(hub, 1)
    var frames = reader?.frames.makeAsyncIterator()
    #expect(await frames?.next()?.hasPrefix("event: level\ndata: {\"leveldBFS\":-127,") == true)
    #expect(hub.subscribe(EventHub.Filter(), after: "e-0")?.replay.count == 1)
  }

  @Test func aRoomsStreamEndsWithTheRoom() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let reader = bridge.host.hub.subscribe(EventHub.Filter(room: "daily"))
    try await bridge.ask(.delete, "/v1/rooms/daily")
    var names: [String] = []
    for await frame in reader!.frames { names += EventText.parse([frame]).map(\.name) }
    #expect(names == ["roomClosed"])
  }

  @Test func closingALargeRoomCutsNobodyOff() async throws {
    let bridge = try TestBridge { $0.rooms.capacity = 2_000 }
    try await bridge.openRoom()
    let leg = LegSettings(
      format: LegFormat(codec: .opus, payloadType: 111), remote: TransportAddress(ipv4: 0x7f00_0001, port: 5_004))
    for number in 0..<2_000 {
      _ = try await bridge.host.join("daily", name: "\(number)", leg: leg)
    }
    let reader = bridge.host.hub.subscribe(EventHub.Filter())
    try await bridge.ask(.delete, "/v1/rooms/daily")
    #expect(bridge.host.hub.readerCount == 1)
    var frames = reader!.frames.makeAsyncIterator()
    for _ in 0..<2_000 { #expect(await frames.next()?.contains("event: memberLeft\n") == true) }
    #expect(await frames.next()?.contains("event: roomClosed\n") == true)
  }

  @Test func whatTheMediaSideTellsIsToldOn() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    try await bridge.join("Ada")
    let measures = bridge.host.hub.subscribe(EventHub.Filter(names: ["quality", "level"]))
    let ada = MemberID(rawValue: 1)
    await bridge.tell(.mediaStarted(ada))
    await bridge.tell(.talking(ada, true))
    await bridge.tell(.digit(ada, "#"))
    await bridge.tell(.sourceLearnt(ada, TransportAddress(ipv4: 0xc000_0201, port: 9)))
    await bridge.tell(.shedding(.talkers))
    await bridge.tell(.mediaLost(ada, seconds: 5))
    await bridge.tell(.quality(ada, LegQuality()))
    await bridge.tell(.talking(MemberID(rawValue: 99), true))
    await bridge.tell(.talking(ada, true), room: 99)
    let events = bridge.events().dropFirst(2)
    #expect(events.map(\.name) == ["talking", "digit", "memberChanged", "shedding", "mediaLost"])
    #expect(events.first { $0.name == "digit" }?.data["digit"] as? String == "#")
    #expect(events.first { $0.name == "shedding" }?.data["shedding"] as? String == "talkers")
    let rtp = events.first { $0.name == "memberChanged" }?.data["rtp"] as? [String: Any]
    #expect(rtp?["remoteAddress"] as? String == "192.0.2.1")
    var frames = measures!.frames.makeAsyncIterator()
    #expect(await frames.next()?.hasPrefix("event: quality\n") == true)
    #expect(await frames.next()?.hasPrefix("event: level\n") == true)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").json["talking"] as? Int == 1)
  }
}
