import Conference
import Foundation
import MediaBase
import MediaFiles

/// Writes a call's log, a line of JSON for each command and each second of ticks, into a file that grows.
///
/// One owner, one thread at a time, and never a media thread. The first failure sticks.
final class CallLogWriter {
  private let file: OutputFile
  private let encoder = JSONEncoder()
  private let wall: Int64
  private let willWrite: () throws(AudioFileError) -> Void
  private var ticks = CallLogLine.Ticks(first: 0, taken: [], mix: nil)
  private var lastTick: PacketTime?
  private var taken: [UInt64] = []
  private var frameNanoseconds: Int64 = 20_000_000
  private var fingerprint: MixFingerprint?

  private static let mostTicks = 50

  /// - Parameters:
  ///   - wall: nanoseconds from the bridge's clock to 1 January 1970.
  ///   - willWrite: called before each line: brings the packets that it tells of to the system.
  init(
    path: String, wall: Int64, willWrite: @escaping () throws(AudioFileError) -> Void
  ) throws(AudioFileError) {
    file = try OutputFile(growingAt: path)
    self.wall = wall
    self.willWrite = willWrite
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// A packet was taken, which stands in the capture next.
  func notePacket(of member: MemberID) {
    taken.append(member.rawValue)
  }

  /// A tick was done; an empty mix is none.
  func noteTick(at time: PacketTime, mix: Span<Float>) throws(AudioFileError) {
    if let lastTick, time.nanoseconds(since: lastTick) != frameNanoseconds { try writeRun() }
    if ticks.taken.isEmpty { ticks.first = time.nanoseconds }
    if !mix.isEmpty {
      var so = fingerprint ?? MixFingerprint()
      so.note(mix)
      fingerprint = so
    }
    ticks.taken.append(taken)
    taken = []
    lastTick = time
    if ticks.taken.count >= Self.mostTicks { try writeRun() }
  }

  /// Something was done between two ticks.
  func note(_ command: RoomCommand, at time: PacketTime, soundFile: String?) throws(AudioFileError) {
    if case .began(let settings, _, _) = command { frameNanoseconds = settings.frame.nanoseconds }
    guard let line = CallLogLine(command, at: time, wall: wall, soundFile: soundFile) else { return }
    try writeTicks()
    try write(line)
  }

  /// So many records were lost.
  func noteDropped(_ count: Int) throws(AudioFileError) {
    try writeTicks()
    var line = CallLogLine()
    line.dropped = count
    try write(line)
  }

  /// Closes it.
  func finish() throws(AudioFileError) {
    try writeTicks()
    try file.commit()
  }

  /// Writes the ticks so far; what was taken since stays for the next one.
  private func writeRun() throws(AudioFileError) {
    guard !ticks.taken.isEmpty else { return }
    var line = CallLogLine()
    ticks.mix = fingerprint?.text
    line.ticks = ticks
    ticks.taken = []
    try write(line)
  }

  private func writeTicks() throws(AudioFileError) {
    try writeRun()
    // What came since the last tick comes before what is told next.
    if !taken.isEmpty {
      var line = CallLogLine()
      line.packets = taken
      taken = []
      try write(line)
    }
  }

  private func write(_ line: CallLogLine) throws(AudioFileError) {
    guard var data = try? encoder.encode(line) else {
      throw .cannotWrite(path: file.path, reason: "a line could not be encoded")
    }
    data.append(0x0a)
    try willWrite()
    try file.write([UInt8](data).span)
    file.flush()
    try file.check()
  }
}
