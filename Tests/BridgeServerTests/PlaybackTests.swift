import BridgeServer
import Conference
import Foundation
import Testing

/// Sounds that are played in rooms, and those that a room's rules let sound.
@Suite("Sounds")
struct PlaybackTests {
  /// A folder with sounds in it, and a file beside it that nobody may play.
  private final class Folder {
    let path: String
    var sounds: String { path + "/sounds" }

    init() throws {
      path = NSTemporaryDirectory() + "partyline-sounds-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: sounds + "/deep", withIntermediateDirectories: true)
      try write("sounds/short.wav", Self.wave(channels: 1, rate: 8_000, frames: 800))
      try write("sounds/deep/wide.wav", Self.wave(channels: 2, rate: 48_000, frames: 4_800))
      try write("sounds/many.wav", Self.wave(channels: 6, rate: 48_000, frames: 480))
      try write("sounds/empty.wav", Self.wave(channels: 1, rate: 48_000, frames: 0))
      try write("sounds/text.wav", Array("this is no sound".utf8))
      // 16 minutes at 8 kHz, of one byte a sample.
      try write("sounds/long.wav", Self.wave(channels: 1, rate: 8_000, frames: 16 * 60 * 8_000, bytesASample: 1))
      try write("secret.wav", Self.wave(channels: 1, rate: 48_000, frames: 480))
      for (link, target) in [("out.wav", "../secret.wav"), ("in.wav", "deep/wide.wav"), ("loop.wav", "loop.wav")] {
        try FileManager.default.createSymbolicLink(atPath: sounds + "/" + link, withDestinationPath: target)
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// A WAV file of a constant level.
    static func wave(channels: Int, rate: Int, frames: Int, bytesASample: Int = 2) -> [UInt8] {
      func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
      let size = frames * channels * bytesASample
      let head =
        Array("RIFF".utf8) + bytes(36 + size, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4) + bytes(1, 2)
        + bytes(channels, 2) + bytes(rate, 4) + bytes(rate * channels * bytesASample, 4)
        + bytes(channels * bytesASample, 2) + bytes(8 * bytesASample, 2) + Array("data".utf8) + bytes(size, 4)
      return head + [UInt8](repeating: 0x10, count: size)
    }
  }

  private let folder: Folder
  private let bridge: TestBridge
  private let path = "/v1/rooms/daily/playback"

  init() async throws {
    let folder = try Folder()
    self.folder = folder
    bridge = try TestBridge { $0.sounds.directory = folder.sounds }
    try await bridge.openRoom()
  }

  private func play(_ file: String, _ fields: String = "") async throws -> TestBridge.Answer {
    try await bridge.ask(.post, path, "{\"file\": \"\(file)\"\(fields.isEmpty ? "" : ", " + fields)}")
  }

  @Test func aSoundIsPlayedListedAndStopped() async throws {
    let started = try await play("short.wav", #""gain": -6, "loop": true"#)
    #expect(started.status == 201 && started.headers[.location] == path + "/1")
    #expect(started.json["seconds"] as? Double == 0.1 && started.json["gain"] as? Double == -6)
    #expect(try await play("deep/wide.wav").status == 201)
    #expect(try await play("in.wav").status == 201, "a link within the folder")
    #expect(try await play("many.wav").status == 201)
    // 8 kHz become 48, two channels stay, more are folded.
    #expect(
      bridge.media.takeRoomChanges() == [
        "play 1: 4800 of mono at -6.0, over and over", "play 2: 4800 of stereo at 0.0", "play 3: 4800 of stereo at 0.0",
        "play 4: 480 of mono at 0.0",
      ])
    let tooMany = try await play("short.wav")
    #expect(tooMany.status == 409 && tooMany.code == "too-many-sounds")
    #expect(try await bridge.ask(.get, path).items.compactMap { $0["file"] as? String }.first == "short.wav")
    #expect(try await bridge.ask(.delete, path + "/1").status == 204)
    #expect(bridge.media.takeRoomChanges() == ["stop 1"])
    await bridge.tell(.playbackEnded(PlaybackID(rawValue: 1)))
    await bridge.tell(.playbackEnded(PlaybackID(rawValue: 2)))
    #expect(try await bridge.ask(.get, path).items.count == 2)
    let gone = try await bridge.ask(.delete, path + "/1")
    #expect(gone.status == 404 && gone.code == "playback-not-found")
    #expect(try await bridge.ask(.delete, path + "/x").code == "playback-not-found")
    try await bridge.ask(.delete, "/v1/rooms/daily")
    let ends = bridge.events().filter { $0.name == "playbackEnded" }
    #expect(ends.compactMap { $0.data["reason"] as? String } == ["stopped", "ended", "roomClosed", "roomClosed"])
    #expect(bridge.events().filter { $0.name == "playbackStarted" }.count == 4)
  }

  @Test(arguments: [
    "../secret.wav", "/etc/hostname", "deep/../../secret.wav", "./short.wav", "deep//wide.wav", "", "a\\u0000b",
  ])
  func noNameLeadsOutOfTheFolder(name: String) async throws {
    let answer = try await play(name)
    #expect(answer.status == 400 && answer.wrongFields == ["file"])
    #expect(bridge.media.takeRoomChanges().isEmpty)
  }

  @Test func noLinkLeadsOutOfTheFolder() async throws {
    for name in ["out.wav", "loop.wav", "missing.wav", "deep"] {
      let answer = try await play(name)
      #expect(answer.status == 404 && answer.code == "sound-not-found", "\(name): \(answer.body)")
      #expect(!answer.body.contains(folder.path), "a path of the machine is nobody's business")
    }
  }

  @Test func whatCannotBePlayedIsRefusedWithItsReason() async throws {
    let reasons = [
      ("text.wav", "cannot be played"), ("empty.wav", "it is empty"), ("long.wav", "it is longer than 15 minutes"),
    ]
    for (name, reason) in reasons {
      let answer = try await play(name)
      #expect(answer.status == 422 && answer.code == "sound-unusable", "\(name): \(answer.body)")
      #expect((answer.json["detail"] as? String ?? "").contains(reason), "\(answer.body)")
      #expect(!answer.body.contains(folder.path))
    }
    bridge.media.refuse(with: .unsupported("no"))
    #expect(try await play("short.wav").code == "unsupported")
    #expect(bridge.events().last?.data["reason"] as? String == "refused")
    #expect(try await bridge.ask(.get, path).items.isEmpty)
  }

  @Test func withoutAFolderNothingIsPlayed() async throws {
    let bridge = try TestBridge()
    try await bridge.openRoom()
    let answer = try await bridge.ask(.post, path, #"{"file": "short.wav"}"#)
    #expect(answer.status == 409 && answer.code == "sounds-off")
    #expect(try await bridge.ask(.post, "/v1/rooms/other/playback", #"{"file": "a"}"#).code == "room-not-found")
  }

  @Test func tonesFollowTheRule() async throws {
    for name in ["Ada", "Bob"] { try await bridge.join(name) }
    #expect(bridge.media.takeRoomChanges().isEmpty)
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"tones": "join"}"#)
    try await bridge.join("Eve")
    try await bridge.ask(.delete, "/v1/rooms/daily/members/3")
    #expect(bridge.media.takeRoomChanges() == ["tone of 17280"])
    try await bridge.ask(.patch, "/v1/rooms/daily", #"{"tones": "both"}"#)
    try await bridge.ask(.delete, "/v1/rooms/daily/members/2")
    try await bridge.ask(.delete, "/v1/rooms/daily/members/1")
    // Nobody is left to hear the second one.
    #expect(bridge.media.takeRoomChanges() == ["tone of 17280"])
  }

  @Test func theRoomIsHeldUntilAHostComes() async throws {
    try await bridge.openRoom("held", #""waitForHost": true, "tones": "join""#)
    #expect(bridge.media.takeRoomChanges() == ["hold 384000"])
    try await bridge.join("Ada", room: "held")
    #expect(bridge.media.state.withLock { $0.legs.values.allSatisfy { $0.waits && !$0.canTalk && $0.canHear } })
    #expect(bridge.media.takeRoomChanges().isEmpty)
    try await bridge.join("Host", #""role": "host""#, room: "held")
    #expect(bridge.media.takeRoomChanges() == ["admit", "tone of 17280"])
    for id in 1...2 { try await bridge.ask(.delete, "/v1/rooms/held/members/\(id)") }
    #expect(bridge.media.takeRoomChanges() == ["hold 384000"], "who comes next waits again")
    try await bridge.ask(.patch, "/v1/rooms/held", #"{"waitForHost": false}"#)
    #expect(bridge.media.takeRoomChanges() == ["admit"])
  }

  @Test func holdMusicIsReadFromItsFile() async throws {
    let bridge = try TestBridge { $0.sounds.holdMusic = folder.sounds + "/short.wav" }
    try await bridge.openRoom("held", #""waitForHost": true"#)
    #expect(bridge.media.takeRoomChanges() == ["hold 4800"])
    let broken = try TestBridge { $0.sounds.holdMusic = folder.sounds + "/text.wav" }
    try await broken.openRoom("held", #""waitForHost": true"#)
    #expect(broken.media.takeRoomChanges() == ["hold 384000"])
    #expect(broken.logged.contains("no hold music"))
  }
}
