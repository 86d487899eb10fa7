import Foundation
import Glibc

/// Debian's Chromium without a window, with one page, driven over the DevTools protocol: a program that we did not write,
/// as people use it.
///
///     commands ─▶ named pipe ─▶ descriptor 3 │ Chromium │ descriptor 4 ─▶ named pipe ─▶ answers     JSON, each ended by NUL
///
/// Its microphone plays a file, without the browser's own processing, so that a tone stays one. Killed with its owner.
final class Chromium {
  private let running: Program.Running
  private let scratch: ScratchDirectory
  private let commands: FileHandle, answers: FileHandle
  private var pending = Data()
  private var lastID = 0
  private var session: String?

  /// Starts it and opens an empty page.
  ///
  /// - Parameter voice: a WAV file that the microphone plays over and over.
  init(voice: String, width: Int = 1_280, height: Int = 800) throws {
    scratch = try ScratchDirectory()
    let (input, output) = (scratch.path("commands"), scratch.path("answers"))
    guard mkfifo(input, 0o600) == 0, mkfifo(output, 0o600) == 0 else {
      throw Program.Failure(description: "no pipes for Chromium")
    }
    // Open in both directions, so that neither side waits for the other.
    let (inputEnd, outputEnd) = (
      Glibc.open(input, O_RDWR | O_CLOEXEC), Glibc.open(output, O_RDWR | O_CLOEXEC | O_NONBLOCK)
    )
    commands = FileHandle(fileDescriptor: inputEnd, closeOnDealloc: true)
    answers = FileHandle(fileDescriptor: outputEnd, closeOnDealloc: true)
    running = try Program.bash.start([
      "-c", "exec chromium \"${@:3}\" 3<\"$1\" 4>\"$2\"", "bash", input, output, "--headless=new", "--no-sandbox",
      "--remote-debugging-pipe", "--user-data-dir=\(scratch.path("profile"))", "--no-first-run", "--mute-audio",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
      "--use-file-for-fake-audio-capture=\(voice)", "--allow-loopback-in-peer-connection",
      "--autoplay-policy=no-user-gesture-required", "--lang=en-GB", "--window-size=\(width),\(height)", "about:blank",
    ])
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] ?? ""
    session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    try call("Page.enable")
    try call(
      "Page.addScriptToEvaluateOnNewDocument",
      [
        "source": """
        window.connections = [];
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(...settings) { super(...settings); window.connections.push(this); }
        };
        const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
        if (ask) navigator.mediaDevices.getUserMedia = () => ask({ audio: {
          echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
        """
      ])
  }

  deinit {
    guard running.process.isRunning else { return }
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
  }

  /// Opens an address.
  func open(_ address: String) throws {
    try call("Page.navigate", ["url": address])
  }

  /// The value of an expression, which may be a promise's.
  @discardableResult
  func evaluate(_ expression: String) throws -> Any? {
    let answer = try call(
      "Runtime.evaluate", ["expression": expression, "awaitPromise": true, "returnByValue": true])
    if let failure = answer["exceptionDetails"] as? [String: Any] {
      let thrown = (failure["exception"] as? [String: Any])?["description"] ?? failure["text"] ?? "?"
      throw Program.Failure(description: "\(expression.prefix(80)): \(thrown)")
    }
    return (answer["result"] as? [String: Any])?["value"]
  }

  /// Waits until an expression is true.
  func wait(_ what: String, seconds: Double = 60, until expression: String) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while (try? evaluate(expression)) as? Bool != true {
      guard running.process.isRunning else {
        throw Program.Failure(description: "Chromium ended before \(what): \(running.errorsSoFar.suffix(500))")
      }
      guard Date() < deadline else {
        let seen = (try? evaluate("document.body?.innerText")) as? String ?? ""
        throw Program.Failure(description: "never came: \(what); the page shows: \(seen.prefix(500))")
      }
      usleep(100_000)
    }
  }

  /// Keeps a picture of the page as test output: below SCREENSHOTS, or in a folder of the system's own.
  func picture(_ name: String) throws {
    let given = ProcessInfo.processInfo.environment["SCREENSHOTS"]
    let folder = given ?? NSTemporaryDirectory() + "partyline-screenshots"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = try call("Page.captureScreenshot", ["format": "png"])["data"] as? String
    guard let text, let bytes = Data(base64Encoded: text), !bytes.isEmpty else {
      throw Program.Failure(description: "Chromium gave no picture of \(name)")
    }
    try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
    print("picture: \(folder)/\(name).png")
  }

  // MARK: The protocol

  @discardableResult
  private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    lastID += 1
    var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try commands.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.process.isRunning {
      guard let answer = nextMessage() else {
        usleep(2_000)
        continue
      }
      guard answer["id"] as? Int == lastID else { continue }
      if let error = answer["error"] { throw Program.Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
    throw Program.Failure(description: "Chromium does not answer \(method): \(running.errorsSoFar.suffix(500))")
  }

  /// The next whole message, if one is there.
  private func nextMessage() -> [String: Any]? {
    while true {
      if let end = pending.firstIndex(of: 0) {
        let message = pending[pending.startIndex..<end]
        pending = Data(pending[(end + 1)...])
        return (try? JSONSerialization.jsonObject(with: message)) as? [String: Any] ?? [:]
      }
      var bytes = [UInt8](repeating: 0, count: 65_536)
      let count = read(answers.fileDescriptor, &bytes, bytes.count)
      guard count > 0 else { return nil }
      pending.append(contentsOf: bytes[..<count])
    }
  }
}
