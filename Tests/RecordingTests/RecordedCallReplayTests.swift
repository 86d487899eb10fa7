import Conference
import Foundation
import MediaBase
import MediaFiles
import Mixing
import Recording
import Testing

/// A recording is done again: the same mix, sample for sample, or a line that says why not.
@Suite struct RecordedCallReplayTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Records a call with loss, pauses, changes, sounds, a leave, shedding and a pause of the machine.
  private func recordCall(
    _ settings: RoomSettings = RoomSettings(), attachLate: Bool = false
  ) throws -> (call: RecordedCallReplay, live: [Float], folder: String) {
    let room = RecordedRoom(settings)
    let recording = try Recording(in: scratch.path, name: "daily", content: RecordingContent()) { _ in }
    // A room has ticked before anybody puts a tap in.
    try room.run(ticks: 3)
    if !attachLate { room.attach(recording.tap) }
    room.mix = []
    let ada = try room.join(hertz: 300)
    if attachLate { room.attach(recording.tap) }
    try room.run(ticks: 60) { _, tick in tick % 13 == 5 }
    let bob = try room.join(.pcma, hertz: 700)
    try room.run(ticks: 40)
    #expect(recording.drain(toItsEnd: false))
    try room.change(bob, .voice(MemberSettings(gain: Decibels(-9), isMuted: false, pan: Pan(-0.3))))
    try room.change(ada, .level(Decibels(-20), of: bob.id), source: bob)
    let chime = RoomSound((0..<20_000).map { Int16(truncatingIfNeeded: $0 &* 37) }, layout: .mono)
    try room.change(.play(chime, as: PlaybackID(rawValue: 4), gain: Decibels(-12), loops: true))
    try room.change(.tone(chime))
    ada.isTalking = false
    ada.pause(packets: 30)
    try room.run(ticks: 30)
    ada.isTalking = true
    room.skip(ticks: 48)
    try room.run(ticks: 50)
    try room.change(.stop(PlaybackID(rawValue: 4)))
    room.leave(bob)
    room.shed(.complexity)
    try room.run(ticks: 33)
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    let folder = "\(scratch.path)/\(recording.folderName)"
    let call = try #require(try RecordedCallReplay(capture: folder + "/call.pcapng"))
    return (call, room.mix, folder)
  }

  private func mix(_ call: RecordedCallReplay) throws -> (samples: [Float], figures: RecordedCallReplay.Figures) {
    var samples: [Float] = []
    let figures = try call.run { (frame) in
      for index in frame.indices { samples.append(frame[index]) }
    }
    return (samples, figures)
  }

  @Test(arguments: [
    RoomSettings(), RoomSettings(talkers: .all, layout: .stereo), RoomSettings(talkers: .loudest(1), frame: .ms10),
  ])
  func theReplayOfACallIsTheLiveMixSampleForSample(settings: RoomSettings) throws {
    let (call, live, _) = try recordCall(settings)
    #expect(call.isExact)
    let first = try mix(call)
    let second = try mix(call)
    #expect(first.samples.count == live.count)
    #expect(first.samples.map(\.bitPattern) == live.map(\.bitPattern))
    #expect(first.samples.map(\.bitPattern) == second.samples.map(\.bitPattern))
    #expect(first.figures.differsAtSecond == nil)
    #expect(first.figures.sameSeconds == Double(first.figures.samples) / 48_000)
    #expect(first.figures.hasEnd && first.figures.missingPackets == 0 && first.figures.dropped == 0)
    #expect(call.warnings(first.figures).isEmpty)
    #expect(live.map(abs).max()! > 0.3)
  }

  @Test func aRecordingFromTheMiddleIsMixedSampleForSampleFromItsCheckpoint() throws {
    let (call, live, _) = try recordMiddle()
    let first = try mix(call), second = try mix(call)
    #expect(first.figures.isExact && first.figures.differsAtSecond == nil)
    #expect(first.figures.sameSeconds == Double(first.figures.samples) / 48_000)
    #expect(first.samples.map(\.bitPattern) == live.map(\.bitPattern))
    #expect(first.samples.map(\.bitPattern) == second.samples.map(\.bitPattern))
    #expect(call.warnings(first.figures).isEmpty)
    #expect(live.map(abs).max()! > 0.3)
  }

  /// Two talk for two seconds, one in G.711, with losses, before the recording begins.
  private func recordMiddle() throws -> (call: RecordedCallReplay, live: [Float], folder: String) {
    let room = RecordedRoom()
    let recording = try Recording(in: scratch.path, name: "daily", content: RecordingContent()) { _ in }
    let ada = try room.join(hertz: 300)
    let bob = try room.join(.pcma, hertz: 700)
    try room.run(ticks: 97) { _, tick in tick % 13 == 5 }
    room.mix = []
    room.attach(recording.tap)
    try room.run(ticks: 60) { _, tick in tick % 11 == 3 }
    try room.change(bob, .voice(MemberSettings(gain: Decibels(-9), isMuted: false, pan: Pan(-0.3))))
    try room.run(ticks: 40)
    room.leave(ada)
    try room.run(ticks: 30)
    room.detach(recording.tap)
    #expect(!recording.drain(toItsEnd: false))
    let folder = "\(scratch.path)/\(recording.folderName)"
    return (try #require(try RecordedCallReplay(capture: folder + "/call.pcapng")), room.mix, folder)
  }

  @Test(arguments: [0, 1, 2])
  func aRecordingFromTheMiddleWithoutAUsableCheckpointIsMixedAndSaysSo(damage: Int) throws {
    let (call, live, folder) = try recordMiddle()
    let path = folder + "/call.checkpoint"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    switch damage {
    case 0: try FileManager.default.removeItem(atPath: path)
    case 1: try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
    default: try (Data([99]) + bytes.dropFirst()).write(to: URL(fileURLWithPath: path))
    }
    let again = try mix(call)
    #expect(!again.figures.isExact)
    #expect(again.samples.count == live.count)
    #expect(call.warnings(again.figures).contains { $0.contains("in the middle") })
  }

  @Test func whatAKilledRecorderLeftIsMixedUpToThere() throws {
    let (_, _, folder) = try recordCall()
    let log = folder + "/call.jsonl", capture = folder + "/call.pcapng"
    let text = try Data(contentsOf: URL(fileURLWithPath: log)),
      packets = try Data(contentsOf: URL(fileURLWithPath: capture))
    for (keptText, keptPackets) in [
      (text.count - 7, packets.count), (text.count, packets.count * 2 / 3), (300, packets.count),
    ] {
      try text.prefix(keptText).write(to: URL(fileURLWithPath: log))
      try packets.prefix(keptPackets).write(to: URL(fileURLWithPath: capture))
      let call = try #require(try RecordedCallReplay(capture: capture))
      let again = try mix(call)
      #expect(again.figures.hasEnd == (keptText == text.count))
      #expect((again.figures.missingPackets > 0) == (keptPackets < packets.count))
    }
  }

  @Test func aLogNeverTellsOfPacketsThatAreNotInTheCapture() throws {
    let room = RecordedRoom()
    let recording = try Recording(in: scratch.path, name: "daily", content: RecordingContent()) { _ in }
    room.attach(recording.tap)
    let ada = try room.join(hertz: 300)
    try room.run(ticks: 33)
    // From here on lines end between the whole seconds.
    try room.change(ada, .canHear(false))
    try room.run(ticks: 60)
    #expect(recording.drain(toItsEnd: false))
    let copy = scratch.path + "/killed"
    try FileManager.default.copyItem(atPath: "\(scratch.path)/\(recording.folderName)", toPath: copy)
    let call = try #require(try RecordedCallReplay(capture: copy + "/call.pcapng"))
    let again = try mix(call)
    #expect(again.figures.ticks == 83 && again.figures.missingPackets == 0)
    #expect(again.figures.differsAtSecond == nil)
    #expect(again.samples.map(\.bitPattern) == room.mix.prefix(again.samples.count).map(\.bitPattern))
  }

  @Test func anotherMixIsToldFromTheLiveOne() throws {
    let (_, _, folder) = try recordCall()
    let log = folder + "/call.jsonl"
    let text = try String(contentsOfFile: log, encoding: .utf8)
    try text.replacingOccurrences(of: "\"gain\":-9", with: "\"gain\":-8").write(
      toFile: log, atomically: true, encoding: .utf8)
    let call = try #require(try RecordedCallReplay(capture: folder + "/call.pcapng"))
    let figures = try mix(call).figures
    #expect(figures.sameSeconds == 2)
    #expect(figures.differsAtSecond == 2)
    #expect(call.warnings(figures).count == 1)
  }

  /// Lines that nobody wrote: each is named with its number, and none brings anything down.
  @Test(arguments: [
    (#"{"join": {"member": 1}}"#, "it is no line"), ("rubbish", "it is no line"),
    (#"{"at": 1, "leave": 99}"#, "unknownMember"), (#"{"at": 1, "skip": 4000000000}"#, "passed over"),
    (#"{"at": 1, "skip": 7}"#, "passed over"), (#"{"at": 1, "shed": 17}"#, "no load"),
    (#"{"at": 1, "sound": {"file": "../../etc/passwd", "id": 1}}"#, "is no sound of a recording"),
    (#"{"at": 1, "sound": {"file": "sounds/1.wav/../../x.wav", "id": 1}}"#, "is no sound of a recording"),
    (#"{"at": 1, "sound": {"file": "sounds/7.wav", "id": 1}}"#, "cannot open"),
    (#"{"ticks": {"first": 1, "taken": [[77]]}}"#, "unknownMember"), (#"{"packets": [77]}"#, "unknownMember"),
    (#"{"at": 1, "change": {"member": 1}}"#, "changes nothing"),
  ])
  func aBadLineIsNamed(line: String, words: String) throws {
    let (_, _, folder) = try recordCall()
    let log = folder + "/call.jsonl"
    var lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    lines.insert(line, at: 2)
    try (lines.joined(separator: "\n") + "\n").write(toFile: log, atomically: true, encoding: .utf8)
    let call = try #require(try RecordedCallReplay(capture: folder + "/call.pcapng"))
    do {
      _ = try mix(call)
      Issue.record("\(line) was taken")
    } catch let error as RecordingError {
      #expect(error.description.contains("damaged at line 3: "), "\(error)")
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test func aCaptureWithoutALogIsNoRecordedCall() throws {
    #expect(try RecordedCallReplay(capture: scratch.path + "/other.pcapng") == nil)
  }
}
