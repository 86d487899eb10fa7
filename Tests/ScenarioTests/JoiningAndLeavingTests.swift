import Foundation
import Testing

/// Who can be heard when.
@Suite struct JoiningAndLeavingTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  @Test func eachLegIsHeardWhileItLastsAndAtNoOtherTime() throws {
    let alice = try recordings.tone("alice.wav", hertz: 440, seconds: 4)
    let bob = try recordings.tone("bob.wav", hertz: 700, seconds: 1)
    let carol = try recordings.tone("carol.wav", hertz: 1100, seconds: 2)
    let mix = scratch.path("mix.wav")
    try Partyline.mix(alice, "\(bob)@0.5", "\(carol)@3", "-o", mix, "--bits", "float")
    let sound = try Sound(mix)
    #expect(sound.count == 5 * 48_000)
    //                  alice   bob    carol
    let heard: [(Range<Double>, [Bool])] = [
      (0.0..<0.5, [true, false, false]),
      (0.5..<1.5, [true, true, false]),
      (1.5..<3.0, [true, false, false]),
      (3.0..<4.0, [true, false, true]),
      (4.0..<5.0, [false, false, true]),
    ]
    for (time, legs) in heard {
      for (hertz, isHeard) in zip([440.0, 700, 1100], legs) {
        let level = sound.level(hertz: hertz, time)
        #expect(isHeard ? abs(level + 20) < 0.01 : level < -100, "\(hertz) Hz in \(time): \(level) dB")
      }
    }
  }

  @Test func whatLiesBetweenLegsIsDigitalSilence() throws {
    let leg = try recordings.tone("leg.wav", hertz: 440, seconds: 1)
    let mix = scratch.path("mix.wav")
    try Partyline.mix("\(leg)@1", "\(leg)@0:00:04.5", "-o", mix)
    let sound = try Sound(mix)
    #expect(sound.count == Int(5.5 * 48_000))
    for silence in [0.0..<1.0, 2.0..<4.5] { #expect(sound.part(silence).allSatisfy { $0 == 0 }) }
    #expect(abs(sound.level(hertz: 440, 4.5..<5.5) + 20) < 0.01)
  }

  @Test func aMutedLegTakesItsTimeAndIsNotHeard() throws {
    let alice = try recordings.tone("alice.wav", hertz: 440, seconds: 1)
    let bob = try recordings.tone("bob.wav", hertz: 700, seconds: 2)
    let mix = scratch.path("mix.wav")
    try Partyline.mix(alice, "\(bob),gain=-inf", "-o", mix, "--bits", "float")
    let sound = try Sound(mix)
    #expect(sound.count == 96_000)
    #expect(sound.part(1..<2).allSatisfy { $0 == 0 })
  }

  @Test func aSilentLegChangesNothing() throws {
    let alice = try recordings.tone("alice.wav", hertz: 440, seconds: 1)
    let silence = try recordings.tone("silence.wav", hertz: 0, seconds: 1)
    try Partyline.mix(alice, "-o", scratch.path("alone.wav"))
    try Partyline.mix(alice, silence, "-o", scratch.path("both.wav"))
    #expect(try scratch.bytes("alone.wav") == scratch.bytes("both.wav"))
  }

  @Test(arguments: ["empty.wav", "empty.flac", "empty.opus"])
  func anEmptyLegIsWarnedOfAndTakesNoTime(name: String) throws {
    let empty = try emptyRecording(name)
    let alice = try recordings.tone("alice.wav", hertz: 440, seconds: 1)
    let ended = try Partyline.tryMix(
      alice, "\(empty)@0.5", "-o", scratch.path("mix.wav"), "--mix-minus", scratch.path("minus"))
    expectWarning(ended, holding: empty, "no sound")
    #expect(try Sound(scratch.path("mix.wav")).count == 48_000)
    #expect(try Sound(scratch.path("minus/empty.wav")).level(hertz: 440, 0..<1) > -20.01)
  }

  @Test(arguments: ["mix.wav", "mix.flac", "mix.opus"])
  func aMixOfEmptyLegsIsAnEmptyRecording(output: String) throws {
    let (one, two) = (try emptyRecording("one.wav"), try emptyRecording("two.flac"))
    let ended = try Partyline.tryMix(one, two, "-o", scratch.path(output))
    #expect(ended.exitCode == 0)
    #expect(ended.errorLines.count == 2)
    #expect(try Sound(scratch.path(output)).count == 0)
  }

  @Test(arguments: ["mix.wav", "mix.opus"])
  func aLegOfOneSampleMakesAMixOfOneSample(output: String) throws {
    let leg = try recordings.tone("leg.wav", hertz: [440], seconds: 1.0 / 48_000)
    try Partyline.mix(leg, "-o", scratch.path(output))
    #expect(try Sound(scratch.path(output)).count == 1)
  }

  private func emptyRecording(_ name: String) throws -> String {
    let path = scratch.path(name)
    if name.hasSuffix(".opus") {
      let wav = scratch.path("silent.wav")
      try Program.sox.run("-q", "-n", "-r", "48000", "-c", "1", "-b", "16", wav, "trim", "0", "0s")
      try Program("opusenc").run("--quiet", wav, path)
    } else {
      try Program.sox.run("-q", "-n", "-r", "48000", "-c", "1", "-b", "16", path, "trim", "0", "0s")
    }
    return path
  }
}
