import Foundation
import Testing

/// `partyline host` in a process of its own, with a token file, on ports that it finds itself.
///
/// Killed with its owner, where it still runs.
final class HostedBridge {
  static let token = "a-token-of-the-scenario-tests"

  let running: Program.Running
  let scratch: ScratchDirectory
  /// Where the API listens.
  let port: Int

  /// Starts it, and waits until the API listens.
  ///
  /// - Parameters:
  ///   - port: of the API; 0 takes any that is free.
  ///   - wrapper: a command that becomes the one behind it, with its own surroundings.
  init(
    _ arguments: [String] = [], port: Int = 0, environment: [String: String] = [:], wrapper: [String] = []
  ) throws {
    scratch = try ScratchDirectory()
    running = try Self.start(arguments, port: port, environment: environment, wrapper: wrapper, scratch)
    self.port = try Self.waitUntilListening(running)
  }

  deinit {
    guard running.process.isRunning else { return }
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
  }

  /// Whoever runs the tests may ignore signals, which is inherited: `env` undoes that.
  static func start(
    _ arguments: [String], port: Int, environment: [String: String], wrapper: [String] = [], _ scratch: ScratchDirectory
  ) throws -> Program.Running {
    try scratch.write(token + "\n", to: "tokens")
    let settings = ["PARTYLINE_MEDIA_THREADS": "1"].merging(environment) { $1 }
    return try Program("env").start(
      ["--default-signal=INT,TERM,HUP"] + wrapper + [Partyline.path(), "host", "--http", "127.0.0.1:\(port)"]
        + ["--token-file", scratch.path("tokens")] + arguments, environment: settings)
  }

  private static func waitUntilListening(_ running: Program.Running) throws -> Int {
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.process.isRunning {
      let lines = running.errorsSoFar.split(separator: "\n")
      if let line = lines.first(where: { $0.contains(" listening http=") }),
        let port = line.split(separator: ":").last.flatMap({ Int($0) })
      {
        return port
      }
      usleep(2000)
    }
    kill(running.process.processIdentifier, SIGKILL)
    throw Program.Failure(description: "the bridge did not begin: \(running.wait().errors)")
  }

  func signal(_ number: Int32) { kill(running.process.processIdentifier, number) }

  // MARK: The API, by curl

  /// What the API answered.
  struct Answer {
    var status: Int
    var text: String

    subscript(name: String) -> Any? { fields[name] }
    var fields: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
  }

  @discardableResult
  func ask(_ method: String, _ path: String, _ body: String? = nil, token: String = token) throws -> Answer {
    var arguments = ["-sS", "--max-time", "30", "-X", method, "-H", "Authorization: Bearer \(token)"]
    if let body { arguments += ["-H", "Content-Type: application/json", "-d", body] }
    let ended = try Program.curl.end(arguments + ["-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"])
    guard ended.exitCode == 0 else { throw Program.Failure(description: "curl \(path): \(ended.errors)") }
    let lines = ended.text.split(separator: "\n", omittingEmptySubsequences: false)
    return Answer(status: Int(lines.last ?? "") ?? 0, text: lines.dropLast().joined(separator: "\n"))
  }

  func openRoom(_ name: String, _ more: String = "") throws {
    let answer = try ask("POST", "/v1/rooms", #"{"name": "\#(name)"\#(more)}"#)
    guard answer.status == 201 else { throw Program.Failure(description: "no room: \(answer.text)") }
  }

  /// A leg that joined.
  struct Member {
    var id: String
    /// Where it is to send.
    var port: Int
    var ssrc: UInt32
  }

  /// Takes a leg into a room; `rtp` is what stands in its `rtp` object besides address and port.
  func join(_ room: String, port: Int, rtp: String = LegKind.opus.rtp, _ more: String = "") throws -> Member {
    let leg = #"{"address": "127.0.0.1", "port": \#(port), \#(rtp)}"#
    let answer = try ask("POST", "/v1/rooms/\(room)/members", #"{"name": "Ada", "rtp": \#(leg)\#(more)}"#)
    guard answer.status == 201, let id = answer["id"] as? String, let ours = answer["rtp"] as? [String: Any],
      let local = ours["port"] as? Int, let ssrc = ours["ssrc"] as? NSNumber
    else { throw Program.Failure(description: "no member: \(answer.status) \(answer.text)") }
    return Member(id: id, port: local, ssrc: ssrc.uint32Value)
  }
}

/// What a leg speaks, as the API, ffmpeg and SDP write it.
struct LegKind: CustomTestStringConvertible, Sendable {
  var testDescription: String
  /// Fields of the API's `rtp` object.
  var rtp: String
  /// What ffmpeg encodes with.
  var encoding: [String]
  /// The media lines of an SDP, without the port.
  var profile: String, format: String

  static let opus = LegKind(
    testDescription: "Opus", rtp: #""codec": "opus", "payloadType": 111"#,
    encoding: ["-c:a", "libopus", "-b:a", "32k", "-payload_type", "111"], profile: "RTP/AVP",
    format: "111\na=rtpmap:111 opus/48000/2\n")
  static let pcma = LegKind(
    testDescription: "PCMA", rtp: #""codec": "pcma""#, encoding: ["-ar", "8000", "-c:a", "pcm_alaw"],
    profile: "RTP/AVP",
    format: "8\n")
  static let encryptedPCMU = LegKind(
    testDescription: "PCMU over SRTP",
    rtp: """
      "codec": "pcmu", "srtp": {"suite": "AES_CM_128_HMAC_SHA1_80", "sendKey": "\(sendKey)", "receiveKey": "\(receiveKey)"}
      """,
    encoding: [
      "-ar", "8000", "-c:a", "pcm_mulaw", "-srtp_out_suite", "AES_CM_128_HMAC_SHA1_80", "-srtp_out_params", receiveKey,
    ], profile: "RTP/SAVP", format: "0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(sendKey)\n")

  /// 30 bytes in base64 each: what the bridge sends with, and what the legs do.
  static let sendKey = "c2VuZC1rZXktb2YtdGhlLXNjZW5hcmlvLXRlc3Rz"
  static let receiveKey = "cmVjZWl2ZS1rZXktb2Ytc2NlbmFyaW8tdGVzdHMu"

  var scheme: String { profile == "RTP/SAVP" ? "srtp" : "rtp" }
}
