import Foundation
import Testing

/// `--normalize`, measured by ffmpeg's EBU R 128 meter.
@Suite struct NormalizationTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  @Test(arguments: [-16.0, -23], [0.02, 0.3, 0.95])
  func theMixHasTheLoudnessThatIsAskedFor(target: Double, amplitude: Double) throws {
    let legs = try (1...3).map { try recordings.murmur("leg\($0).wav", seconds: 8, amplitude: amplitude, seed: $0) }
    let mix = scratch.path("mix.wav")
    try Partyline.mix(legs + ["-o", mix, "--normalize", "\(target)"])
    let measured = try Sound.loudness(mix)
    #expect(abs(measured.integrated - target) <= 0.2)
    #expect(measured.truePeak <= -1)
  }

  @Test(arguments: [-16.0, -23])
  func speechHasTheLoudnessThatIsAskedFor(target: Double) throws {
    let mix = scratch.path("mix.wav")
    let manifest = Recordings.conference.appendingPathComponent("conference.json").path
    try Partyline.mix("--manifest", manifest, "-o", mix, "--normalize", "\(target)")
    let measured = try Sound.loudness(mix)
    #expect(abs(measured.integrated - target) <= 0.2)
    #expect(measured.truePeak <= -1)
  }

  @Test func aLoudnessThatPeaksForbidIsWarnedOf() throws {
    let click = try recordings.tone("click.wav", hertz: 1000, seconds: 0.02, amplitude: 1)
    let murmur = try recordings.murmur("murmur.wav", seconds: 5, amplitude: 0.05)
    let mix = scratch.path("mix.wav")
    let ended = try Partyline.tryMix("\(click)@1", "\(click)@3", murmur, "-o", mix, "--normalize", "-5")
    expectWarning(ended, holding: "LUFS", "-5")
    #expect(try Sound.loudness(mix).truePeak <= -1)
  }

  @Test func silenceHasNoLoudnessAndIsWarnedOf() throws {
    let silence = try recordings.tone("silence.wav", hertz: 0, seconds: 2)
    let ended = try Partyline.tryMix(silence, "-o", scratch.path("mix.wav"), "--normalize", "-16")
    expectWarning(ended, holding: "silent")
    let sound = try Sound(scratch.path("mix.wav"))
    #expect(sound.count == 96_000 && sound.peak == 0)
  }

  @Test func stemsAddUpToTheNormalizedMix() throws {
    let legs = try (1...2).map { try recordings.murmur("leg\($0).wav", seconds: 3, amplitude: 0.5, seed: $0) }
    try Partyline.mix(
      legs + ["-o", scratch.path("mix.wav"), "--bits", "float", "--stems", scratch.path("stems"), "--normalize", "-30"])
    let stems = try (1...2).map { try Sound(scratch.path("stems/leg\($0).wav")).channels[0] }
    let sum = zip(stems[0], stems[1]).map { $0 + $1 }
    let mix = try Sound(scratch.path("mix.wav"))
    #expect(Sound(interleaved: sum, channels: 1, rate: 48_000).difference(to: mix) < 1e-6)
  }
}
