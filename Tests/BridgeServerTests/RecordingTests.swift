import BridgeServer
import Conference
import Foundation
import MediaBase
import RTC
import Testing

/// Recordings over the API. The media side is a fake: the test puts its taps into a room of its own.
@Suite("Recordings of rooms")
struct RecordingTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "partyline-recordings-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func makeBridge() throws -> TestBridge {
    let folder = folder
    return try TestBridge { $0.recordings.folder = folder }
  }

  /// A room that does nothing, for a tap to be in.
  private func tapRoom(_ bridge: TestBridge) throws -> (tap: RoomTap, room: IdleRoom) {
    let tap = try #require(bridge.media.state.withLock { $0.taps.last })
    let room = IdleRoom()
    room.attach(tap)
    return (tap, room)
  }

  @Test func aRoomIsRecordedFromThePostToTheDelete() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await bridge.openRoom()
    try await bridge.join("Ada")
    let begun = try await bridge.ask(.post, "/v1/rooms/daily/recording", #"{"legs": false}"#)
    #expect(begun.status == 201)
    #expect(begun.headers[.location] == "/v1/rooms/daily/recording")
    #expect(begun.json["state"] as? String == "recording")
    #expect(begun.json["legs"] as? Bool == false && begun.json["mix"] as? Bool == true)
    let name = try #require(begun.json["folder"] as? String)
    let (tap, room) = try tapRoom(bridge)
    room.run(ticks: 100)
    #expect(bridge.media.state.withLock { $0.taps.count } == 1)
    room.detach(tap)
    let ended = try await bridge.ask(.delete, "/v1/rooms/daily/recording")
    #expect(ended.json["state"] as? String == "finished")
    #expect(ended.json["seconds"] as? Double == 2)
    #expect(bridge.media.state.withLock { $0.taps.isEmpty })
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted()
    #expect(files == ["call.jsonl", "call.pcapng", "mix.opus"])
    let events = bridge.events().filter { $0.name.hasPrefix("recording") }
    #expect(events.map(\.name) == ["recordingStarted", "recordingStopped"])
    #expect(events.last?.data["state"] as? String == "finished")
    #expect(!ended.body.contains(folder), "a path of the machine is nobody's business")
  }

  @Test func whatCannotBeRecordedIsRefusedInWords() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await bridge.openRoom()
    #expect(try await bridge.ask(.get, "/v1/rooms/daily/recording").code == "recording-not-found")
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily/recording").code == "recording-not-found")
    #expect(try await bridge.ask(.post, "/v1/rooms/nobody/recording", "{}").code == "room-not-found")
    let nothing = #"{"mix": false, "legs": false, "packets": false}"#
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", nothing).wrongFields == ["mix"])
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", #"{"video": true}"#).wrongFields == ["video"])
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}").status == 201)
    let twice = try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}")
    #expect(twice.status == 409 && twice.code == "recording-exists")
  }

  /// The fake media side never tells the tap of its end, as a tap that is full is not told.
  @Test func aRecordingEndsWithItsDeleteAndWithItsRoom() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await bridge.openRoom()
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}").status == 201)
    let ended = try await bridge.ask(.delete, "/v1/rooms/daily/recording")
    #expect(ended.json["state"] as? String == "finished")
    let begun = try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}")
    let name = try #require(begun.json["folder"] as? String)
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily").status == 204)
    // The last file of all.
    while !FileManager.default.fileExists(atPath: "\(folder)/\(name)/conference.json") { await Task.yield() }
  }

  @Test func withoutAFolderNothingIsRecorded() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}").code == "recording-unavailable")
    let refused = try await bridge.openRoom("other", #""record": true"#)
    #expect(refused.code == "recording-unavailable")
    #expect(try await bridge.ask(.get, "/v1/rooms/other").status == 404)
  }

  @Test func aFolderThatIsNotThereEndsTheStart() {
    #expect(throws: (any Error).self) { try TestBridge { $0.recordings.folder = "/nowhere/at/all" } }
  }

  @Test func aRoomCanBeRecordedFromItsStart() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try await bridge.openRoom("daily", #""record": true"#).status == 201)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily/recording").json["state"] as? String == "recording")
    let order = bridge.events().map(\.name)
    #expect(order == ["roomOpened", "recordingStarted"])
  }

  @Test func theEndOfARoomIsTheEndOfItsRecording() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for room in ["daily", "other"] { #expect(try await bridge.openRoom(room, #""record": true"#).status == 201) }
    let taps = bridge.media.state.withLock { $0.taps }
    let rooms = taps.map { tap in
      let room = IdleRoom()
      room.attach(tap)
      room.run(ticks: 50)
      return room
    }
    #expect(try await bridge.ask(.delete, "/v1/rooms/daily").status == 204)
    rooms[0].detach(taps[0])
    while !bridge.events().contains(where: { $0.name == "recordingStopped" }) { await Task.yield() }
    let reader = try #require(bridge.host.hub.subscribe(EventHub.Filter(), after: "never-0"))
    // The bridge ends: it waits for the files, and tells of them before it ends the streams.
    rooms[1].detach(taps[1])
    await bridge.host.directory.shutDown()
    var frames = reader.replay
    for await frame in reader.frames { frames.append(frame) }
    let ends = EventText.parse(frames).filter { $0.name == "recordingStopped" }
    #expect(ends.map { $0.data["room"] as? String } == ["daily", "other"])
    #expect(ends.map { $0.data["state"] as? String } == ["finished", "finished"])
    #expect(ends.map { $0.data["seconds"] as? Double } == [1, 1])
  }

  @Test func aFailingDiskIsToldAndTheRoomGoesOn() async throws {
    let bridge = try makeBridge()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await bridge.openRoom()
    let begun = try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}")
    let name = try #require(begun.json["folder"] as? String)
    // Where the mix is to be, somebody puts a folder.
    try FileManager.default.createDirectory(atPath: "\(folder)/\(name)/mix.opus", withIntermediateDirectories: true)
    let (_, room) = try tapRoom(bridge)
    room.run(ticks: 10)
    var state = ""
    while state != "failed" {
      state = try await bridge.ask(.get, "/v1/rooms/daily/recording").json["state"] as? String ?? ""
      await Task.yield()
    }
    let document = try await bridge.ask(.get, "/v1/rooms/daily/recording")
    #expect((document.json["detail"] as? String)?.contains("mix.opus") == true)
    #expect(try await bridge.ask(.get, "/v1/rooms/daily").status == 200)
    // The next one may begin.
    #expect(try await bridge.ask(.post, "/v1/rooms/daily/recording", "{}").status == 201)
  }
}

/// A room with nobody in it.
private final class IdleRoom {
  private var room: Room
  private var pool = PacketPool(blocks: 1)
  private var now = PacketTime(nanoseconds: 1_000_000_000)

  init() {
    let wall = NTPClock(at: now, is: NTPTimestamp(secondsSince1970: 1_700_000_000))
    room = Room(
      id: RoomID(rawValue: 1), settings: RoomSettings(), events: BoundedRing(capacity: 16), wall: wall, seed: 1)
  }

  func attach(_ tap: RoomTap) { room.attach(tap, at: now, pool: &pool) }
  func detach(_ tap: RoomTap) { room.detach(tap, at: now) }

  func run(ticks: Int) {
    var sink = Nowhere()
    for _ in 0..<ticks {
      room.tick(at: now, pool: &pool, into: &sink)
      now = now.advanced(byMilliseconds: 20)
    }
  }
}

private struct Nowhere: PacketSink, ~Copyable {
  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int { 0 }
}
