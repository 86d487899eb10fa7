import Foundation
import Testing

/// What legs that we did not write hear over the live bridge: ffmpeg talks, and ffmpeg listens.
@Suite(.serialized) struct HostConversationTests {
  let scratch: ScratchDirectory
  let bridge: HostedBridge

  init() throws {
    scratch = try ScratchDirectory()
    bridge = try HostedBridge()
    try bridge.openRoom("daily")
  }

  /// Starts ffmpeg as a listener who writes what it hears into a WAV.
  private func listen(_ kind: LegKind, at port: Int, to name: String, seconds: Double = 30) throws -> Program.Running {
    let description = """
      v=0
      o=- 0 0 IN IP4 127.0.0.1
      s=listener
      c=IN IP4 127.0.0.1
      t=0 0
      m=audio \(port) \(kind.profile) \(kind.format)
      """
    try scratch.write(description, to: name + ".sdp")
    return try Program.ffmpeg.start([
      "-v", "error", "-protocol_whitelist", "file,udp,rtp,srtp", "-i", scratch.path(name + ".sdp"), "-t", "\(seconds)",
      "-flush_packets", "1", "-y", scratch.path(name),
    ])
  }

  /// Waits until a listener has written so much more than it has: at first, what is said from then on is heard.
  private func waitUntilHearing(_ listener: Program.Running, _ name: String, bytes: Int = 4_000) throws {
    func written() -> Int { FileManager.default.contents(atPath: scratch.path(name))?.count ?? 0 }
    let (before, deadline) = (written(), Date(timeIntervalSinceNow: 60))
    while written() < before + bytes {
      guard Date() < deadline, listener.process.isRunning else {
        throw Program.Failure(description: "the listener hears nothing: \(listener.errorsSoFar)")
      }
      usleep(10_000)
    }
  }

  /// Lets ffmpeg say a file at the speed of speech, to its end.
  private func talk(_ kind: LegKind, _ file: String, from port: Int, to member: HostedBridge.Member) throws {
    let place = "\(kind.scheme)://127.0.0.1:\(member.port)?localrtpport=\(port)&localrtcpport=\(port + 1)"
    try Program.ffmpeg.run(["-v", "error", "-re", "-i", file] + kind.encoding + ["-f", "rtp", place])
  }

  /// Three seconds of Alice.
  private func speech() throws -> String {
    let file = scratch.path("speech.wav")
    try Program.ffmpeg.run([
      "-v", "error", "-y", "-ss", "2", "-t", "3", "-i", Recordings.conference.appendingPathComponent("alice.opus").path,
      "-ar", "48000", "-ac", "1", "-af", "lowpass=f=3000", file,
    ])
    return file
  }

