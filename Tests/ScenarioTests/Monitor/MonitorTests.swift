import Foundation
import Testing

/// Rooms on local sound cards: `partyline monitor`, `talk` and `host --monitor`, over cards that are files.
@Suite(.serialized) struct MonitorTests {
  let cards: SoundCards

  init() throws {
    cards = try SoundCards()
  }

  // MARK: Hearing

  @Test(arguments: [440.0, 997]) func whatOneCardHearsAnotherPlaysWithoutAGap(hertz: Double) throws {
    try expectToneOfACalmRun(hertz: hertz) { try $0.playFromCardToCard(hertz: hertz) }
  }

  private func playFromCardToCard(hertz: Double) throws -> Sound {
    let bridge = try HostedBridge()
    try bridge.openRoom("tone")
    let monitor = try start("monitor", "tone", of: bridge, ["--device", SoundCards.speaker])
    try waitForMembers(1, in: bridge, monitor)
    try talk(in: bridge, hertz: hertz)
    kill(monitor.process.processIdentifier, SIGINT)
    let ended = try monitor.waitForEnd(within: 10)
    #expect(ended.exitCode == 0 && ended.errors == "")
    #expect(try members(of: bridge).isEmpty)
    return try cards.played()
  }

  @Test func aBridgePlaysItsOwnRoomWithoutAGap() throws {
    try expectToneOfACalmRun { try $0.playInTheBridge() }
  }

  private func playInTheBridge() throws -> Sound {
    let bridge = try HostedBridge(
      ["--monitor", "tone", "--monitor-device", SoundCards.speaker], environment: cards.environment)
    #expect(cards.playedCount() == 0, "there is no room yet")
    try bridge.openRoom("tone")
    try wait(for: "the card") { bridge.running.errorsSoFar.contains("room plays on the local card") }
    try talk(in: bridge)
    #expect(try bridge.ask("DELETE", "/v1/rooms/tone").status == 204)
    try wait(for: "the end") { bridge.running.errorsSoFar.contains("room no longer plays") }
    let sound = try cards.played()
    // A room of that name is played again.
    try bridge.openRoom("tone")
    try wait(for: "the card again") {
      bridge.running.errorsSoFar.components(separatedBy: "room plays on the local card").count == 3
    }
    bridge.signal(SIGTERM)
    #expect(try bridge.running.waitForEnd(within: 5).exitCode == 0)
    return sound
  }

