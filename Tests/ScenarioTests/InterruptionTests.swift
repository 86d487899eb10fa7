import Foundation
import Testing

/// A mix that is stopped in its midst.
@Suite struct InterruptionTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
    try recordings.sparseWAV("long.wav", frames: 8 * 3600 * 48_000, rate: 48_000)
    try scratch.write("before", to: "mix.opus")
  }

  /// Starts a mix that would take minutes, and waits until it has begun to write.
  ///
  /// Whoever runs the tests may ignore signals, which is inherited: `env` undoes that.
  func start(_ outputs: [String], shell: String = "") throws -> Program.Running {
    let command = ["exec", "env", "--default-signal=INT,TERM", "\"$PARTYLINE\"", "mix", "\"$LEG\""] + outputs
    let running = try Program.bash.start(
      ["-c", shell + command.joined(separator: " ")],
      environment: [
        "PARTYLINE": try Partyline.path(), "LEG": scratch.path("long.wav"), "OUT": scratch.url.path,
      ])
    let deadline = Date(timeIntervalSinceNow: 60)
    while try partials().isEmpty {
      guard Date() < deadline, running.process.isRunning else {
        throw Program.Failure(description: "the mix did not begin: \(running.wait().errors)")
      }
      usleep(2000)
    }
    return running
  }

  /// Waits for its end, which is to come soon.
  func end(of running: Program.Running) throws -> Program.Ended {
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.process.isRunning {
      guard Date() < deadline else {
        kill(running.process.processIdentifier, SIGKILL)
        throw Program.Failure(description: "the mix did not end when it was told to")
      }
      usleep(2000)
    }
    return running.wait()
  }

  func partials() throws -> [String] { try scratch.contents().filter { $0.hasSuffix(".partial") } }

  static let outputs: [[String]] = [
    ["-o", "\"$OUT/mix.opus\""],
    [
      "-o", "\"$OUT/mix.opus\"", "--mix-minus", "\"$OUT/new/minus\"", "--stems", "\"$OUT/new/stems\"", "--report",
      "\"$OUT/mix.html\"",
    ],
    ["-o", "\"$OUT/mix.opus\"", "--normalize", "-16"],
  ]

  @Test(arguments: [SIGINT, SIGTERM], outputs)
  func leavesNothingBehind(signal: Int32, outputs: [String]) throws {
    let running = try start(outputs)
    kill(running.process.processIdentifier, signal)
    expectOneLine(try end(of: running), exitCode: 130, holding: "interrupted", "nothing was written")
    #expect(try scratch.contents() == ["long.wav", "mix.opus"])
    #expect(try scratch.bytes("mix.opus") == Data("before".utf8))
  }

  @Test func aKilledMixLeavesAHiddenFileAtMost() throws {
    let running = try start(Self.outputs[0])
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try end(of: running).wasKilled)
    let left = try scratch.contents().filter { !["long.wav", "mix.opus"].contains($0) }
    #expect(left.count == 1 && left.allSatisfy { $0.hasPrefix(".") && $0.hasSuffix(".partial") })
    #expect(try scratch.bytes("mix.opus") == Data("before".utf8))
    // And the next mix is not troubled by it.
    let leg = try recordings.tone("leg.wav", hertz: 440, seconds: 0.1)
    try Partyline.mix(leg, "-o", scratch.path("mix.opus"))
    #expect(try Sound(scratch.path("mix.opus")).count == 4800)
  }

  @Test func aSignalThatWasIgnoredStaysIgnored() throws {
    let running = try start(Self.outputs[0], shell: "trap '' HUP; ")
    kill(running.process.processIdentifier, SIGHUP)
    // Had the first one counted, the second would end it on the spot and leave its file.
    kill(running.process.processIdentifier, SIGTERM)
    expectOneLine(try end(of: running), exitCode: 130, holding: "interrupted")
    #expect(try partials().isEmpty)
  }
}
