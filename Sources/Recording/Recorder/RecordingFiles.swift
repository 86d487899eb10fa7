import Conference
import Foundation
import MediaBase
import MediaFiles
import Mixing
import RTC

/// The files of one recording, and what of a tap goes into which of them.
///
/// ```
/// RoomTap ─┬─ mix ──────▶ mix.opus
///          ├─ packets ──▶ legs/1.opus, legs/2.au …, conference.json      call.pcapng
///          └─ commands, ticks ────────────────────────────────────────▶ call.jsonl, call.checkpoint
/// ```
/// On the recorder's thread alone. The first failure ends the recording; what was written stays.
struct RecordingFiles: RoomTapReader, ~Copyable {
  typealias Failure = AudioFileError

  private let folder: String
  private let content: RecordingContent
  private let title: String
  private let wall: Int64
  private var mix: (any AudioFileWriter)?
  private var log: CallLogWriter?
  private var capture: PacketCaptureWriter?
  private var legs: [LegRecording] = []
  private var present: [MemberID: Present] = [:]
  /// Sounds that the room played, with their files. Not held: a sound may go though the recording lasts.
  private var sounds: [ObjectIdentifier: WrittenSound] = [:]
  private var soundCount = 0
  private var frameNanoseconds: Int64 = 20_000_000
  private var samplesPerTick = 960
  private var ticks: Int64 = 0
  /// Names of members, for the manifest.
  var names: [MemberID: String] = [:]
  /// Whether the tap has ended.
  private(set) var hasEnded = false
  private var isClosed = false
  private var isManifestOld = false
  private var dropped = 0

  private struct WrittenSound {
    weak var sound: RoomSound?
    let file: String
  }

  private struct Present {
    let local: TransportAddress
    let telephoneEventPayloadType: Int?
    let leg: LegRecording?

    /// Where in a telephone event (RFC 4733, 2.3) it stands which key was pressed; `nil` where the packet is none.
    func keyPlace(in datagram: Span<UInt8>) -> Int? {
      guard let telephoneEventPayloadType, PacketClass(of: datagram) == .rtp,
        let header = try? RTPHeader(parsing: datagram), header.payloadType == telephoneEventPayloadType
      else { return nil }
      return header.payload.first
    }
  }

  /// Stands for every key in a capture, since what is keyed in a call may be a PIN. The mix does not depend on it.
  private static let unknownEvent: UInt8 = 255

  /// Makes the folder, which must not be there.
  init(folder: String, content: RecordingContent, title: String, wall: Int64) throws(AudioFileError) {
    self.folder = folder
    self.content = content
    self.title = title
    self.wall = wall
    try Self.makeFolder(folder)
    if content.legs { try Self.makeFolder("\(folder)/legs") }
    if content.packets {
      let capture = try PacketCaptureWriter(path: "\(folder)/call.pcapng")
      self.capture = capture
      // A line that tells of packets which a crash took could not be replayed.
      log = try CallLogWriter(path: "\(folder)/call.jsonl", wall: wall) { () throws(AudioFileError) in
        try capture.flush()
      }
    }
  }

