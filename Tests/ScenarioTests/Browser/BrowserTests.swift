import Foundation
import Testing

/// People in real browsers, with the page that the bridge serves.
@Suite(.serialized) struct BrowserTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  /// A file in which somebody says one tone.
  private func tone(_ hertz: Int) throws -> String {
    let file = scratch.path("\(hertz).wav")
    try Program.sox.run([
      "-n", "-r", "48000", "-c", "1", "-b", "16", file, "synth", "10", "sine", "\(hertz)", "vol", "0.2",
    ])
    return file
  }

  /// Opens an invitation and joins by it, as a person does.
  private func enter(_ bridge: HostedBridge, _ name: String, saying hertz: Int, as role: String = "participant") throws
    -> Chromium
  {
    let invitation = try bridge.ask("POST", "/v1/rooms/daily/invitations", #"{"role": "\#(role)"}"#)
    let path = try #require(invitation["path"] as? String)
    let browser = try Chromium(voice: try tone(hertz))
    try browser.open("http://127.0.0.1:\(bridge.port)\(path)")
    try browser.wait("the form", until: "document.getElementById('join')?.hidden === false")
    try browser.evaluate("document.getElementById('join-name').value = '\(name)'")
    try browser.picture("\(name)-joins")
    try browser.evaluate("document.getElementById('join-go').click()")
    try browser.wait("the sound", until: "document.getElementById('sound')?.srcObject?.active === true")
    return browser
  }

  /// Whether a browser hears exactly those of the tones, for a second on end: others stand 20 dB below them or more.
  private func hears(_ browser: Chromium, _ wanted: [Int], not unwanted: [Int]) throws {
    try browser.evaluate(
      """
      (() => {
        const context = new AudioContext(), analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0.5;
        const listen = () => context.createMediaStreamSource(document.getElementById('sound').srcObject).connect(analyser);
        listen();
        window.level = (hertz) => {
          const bins = new Float32Array(analyser.frequencyBinCount);
          analyser.getFloatFrequencyData(bins);
          return bins[Math.round(hertz * 8192 / context.sampleRate)];
        };
      })()
      """)
    let has = wanted.map { "level(\($0)) > -50" }, hasNot = unwanted.map { "level(\($0)) < -70" }
    let isSo = (has + hasNot).joined(separator: " && ")
    try browser.wait(
      "\(wanted) and not \(unwanted)",
      until: """
        (async () => {
          for (let look = 0; look < 10; look += 1) {
            if (!(\(isSo))) return false;
            await new Promise((next) => setTimeout(next, 100));
          }
          return true;
        })()
        """)
  }

  private func members(_ bridge: HostedBridge) throws -> [[String: Any]] {
    try bridge.ask("GET", "/v1/rooms/daily/members")["items"] as? [[String: Any]] ?? []
  }

  @Test(.timeLimit(.minutes(4)))
  func twoBrowsersAndAPlainLegHearExactlyTheOthers() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("daily")
    let port = try LoopbackPort.free()
    let plain = try bridge.join("daily", port: port)
    let talker = try Program.ffmpeg.start(
      ["-v", "error", "-re", "-f", "lavfi", "-i", "sine=2400:r=48000"] + LegKind.opus.encoding
        + ["-f", "rtp", "rtp://127.0.0.1:\(plain.port)?localrtpport=\(port)&localrtcpport=\(port + 1)"])
    defer { kill(talker.process.processIdentifier, SIGKILL) }
    let ada = try enter(bridge, "Ada", saying: 600, as: "host")
    let bert = try enter(bridge, "Bert", saying: 1_300)
    try hears(ada, [1_300, 2_400], not: [600])
    try hears(bert, [600, 2_400], not: [1_300])
    #expect(try members(bridge).count == 3)
    // Of a clean path little is invented; the machine may stand still for a moment.
    let concealed = try ada.evaluate(
      """
      (async () => {
        for (const report of (await connections.at(-1).getStats()).values()) {
          if (report.type === 'inbound-rtp') return report.concealedSamples / report.totalSamplesReceived;
        }
      })()
      """)
    #expect(try #require(concealed as? Double) < 0.1)
    try ada.picture("room")

    // What is shared arrives.
    try bert.evaluate(
      """
      (() => {
        const field = document.querySelector('#things textarea');
        field.value = 'Order 4711 is ready';
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.closest('form').requestSubmit();
      })()
      """)
    try ada.wait("the chat", until: "document.getElementById('things').innerText.includes('Order 4711 is ready')")
    try ada.picture("chat")

    // All see the lock.
    try bridge.ask("PATCH", "/v1/rooms/daily", #"{"locked": true}"#)
    try bert.wait("the lock", until: "document.querySelector('#room-facts .locked') !== null")

    // Bert mutes himself; then he is put out.
    try bert.evaluate("document.querySelector('[aria-keyshortcuts=Space]').click()")
    try ada.wait("silence of Bert", until: "level(1300) < -70 && level(2400) > -50")
    let member = try #require(try members(bridge).first { $0["name"] as? String == "Bert" })
    #expect(member["selfMuted"] as? Bool == true)
    try bridge.ask("DELETE", "/v1/rooms/daily/members/\(try #require(member["id"] as? String))?reason=kicked")
    try bert.wait("the end", until: "!document.getElementById('notice').hidden")
    try bert.picture("put-out")
  }

  @Test(.timeLimit(.minutes(4)))
  func aBrowserComesBackAfterTheBridgeRestarts() throws {
    var bridge: HostedBridge? = try HostedBridge()
    let port = try #require(bridge).port
    try #require(bridge).openRoom("daily")
    let ada = try enter(try #require(bridge), "Ada", saying: 600)
    // Without a goodbye.
    bridge?.signal(SIGKILL)
    bridge = nil
    try ada.wait("word of it", until: "!document.getElementById('banner').hidden")
    try ada.picture("reconnecting")
    let next = try HostedBridge(port: port)
    try next.openRoom("daily")
    let deadline = Date(timeIntervalSinceNow: 90)
    func isBack() throws -> Bool {
      try members(next).contains { ($0["webrtc"] as? [String: Any])?["connected"] as? Bool == true }
    }
    while try !isBack() {
      try #require(Date() < deadline, "Ada does not come back")
      usleep(200_000)
    }
    try ada.wait("the banner gone", until: "document.getElementById('banner').hidden")
  }
}
