import Foundation
import Testing

/// A sum that is too loud, measured by ffmpeg.
@Suite struct LimiterTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  @Test(arguments: ["16", "24", "float"])
  func aSumFarOverFullScaleStaysUnderMinusOneTruePeak(bits: String) throws {
    let legs = try (1...8).map { try recordings.murmur("leg\($0).wav", seconds: 4, amplitude: 0.9, seed: $0) }
    let mix = scratch.path("mix.wav")
    try Partyline.mix(
      legs.map { "\($0),gain=6" } + ["-o", mix, "--bits", bits, "--mix-minus", scratch.path("minus")])
    for path in [mix, scratch.path("minus/leg1.wav"), scratch.path("minus/leg8.wav")] {
      #expect(try Sound.loudness(path).truePeak <= -1)
      #expect(try Sound(path).peak < 0.9)
      #expect(try Sound(path).peak > 0.7, "the limiter takes no more than it must")
    }
  }

  @Test func bothSidesAreLimitedAlike() throws {
    let loud = try recordings.tone("loud.wav", hertz: 440, seconds: 2, amplitude: 1)
    let quiet = try recordings.tone("quiet.wav", hertz: 700, seconds: 2, amplitude: 0.1)
    let mix = scratch.path("mix.wav")
    try Partyline.mix("\(loud),pan=-1,gain=12", "\(quiet),pan=1", "-o", mix, "--bits", "float")
    let sound = try Sound(mix)
    let reduction = sound.level(hertz: 440, 1..<2) - 12
    #expect(reduction < -12.9)
    #expect(abs(sound.level(hertz: 700, 1..<2, channel: 1) - (-20 + reduction)) < 0.1)
  }
}
