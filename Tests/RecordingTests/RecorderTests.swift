import Conference
import Foundation
import MediaBase
import MediaFiles
import Synchronization
import Testing

import Recording

/// A room's tap becomes files: a mix, legs, a capture and a log.
@Suite struct RecorderTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A recording that the test drains itself.
  private func makeRecording(_ content: RecordingContent = RecordingContent()) throws -> Recording {
    try Recording(in: scratch.path, name: "daily", content: content) { _ in }
  }

  private func folder(_ recording: Recording) -> String { "\(scratch.path)/\(recording.folderName)" }

  /// All samples of an audio file at its own rate; one that was cut off gives what it has.
  private func samples(_ path: String) throws -> (samples: [Float], rate: Int) {
    let reader = try openAudioFile(at: path)
    var all: [Float] = []
    var piece = [Float](repeating: 0, count: 48_000)
    while true {
      var span = piece.mutableSpan
      let frames: Int
      do {
        frames = try reader.read(into: &span)
      } catch .damaged {
        break
      }
      if frames == 0 { break }
      all += piece[..<(frames * reader.format.channels)]
    }
    return (all, Int(reader.format.sampleRate))
  }

  private func level(_ samples: ArraySlice<Float>) -> Double {
    (samples.reduce(0.0) { $0 + Double($1 * $1) } / Double(max(1, samples.count))).squareRoot()
  }

  private func manifest(_ recording: Recording) throws -> [[String: Any]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder(recording) + "/conference.json"))
    let document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(document["legs"] as? [[String: Any]])
  }

  @Test func aCallBecomesAMixLegsACaptureAndALog() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    let ada = try room.join(hertz: 400)
    recording.setName("Ada", of: ada.id)
    try room.run(ticks: 100)
    #expect(recording.drain(toItsEnd: false))
    let bob = try room.join(.pcma, hertz: 1_000)
    try room.run(ticks: 100)
    room.leave(bob)
    try room.run(ticks: 50)
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    #expect(recording.droppedCount == 0)
    #expect(recording.seconds == 5)

    let mix = try samples(folder(recording) + "/mix.opus")
    #expect(mix.samples.count == 5 * 48_000)
    #expect(abs(level(mix.samples[20_000..<90_000]) - 0.212) < 0.01)
    #expect(abs(level(mix.samples[120_000..<180_000]) - 0.3) < 0.015)

    let opus = try samples(folder(recording) + "/legs/1.opus")
    #expect(opus.samples.count == 5 * 48_000)
    #expect(abs(level(opus.samples[10_000..<230_000]) - 0.212) < 0.01)
    let alaw = try samples(folder(recording) + "/legs/2.au")
    #expect(alaw.rate == 8_000 && alaw.samples.count == 16_000)
    #expect(abs(level(alaw.samples[...]) - 0.212) < 0.01)

    let legs = try manifest(recording)
    #expect(legs.map { $0["file"] as? String } == ["legs/1.opus", "legs/2.au"])
    #expect(legs.map { $0["name"] as? String } == ["Ada", "member 2"])
    #expect(legs.map { $0["start"] as? Double } == [0, 2])
  }

  @Test func aLegsFileKeepsItsTimeThroughLossAndPauses() throws {
    for codec in [LegFormat.Codec.opus, .pcmu] {
      let room = RecordedRoom()
      let recording = try makeRecording(RecordingContent(mix: false, legs: true, packets: false))
      room.attach(recording.tap)
      let talker = try room.join(codec, hertz: 500)
      try room.run(ticks: 50) { _, tick in (20..<23).contains(tick) }
      talker.isTalking = false
      talker.pause(packets: 100)
      try room.run(ticks: 100)
      talker.isTalking = true
      try room.run(ticks: 50)
      room.detach(recording.tap)
      #expect(!recording.drain(toItsEnd: false))
      let (sound, rate) = try samples(folder(recording) + "/legs/1.\(codec == .opus ? "opus" : "au")")
      #expect(sound.count == 4 * rate, "\(codec)")
      let second = rate
      #expect(abs(level(sound[(second / 10)..<(second / 3)]) - 0.212) < 0.01)
      #expect(level(sound[(2 * second)..<(2 * second + second / 2)]) < 0.01)
      #expect(abs(level(sound[(3 * second + second / 10)...]) - 0.212) < 0.01)
    }
  }

  @Test func whatIsKilledPlaysToItsLastSecond() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    _ = try room.join(hertz: 400)
    _ = try room.join(.pcma, hertz: 600)
    try room.run(ticks: 505)
    #expect(recording.drain(toItsEnd: false))
    // Nobody closes anything: what a killed program leaves.
    let copy = "\(scratch.path)/copy"
    try FileManager.default.copyItem(atPath: folder(recording), toPath: copy)
    for (file, rate) in [("mix.opus", 48_000), ("legs/1.opus", 48_000), ("legs/2.au", 8_000)] {
      let (sound, found) = try samples("\(copy)/\(file)")
      #expect(found == rate)
      #expect((9.0...10.1).contains(Double(sound.count) / Double(rate)), "\(file)")
    }
    #expect(FileManager.default.fileExists(atPath: copy + "/conference.json"))
    let lines = try String(contentsOfFile: copy + "/call.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 13)
  }

  @Test func aFolderThatIsNotThereIsRefused() {
    #expect(throws: RecorderError.noFolder("/nowhere/at/all")) { try Recorder(folder: "/nowhere/at/all") }
  }

  @Test func theRecordersThreadEndsARecordingWithItsTap() async throws {
    let recorder = try Recorder(folder: scratch.path)
    let room = RecordedRoom()
    let (ends, end) = AsyncStream.makeStream(of: RecordingEnd.self)
    let recording = try recorder.begin("daily", content: RecordingContent()) { end.yield($0) }
    let second = try recorder.begin("daily", content: RecordingContent()) { end.yield($0) }
    #expect(recording.folderName != second.folderName)
    room.attach(recording.tap)
    _ = try room.join(hertz: 300)
    try room.run(ticks: 60)
    room.detach(recording.tap)
    var iterator = ends.makeAsyncIterator()
    #expect(await iterator.next() == .finished)
    #expect(recording.seconds == 1.2)
    // The other one's room never ends: it is closed as it is.
    recorder.stop()
    #expect(await iterator.next() == .finished)
  }

  @Test func aFailureWhileFilesAreClosedIsTold() throws {
    let room = RecordedRoom()
    let told = Mutex<[RecordingEnd]>([])
    let recording = try Recording(in: scratch.path, name: "daily", content: RecordingContent()) { end in
      told.withLock { $0.append(end) }
    }
    room.attach(recording.tap)
    _ = try room.join(hertz: 300)
    _ = try room.join(.pcma, hertz: 600)
    try room.run(ticks: 20)
    #expect(recording.drain(toItsEnd: false))
    // The manifest, which is written last, has no place.
    try FileManager.default.removeItem(atPath: folder(recording))
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    guard case .failed(let reason) = told.withLock({ $0 }).first else {
      Issue.record("the recording did not fail")
      return
    }
    #expect(reason.contains("conference.json"), "\(reason)")
    #expect(told.withLock { $0.count } == 1)
  }

  @Test func aLegHasAFileFromItsFirstPacketOfSoundOn() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    let broken = try room.join(hertz: 300)
    broken.isBroken = true
    let late = try room.join(hertz: 400)
    late.isBroken = true
    let short = try room.join(.pcma, hertz: 500), shortOpus = try room.join(hertz: 600)
    try room.run(ticks: 1)
    (short.isTalking, shortOpus.isTalking) = (false, false)
    try room.run(ticks: 49)
    late.isBroken = false
    try room.run(ticks: 50)
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    let legs = try manifest(recording)
    #expect(legs.map { $0["file"] as? String } == ["legs/2.opus", "legs/3.au", "legs/4.opus"])
    #expect(legs.map { $0["start"] as? Double } == [1, 0, 0])
    #expect(!FileManager.default.fileExists(atPath: folder(recording) + "/legs/1.opus"))
    #expect(try samples(folder(recording) + "/legs/2.opus").samples.count == 48_000)
    // One packet is a file of 20 ms.
    #expect(try samples(folder(recording) + "/legs/3.au").samples.count == 160)
    #expect(try samples(folder(recording) + "/legs/4.opus").samples.count == 960)
  }

  /// What cannot be written at the very end is told, and no file is closed twice.
  @Test func aFolderThatGoesAwayBeforeTheEndIsTold() async throws {
    let (ends, end) = AsyncStream.makeStream(of: RecordingEnd.self)
    let recording = try Recording(in: scratch.path, name: "daily", content: RecordingContent()) { end.yield($0) }
    let room = RecordedRoom()
    room.attach(recording.tap)
    _ = try room.join(hertz: 300)
    try room.run(ticks: 30)
    #expect(recording.drain(toItsEnd: false))
    try FileManager.default.removeItem(atPath: folder(recording))
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    var iterator = ends.makeAsyncIterator()
    guard case .failed(let reason) = await iterator.next() else {
      Issue.record("it is said to be whole")
      return
    }
    #expect(reason.contains("conference.json") && !reason.contains(scratch.path), "\(reason)")
  }

  /// Nobody reads for so long that the tap's end finds no room: whoever ends the recording can end it all the same.
  @Test func aRecordingEndsThoughItsTapWasTooFullToBeToldSo() throws {
    let room = RecordedRoom()
    let recording = try makeRecording(RecordingContent(mix: true, legs: false, packets: false))
    room.attach(recording.tap)
    try room.run(ticks: 1_200)
    // Commands are small: they fill up what is too little for a frame.
    for _ in 0..<100 {
      room.shed(.complexity)
      room.shed(.none)
    }
    room.detach(recording.tap)
    #expect(recording.droppedCount > 0)
    #expect(recording.drain(toItsEnd: false))
    recording.end()
    #expect(!recording.drain(toItsEnd: false))
    #expect(try samples(folder(recording) + "/mix.opus").samples.count > 20 * 48_000)
  }

  @Test func aSoundIsNotKeptForTheRecording() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    weak var held: RoomSound?
    func play() throws {
      let sound = RoomSound([Int16](repeating: 100, count: 4_800), layout: .mono)
      held = sound
      try room.change(.play(sound, as: PlaybackID(rawValue: 1), gain: .unity, loops: false))
    }
    for number in 1...2 {
      try play()
      try room.run(ticks: 20)
      #expect(recording.drain(toItsEnd: false))
      #expect(held == nil)
      #expect(FileManager.default.fileExists(atPath: folder(recording) + "/sounds/\(number).wav"))
    }
  }

  /// What is keyed may be a PIN: a capture tells that a key was pressed, and not which.
  @Test func keysThatAreKeyedAreNotInTheCapture() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    let ada = try room.join(hertz: 300)
    try room.run(ticks: 5)
    try room.press(7, by: ada)
    try room.run(ticks: 5)
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    var reader = try PacketCaptureReader(path: folder(recording) + "/call.pcapng")
    var events: [[UInt8]] = []
    while reader.advance() {
      let payload = reader.payload
      if payload[1] & 0x7f == 101 { events.append((12..<payload.count).map { payload[$0] }) }
    }
    #expect(events == [[255, 0x8a, 0, 160]])
  }

  /// Timestamps that leap ahead with each packet do not make a file of hours out of seconds.
  @Test func aLegThatClaimsGapsDoesNotBlowItsFileUp() throws {
    let room = RecordedRoom()
    let recording = try makeRecording(RecordingContent(mix: false, legs: true, packets: false))
    room.attach(recording.tap)
    let leaping = try room.join(.pcmu, hertz: 300)
    for _ in 0..<200 {
      try room.run(ticks: 1)
      leaping.pause(packets: 90)
    }
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    #expect(try samples(folder(recording) + "/legs/1.au").samples.count < 11 * 8_000)
  }

  @Test func aDiskThatFailsEndsTheRecordingAndKeepsWhatIsThere() throws {
    let room = RecordedRoom()
    let recording = try makeRecording()
    room.attach(recording.tap)
    _ = try room.join(hertz: 300)
    try room.run(ticks: 100)
    #expect(recording.drain(toItsEnd: false))
    // A second leg's file cannot be made.
    try FileManager.default.removeItem(atPath: folder(recording) + "/legs")
    _ = try room.join(hertz: 600)
    try room.run(ticks: 10)
    #expect(!recording.drain(toItsEnd: false))
    #expect(try samples(folder(recording) + "/mix.opus").samples.count >= 2 * 48_000)
  }
}
