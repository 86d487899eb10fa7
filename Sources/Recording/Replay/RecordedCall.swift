import Conference
import Foundation
import MediaBase
import MediaFiles

/// A recorded call that is done again, a line of its log at a time.
///
/// One owner, one thread.
struct RecordedCall: ~Copyable {
  private(set) var figures = RecordedCallReplay.Figures()

  private var replay: RoomReplay
  private var packets: PacketCaptureReader
  private let wall: Int64
  private let frame: FrameDuration
  private let layout: ChannelLayout
  private let folder: String
  private var fingerprint = MixFingerprint()
  private var sounds: [String: RoomSound] = [:]

  /// More than a room may play: 15 minutes of stereo, with room for what an editor adds.
  private static let longestSoundFrames = 20 * 60 * AudioRate.samplesPerSecond
  /// The most silence that a log may ask for at once: a day.
  private static let mostSkippedSamples = 86_400 * AudioRate.samplesPerSecond

  /// - Parameters:
  ///   - first: the log's first line.
  ///   - folder: where the log is, and the sounds that it names.
  init(_ first: CallLogLine, folder: String, capture: String) throws {
    guard let began = first.began, let at = first.at, case let command = try began.command(),
      case .began(let settings, _, _) = command
    else { throw CallLogProblem("a call has to begin first") }
    let packets = try Self.open(capture)
    let replay = try RoomReplay(command, at: PacketTime(nanoseconds: at))
    self.packets = packets
    self.replay = replay
    wall = began.wall
    figures.isExact = began.exact
    frame = settings.frame
    layout = settings.layout
    self.folder = folder.isEmpty ? "." : folder
  }

  private static func open(_ capture: String) throws(RecordingError) -> PacketCaptureReader {
    do {
      return try PacketCaptureReader(path: capture)
    } catch {
      throw .file(error)
    }
  }

  /// Does what a line tells.
  mutating func take(_ line: CallLogLine, _ deliver: (Span<Float>) throws(RecordingError) -> Void) throws {
    if let ticks = line.ticks { return try run(ticks, deliver) }
    if let members = line.packets {
      for member in members { try givePacket(of: member) }
    } else if let count = line.dropped {
      figures.dropped += max(0, count)
    } else if let file = line.checkpoint {
      try restore(file, at: PacketTime(nanoseconds: line.at ?? 0))
    } else if let command = try line.command(readSound: { file throws(CallLogProblem) in try sound(file) }) {
      if case .ended = command { figures.hasEnd = true }
      try replay.command(command, at: PacketTime(nanoseconds: line.at ?? 0))
      if case .skipped(let ticks) = command { try pass(ticks, deliver) }
    }
  }

  /// Goes on from where the room stood when a recording began in the middle of a call. Without it the mix is near the live one.
  private mutating func restore(_ file: String, at time: PacketTime) throws {
    guard file == CallLogLine.checkpointFile else {
      throw CallLogProblem("'\(file.prefix(60))' is no checkpoint of a recording")
    }
    guard let bytes = Self.readCheckpoint("\(folder)/\(file)") else { return }
    try replay.command(.checkpoint(bytes), at: time)
    figures.isExact = replay.isExact
  }

  private static let mostCheckpointBytes = 256 << 20

  private static func readCheckpoint(_ path: String) -> [UInt8]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= mostCheckpointBytes,
      let data = FileManager.default.contents(atPath: path)
    else { return nil }
    return [UInt8](data)
  }

  // MARK: Ticks

  private mutating func run(
    _ ticks: CallLogLine.Ticks, _ deliver: (Span<Float>) throws(RecordingError) -> Void
  ) throws {
    for (index, members) in ticks.taken.enumerated() {
      for member in members { try givePacket(of: member) }
      let passed = Int64(index) * frame.nanoseconds
      replay.tick(at: PacketTime(nanoseconds: ticks.first).advanced(byNanoseconds: passed), mix: Span())
      try give(deliver)
    }
    guard let told = ticks.mix, figures.differsAtSecond == nil else { return }
    if told == fingerprint.text {
      figures.sameSeconds = seconds
    } else {
      // Somewhere in these ticks.
      figures.differsAtSecond = seconds - Double(ticks.taken.count) * frame.milliseconds / 1000
    }
  }

  private var seconds: Double { Double(figures.samples) / Double(AudioRate.samplesPerSecond) }

  private mutating func give(_ deliver: (Span<Float>) throws(RecordingError) -> Void) throws(RecordingError) {
    var fingerprint = fingerprint
    try replay.withMix { (mix) throws(RecordingError) in
      fingerprint.note(mix)
      try deliver(mix)
    }
    self.fingerprint = fingerprint
    figures.ticks += 1
    figures.samples += Int64(frame.samples)
  }

  /// The room stood still, as the recorder's mix has it.
  private mutating func pass(_ ticks: Int, _ deliver: (Span<Float>) throws(RecordingError) -> Void) throws {
    guard ticks <= Self.mostSkippedSamples / frame.samples else {
      throw CallLogProblem("\(ticks) ticks are more than a day")
    }
    let silence = [Float](repeating: 0, count: frame.samples * layout.count)
    for _ in 0..<ticks { try deliver(silence.span) }
    figures.samples += Int64(ticks * frame.samples)
  }

  // MARK: Packets

  private mutating func givePacket(of member: UInt64) throws(ReplayError) {
    guard packets.advance() else {
      // What a recorder that was killed had not yet written.
      figures.missingPackets += 1
      return
    }
    let arrival = PacketTime(nanoseconds: packets.nanosecondsSince1970 &- wall)
    try Self.give(packets, of: member, at: arrival, to: &replay)
    figures.packets += 1
  }

  private static func give(
    _ packets: borrowing PacketCaptureReader, of member: UInt64, at arrival: PacketTime, to replay: inout RoomReplay
  ) throws(ReplayError) {
    let id = MemberID(rawValue: member)
    try replay.packet(packets.payload, from: packets.datagram.source, for: id, at: arrival)
  }

  // MARK: Sounds

  /// A sound that the room played. Only files that a recorder names are opened: no path leads out of the folder.
  private mutating func sound(_ file: String) throws(CallLogProblem) -> RoomSound {
    if let known = sounds[file] { return known }
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "sounds", parts[1].hasSuffix(".wav"), let number = Int(parts[1].dropLast(4)),
      number > 0, String(number) == parts[1].dropLast(4)
    else { throw CallLogProblem("'\(file.prefix(60))' is no sound of a recording") }
    let sound: RoomSound
    do throws(AudioFileError) {
      sound = try Self.read("\(folder)/\(file)")
    } catch {
      throw CallLogProblem("\(error)")
    }
    sounds[file] = sound
    return sound
  }

  private static func read(_ path: String) throws(AudioFileError) -> RoomSound {
    let reader = try openAudioFile(at: path)
    guard (1...2).contains(reader.format.channels), reader.format.sampleRate == AudioRate.samplesPerSecond else {
      throw .unreadable(path: path, reason: "a room's sounds have 48 kHz and one or two channels")
    }
    var samples: [Int16] = []
    var piece = [Float](repeating: 0, count: AudioRate.samplesPerSecond)
    while samples.count < longestSoundFrames * reader.format.channels {
      var span = piece.mutableSpan
      let frames = try reader.read(into: &span)
      if frames == 0 { break }
      for sample in piece[..<(frames * reader.format.channels)] {
        samples.append(Int16(clamping: Int((sample * 32_768).rounded())))
      }
    }
    return RoomSound(samples, layout: reader.format.channels == 2 ? .stereo : .mono)
  }
}