  @Test func whoBeginsMutedIsThereAndNotHeard() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("tone")
    try cards.say(hertz: 440, amplitude: 0.25, seconds: 30)
    let monitor = try start("monitor", "tone", of: bridge, ["--device", SoundCards.speaker, "--seconds", "5"])
    let talker = try start(
      "talk", "tone", of: bridge,
      ["--device", SoundCards.silent, "--microphone", SoundCards.microphone, "--seconds", "4", "--muted"])
    try wait(for: "packets") { try self.members(of: bridge).contains { $0["media"] as? String == "flowing" } }
    #expect(try talker.waitForEnd(within: 20).exitCode == 0)
    #expect(try monitor.waitForEnd(within: 20).exitCode == 0)
    let sound = try cards.played()
    #expect(sound.count > 3 * 48_000 && sound.level(hertz: 440, 0..<Double(sound.count) / 48_000) < -80)
  }

  // MARK: What goes wrong

  @Test func aCardThatIsNotThereIsToldOnceAndPlaysWhenItComes() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("tone")
    let monitor = try start("monitor", "tone", of: bridge, ["--device", "late"])
    try waitForMembers(1, in: bridge, monitor)
    try wait(for: "the complaint") { monitor.errorsSoFar.contains("sound card 'late'") }
    // Longer than two attempts.
    try wait(for: "a second of the room") { try self.packetsSent(to: bridge) > 60 }
    try cards.write(names: ["late"])
    try wait(for: "the card") { self.cards.playedCount("late") > 48_000 }
    kill(monitor.process.processIdentifier, SIGINT)
    let ended = try monitor.waitForEnd(within: 10)
    #expect(ended.exitCode == 0 && ended.errorLines.count == 2, "\(ended.errors)")
    #expect(ended.errorLines.first?.contains("there is no such device; trying again") == true)
    #expect(ended.errorLines.last == "partyline: sound card 'late': it is there now")
  }

  @Test func aBridgeThatRestartsIsJoinedAgain() throws {
    var bridge = try HostedBridge()
    let port = bridge.port
    try bridge.openRoom("tone")
    let monitor = try start("monitor", "tone", of: bridge, ["--device", SoundCards.speaker])
    try waitForMembers(1, in: bridge, monitor)
    bridge.signal(SIGKILL)
    _ = bridge.running.wait()
    bridge = try HostedBridge(port: port)
    try bridge.openRoom("tone")
    try waitForMembers(1, in: bridge, monitor)
    try wait(for: "the news") { monitor.errorsSoFar.contains("in the room 'tone' again") }
    kill(monitor.process.processIdentifier, SIGTERM)
    #expect(try monitor.waitForEnd(within: 10).exitCode == 0)
    #expect(try members(of: bridge).isEmpty)
  }

  @Test func whoIsTakenOutStaysOut() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("tone")
    let monitor = try start("monitor", "tone", of: bridge, ["--device", SoundCards.silent])
    try waitForMembers(1, in: bridge, monitor)
    let id = try #require(try members(of: bridge).first?["id"] as? String)
    // Its first packets have to have come, or it could not know whose goodbye it is.
    try wait(for: "packets") { try self.packetsSent(to: bridge) > 5 }
    #expect(try bridge.ask("DELETE", "/v1/rooms/tone/members/\(id)?reason=kicked").status == 204)
    expectOneLine(try monitor.waitForEnd(within: 20), holding: "took us out of the room 'tone'")
  }

  @Test func whatIsWrongFromTheStartIsToldInOneLine() throws {
    let bridge = try HostedBridge()
    try bridge.openRoom("secret", #", "pin": "2468""#)
    func run(_ room: String, _ more: [String] = [], environment: [String: String] = [:]) throws -> Program.Ended {
      try start("monitor", room, of: bridge, ["--device", "null"] + more, environment: environment)
        .waitForEnd(within: 20)
    }
    expectOneLine(try run("nowhere"), holding: "There is no room 'nowhere'")
    expectOneLine(try run("secret"), holding: "PIN")
    expectOneLine(try run("secret", environment: ["PARTYLINE_PIN": "1111"]), holding: "PIN")
    #expect(try run("secret", ["--seconds", "0.3"], environment: ["PARTYLINE_PIN": "2468"]).exitCode == 0)
    expectOneLine(
      try run("secret", environment: ["PARTYLINE_TOKEN": "a-token-that-is-not-the-bridges"]), holding: "token")
    expectOneLine(try run("secret", environment: ["PARTYLINE_TOKEN": ""]), holding: "PARTYLINE_TOKEN")
    let free = try LoopbackPort.free()
    expectOneLine(
      try run("secret", ["--server", "http://127.0.0.1:\(free)"]), holding: "no bridge answers", "connection refused")
    expectUsageError(try run("secret", ["--server", "https://127.0.0.1"]), holding: "--server")
    expectUsageError(try run("secret", ["--seconds", "-1"]), holding: "--seconds")
  }

  // MARK: Support

  private func start(
    _ command: String, _ room: String, of bridge: HostedBridge, _ arguments: [String],
    environment: [String: String] = [:]
  ) throws -> Seat {
    let settings = cards.environment.merging(["PARTYLINE_TOKEN": HostedBridge.token]) { $1 }.merging(environment) { $1 }
    return Seat(
      try Program("env").start(
        [
          "--default-signal=INT,TERM,HUP", Partyline.path(), command, room, "--server",
          "http://127.0.0.1:\(bridge.port)",
        ]
          + arguments, environment: settings))
  }

  /// A program that is killed with its owner, where it still runs.
  private final class Seat {
    let running: Program.Running
    var process: Process { running.process }
    var errorsSoFar: String { running.errorsSoFar }

    init(_ running: Program.Running) { self.running = running }

    deinit {
      guard process.isRunning else { return }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }

    func waitForEnd(within seconds: Double) throws -> Program.Ended { try running.waitForEnd(within: seconds) }
  }

  /// Lets somebody say four seconds of a tone in the room.
  private func talk(in bridge: HostedBridge, hertz: Double = 997) throws {
    try cards.say(hertz: hertz, amplitude: Self.amplitude, seconds: 30)
    let talker = try start(
      "talk", "tone", of: bridge,
      ["--device", SoundCards.silent, "--microphone", SoundCards.microphone, "--seconds", "4.5", "--name", "Ada"])
    try wait(for: "the talker (\(talker.errorsSoFar))", while: talker) {
      try self.members(of: bridge).contains { $0["talking"] as? Bool == true }
    }
    let ada = try members(of: bridge).first { $0["name"] as? String == "Ada" }
    #expect(ada?["role"] as? String == "participant" && ada?["media"] as? String == "flowing")
    let ended = try talker.waitForEnd(within: 20)
    #expect(ended.exitCode == 0 && ended.errors == "")
  }

  private static let amplitude: Float = 0.25

  private func members(of bridge: HostedBridge) throws -> [[String: Any]] {
    try bridge.ask("GET", "/v1/rooms/tone/members")["items"] as? [[String: Any]] ?? []
  }

  private func packetsSent(to bridge: HostedBridge) throws -> Int {
    guard let id = try members(of: bridge).first?["id"] as? String else { return 0 }
    let quality = try bridge.ask("GET", "/v1/rooms/tone/members/\(id)")["quality"] as? [String: Any]
    return (quality?["packetsSent"] as? NSNumber)?.intValue ?? 0
  }

  private func waitForMembers(_ count: Int, in bridge: HostedBridge, _ seat: Seat? = nil) throws {
    try wait(for: "\(count) members (\(seat?.errorsSoFar ?? ""))", while: seat) {
      try self.members(of: bridge).count == count
    }
  }

  /// Waits as long as the program that is to bring it about runs, if there is one.
  private func wait(
    for what: @autoclosure () -> String, while seat: Seat? = nil, until isThere: () throws -> Bool
  ) throws {
    let deadline = Date(timeIntervalSinceNow: 30)
    while try !isThere() {
      guard Date() < deadline, seat?.process.isRunning != false else {
        throw Program.Failure(description: "not in time: \(what())")
      }
      usleep(20_000)
    }
  }

  /// What is heard has no gap. A machine that stood still for longer than the buffers hold is not the bridge's fault: such a
  /// run is done again, on other cards, and what is amiss in all three is.
  private func expectToneOfACalmRun(hertz: Double = 997, _ run: (MonitorTests) throws -> Sound) throws {
    for _ in 0..<2 {
      let sound = try run(try MonitorTests())
      if let tone = HeardTone(of: hertz, in: sound), tone.rest < -20 { return try expectTone(sound, hertz: hertz) }
    }
    try expectTone(try run(self), hertz: hertz)
  }

  /// The tone of the talker: its level, its pitch, no gap and no click.
  private func expectTone(_ sound: Sound, hertz: Double = 997, level: Double = -12) throws {
    let tone = try #require(HeardTone(of: hertz, in: sound), "no tone was heard in \(sound.count) samples")
    #expect(tone.span.upperBound - tone.span.lowerBound > 3.5)
    #expect(
      tone.levels.allSatisfy { abs($0 - level) < 1.5 }, "\(tone.levels.min() ?? 0) to \(tone.levels.max() ?? 0) dB")
    #expect(tone.rest < -20, "\(tone.rest) dB beside the tone")
  }
}