  private static func makeFolder(_ path: String) throws(AudioFileError) {
    guard mkdir(path, 0o777) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)).lowercased())
    }
  }

  /// Length of the mix so far.
  var seconds: Double { Double(ticks * frameNanoseconds) / 1e9 }

  // MARK: From the tap

  mutating func tick(at time: PacketTime, mix samples: Span<Float>) throws(AudioFileError) {
    ticks += 1
    try log?.noteTick(at: time, mix: samples)
    try mix?.write(samples)
    guard ticks * frameNanoseconds % 1_000_000_000 < frameNanoseconds else { return }
    // Once a second: what a crash may cost.
    try capture?.flush()
    for leg in legs { try leg.flush() }
    if isManifestOld { try writeManifest() }
  }

  mutating func packet(
    _ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime
  ) throws(AudioFileError) {
    guard let present = present[member] else { return }
    if let capture {
      log?.notePacket(of: member)
      let time = arrival.nanoseconds &+ wall
      if let place = present.keyPlace(in: datagram) {
        var bytes = datagram.withUnsafeBufferPointer { Array($0) }
        bytes[place] = Self.unknownEvent
        try capture.write(bytes.span, from: source, to: present.local, at: time)
      } else {
        try capture.write(datagram, from: source, to: present.local, at: time)
      }
    }
    guard let leg = present.leg else { return }
    let isNew = leg.startSeconds == nil
    // What comes now is heard at the next tick, at the earliest.
    try leg.take(datagram, at: arrival, mixSeconds: seconds)
    if isNew && leg.startSeconds != nil { isManifestOld = true }
  }

  mutating func command(_ command: RoomCommand, at time: PacketTime) throws(AudioFileError) {
    // Before the line that names it.
    if case .checkpoint(let bytes) = command, log != nil {
      try OutputFile.write(bytes, to: "\(folder)/\(CallLogLine.checkpointFile)")
    }
    try log?.note(command, at: time, soundFile: try soundFile(of: command))
    switch command {
    case .began(let settings, _, _): try begin(settings)
    case .joined(let id, let leg, let local):
      let recording = content.legs ? LegRecording(member: id, format: leg.format, folder: folder) : nil
      if let recording { legs.append(recording) }
      present[id] = Present(
        local: local, telephoneEventPayloadType: leg.telephoneEventPayloadType, leg: recording)
    case .left(let id):
      try present.removeValue(forKey: id)?.leg?.finish()
      isManifestOld = content.legs
    case .skipped(let ticks): try pass(ticks)
    case .ended: hasEnded = true
    case .changed, .roomChanged, .shed, .checkpoint: break
    }
  }

  /// The file of the sound that a command plays, which is written where it is played for the first time.
  private mutating func soundFile(of command: RoomCommand) throws(AudioFileError) -> String? {
    guard log != nil, case .roomChanged(let change) = command else { return nil }
    switch change {
    case .play(let sound, as: _, gain: _, loops: _), .tone(let sound):
      // Another one may have come to be in the place of one that went.
      if let known = sounds[ObjectIdentifier(sound)], known.sound === sound { return known.file }
      if soundCount == 0 { try Self.makeFolder("\(folder)/sounds") }
      soundCount += 1
      let name = "sounds/\(soundCount).wav"
      try Self.write(sound, to: "\(folder)/\(name)")
      sounds[ObjectIdentifier(sound)] = WrittenSound(sound: sound, file: name)
      return name
    case .stop, .hold, .admit: return nil
    }
  }

  /// 16 bits in, 16 bits out.
  private static func write(_ sound: RoomSound, to path: String) throws(AudioFileError) {
    let writer = try createAudioFile(at: path, encoding: .wav(.pcm16), layout: sound.layout)
    var samples = [Float](repeating: 0, count: sound.frames * sound.layout.count)
    sound.withSamples { given in
      for index in samples.indices { samples[index] = Float(given[index]) / 32_768 }
    }
    try writer.write(samples.span)
    try writer.finish()
  }

  private mutating func begin(_ settings: RoomSettings) throws(AudioFileError) {
    frameNanoseconds = settings.frame.nanoseconds
    samplesPerTick = settings.frame.samples * settings.layout.count
    guard content.mix else { return }
    mix = try createGrowingOpusFile(
      at: "\(folder)/mix.opus", settings: .init(complexity: 5), layout: settings.layout,
      tags: AudioFileTags(title: title, encoder: PartylineVersion.program))
  }

  /// The room stood still: its files keep the time.
  private mutating func pass(_ ticks: Int) throws(AudioFileError) {
    self.ticks += Int64(ticks)
    guard let mix else { return }
    let silence = [Float](repeating: 0, count: samplesPerTick)
    for _ in 0..<ticks { try mix.write(silence.span) }
  }

  // MARK: The end

  /// What was lost between room and disk so far.
  mutating func noteDropped(_ count: Int) throws(AudioFileError) {
    guard count > dropped else { return }
    try log?.noteDropped(count - dropped)
    dropped = count
  }

  /// Closes all files; also after a failure, as far as it goes. Once: a second time there is nothing left to close.
  mutating func finish() throws(AudioFileError) {
    guard !isClosed else { return }
    isClosed = true
    var failure: AudioFileError?
    func attempt(_ body: () throws(AudioFileError) -> Void) {
      do throws(AudioFileError) { try body() } catch { failure = failure ?? error }
    }
    for leg in legs { attempt { () throws(AudioFileError) in try leg.finish() } }
    let (mix, log, capture) = (mix, log, capture)
    (self.mix, self.log, self.capture) = (nil, nil, nil)
    attempt { () throws(AudioFileError) in try mix?.finish() }
    attempt { () throws(AudioFileError) in try log?.finish() }
    attempt { () throws(AudioFileError) in try capture?.finish() }
    if content.legs {
      do throws(AudioFileError) { try writeManifest() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  /// `conference.json`: the legs' files with their places in time, as `partyline mix --manifest` takes them.
  private mutating func writeManifest() throws(AudioFileError) {
    isManifestOld = false
    let entries = legs.compactMap { leg -> [String: Any]? in
      guard let start = leg.startSeconds else { return nil }
      var entry: [String: Any] = ["file": leg.fileName, "start": start]
      entry["name"] = names[leg.member] ?? "member \(leg.member.rawValue)"
      if let drift = leg.driftPPM { entry["drift"] = (drift * 10).rounded() / 10 }
      return entry
    }
    let manifest: [String: Any] = ["title": title, "legs": entries]
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? JSONSerialization.data(withJSONObject: manifest, options: options) else { return }
    try OutputFile.write([UInt8](data) + [0x0a], to: "\(folder)/conference.json")
  }
}
