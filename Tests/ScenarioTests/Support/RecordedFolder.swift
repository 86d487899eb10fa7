import Foundation
import Testing

/// The folder of a recording that the live bridge made, as its user finds it.
struct RecordedFolder {
  let path: String

  /// The only recording within `recordings.folder`.
  init(in folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    guard names.count == 1 else { throw Program.Failure(description: "no one recording, but \(names)") }
    path = "\(folder)/\(names[0])"
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The legs' files, sorted.
  func legs() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file("legs")).sorted().map { file("legs/\($0)") }
  }

  /// What `partyline mix --json` says of a recorded call.
  struct Report: Decodable {
    var exact: Bool
    var packets: Int
    var seconds: Double
    /// Up to where it is the live mix, sample for sample.
    var sameSeconds: Double
    var differsAtSecond: Double?
    var dropped: Int
    var missingPackets: Int
    /// Whether the log tells its own end.
    var whole: Bool
  }

  /// Mixes the call anew with `partyline mix`, which must have nothing to warn of.
  func mix(to output: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Report {
    let json = try Partyline.mix(
      file("call.pcapng"), "-o", output, "--json", "-", sourceLocation: sourceLocation)
    return try JSONDecoder().decode(Report.self, from: json)
  }

  /// The streams that tshark finds in the capture, a line each.
  func streams(at port: Int) throws -> [Substring] {
    let text = try Program("tshark").run(
      "-r", file("call.pcapng"), "-d", "udp.port==\(port),rtp", "-q", "-z", "rtp,streams")
    return String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.contains(" 0x") }
  }
}

/// Legs of ffmpeg's that talk in the background, at the speed of speech.
struct BackgroundTalker {
  let member: HostedBridge.Member
  private let running: Program.Running

  /// Joins a room, and says a file.
  init(_ kind: LegKind, _ file: String, in room: String, of bridge: HostedBridge) throws {
    let port = try LoopbackPort.free()
    member = try bridge.join(room, port: port, rtp: kind.rtp)
    let place = "\(kind.scheme)://127.0.0.1:\(member.port)?localrtpport=\(port)&localrtcpport=\(port + 1)"
    running = try Program.ffmpeg.start(["-v", "error", "-re", "-i", file] + kind.encoding + ["-f", "rtp", place])
  }

  /// Ends it.
  func stop() throws {
    kill(running.process.processIdentifier, SIGTERM)
    _ = try running.waitForEnd(within: 20)
  }
}