  @Test(arguments: [LegKind.opus, .pcma, .encryptedPCMU])
  func aListenerHearsTheTalker(kind: LegKind) throws {
    let speech = try speech()
    let (ear, mouth) = (try LoopbackPort.free(), try LoopbackPort.free())
    let listener = try listen(kind, at: ear, to: "heard.wav")
    _ = try bridge.join("daily", port: ear, rtp: kind.rtp)
    // The talker with A-law does not say where it sends from.
    let talker = try bridge.join(
      "daily", port: mouth, rtp: kind.rtp + (kind.testDescription == "PCMA" ? #", "learnSource": true"# : ""))
    try waitUntilHearing(listener, "heard.wav")
    try talk(kind, speech, from: mouth, to: talker)
    let member = try bridge.ask("GET", "/v1/rooms/daily/members/\(talker.id)")
    #expect(member["media"] as? String == "flowing")
    // What was said last is on its way for some time: it is there with the next 400 ms of 16-bit samples.
    let bytesASecond = kind.encoding.contains("8000") ? 16_000 : 192_000
    try waitUntilHearing(listener, "heard.wav", bytes: bytesASecond * 2 / 5)
    kill(listener.process.processIdentifier, SIGTERM)
    _ = try listener.waitForEnd(within: 20)

    let (said, heard) = (try Sound(speech), try Sound(scratch.path("heard.wav")))
    let match = Envelope(heard).match(Envelope(said))
    // Where the machine is busy, playout is shifted by some 20 ms in between; other speech is below 0.6.
    #expect(match.correlation > 0.8, "\(match) in \(heard.count) samples")
    #expect(abs(match.decibels) < 1.5, "\(match)")
    // Before it, there was silence.
    #expect(match.levelBefore < -60, "\(match)")
  }

  @Test func aListenerAloneHearsSilence() throws {
    let ear = try LoopbackPort.free()
    let listener = try listen(.opus, at: ear, to: "alone.wav", seconds: 1)
    _ = try bridge.join("daily", port: ear)
    #expect(try listener.waitForEnd(within: 60).exitCode == 0)
    let heard = try Sound(scratch.path("alone.wav"))
    #expect(heard.count == 48_000 && heard.channels.count == 2)
    #expect(heard.peak < 1e-4)
  }

  @Test func theDemoIsHeard() throws {
    let demo = try HostedBridge(["--demo"])
    let ear = try LoopbackPort.free()
    let deadline = Date(timeIntervalSinceNow: 30)
    while try demo.ask("GET", "/v1/rooms/demo").status != 200 {
      guard Date() < deadline else { throw Program.Failure(description: "no demo: \(demo.running.errorsSoFar)") }
      usleep(20_000)
    }
    let listener = try listen(.opus, at: ear, to: "demo.wav", seconds: 3)
    _ = try demo.join("demo", port: ear)
    #expect(try listener.waitForEnd(within: 60).exitCode == 0)
    let heard = try Sound(scratch.path("demo.wav"))
    #expect(heard.count >= 3 * 48_000 - 960)
    let levels = Envelope(heard).levels
    #expect(10 * log10(levels.map { $0 * $0 }.reduce(0, +) / Double(levels.count)) > -50)
  }
}

/// How loud a recording is in each 20 ms, all channels as one.
struct Envelope {
  /// Root mean squares, full scale 1.
  var levels: [Double]

  init(_ sound: Sound) {
    let step = sound.rate / 50
    let count = Double(sound.channels.count)
    levels = (0..<sound.count / step).map { place in
      let sum = sound.channels.reduce(0.0) { sum, samples in
        samples[place * step..<(place + 1) * step].reduce(sum) { $0 + Double($1) * Double($1) }
      }
      return (sum / (Double(step) * count)).squareRoot()
    }
  }

  /// Where another recording is in this one.
  struct Match {
    /// 1 where both rise and fall alike.
    var correlation = -1.0
    /// How much louder it is here.
    var decibels = 0.0
    /// What was here up to 200 ms before it, in dBFS; −127 where nothing was.
    var levelBefore = -127.0
  }

  /// The place at which the other fits best.
  func match(_ other: Envelope) -> Match {
    var best = Match()
    // The last 100 ms may be missing.
    let count = other.levels.count - 5
    guard count > 0, levels.count >= count else { return best }
    let wanted = other.levels[..<count]
    for start in 0...levels.count - count {
      let part = levels[start..<start + count]
      let correlation = Self.correlation(part, wanted)
      guard correlation > best.correlation else { continue }
      let before = levels[..<max(0, start - 10)]
      best.correlation = correlation
      best.decibels = 10 * log10(Self.power(part) / Self.power(wanted))
      best.levelBefore = before.isEmpty ? -127 : max(-127, 10 * log10(Self.power(before)))
    }
    return best
  }

  private static func power(_ levels: ArraySlice<Double>) -> Double {
    levels.reduce(0) { $0 + $1 * $1 } / Double(levels.count)
  }

  /// 1 where both rise and fall alike.
  static func correlation(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
    let (leftMean, rightMean) = (left.reduce(0, +) / Double(left.count), right.reduce(0, +) / Double(right.count))
    var (both, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
    for (a, b) in zip(left, right) {
      both += (a - leftMean) * (b - rightMean)
      leftSquares += (a - leftMean) * (a - leftMean)
      rightSquares += (b - rightMean) * (b - rightMean)
    }
    return both / max(1e-12, (leftSquares * rightSquares).squareRoot())
  }
}
