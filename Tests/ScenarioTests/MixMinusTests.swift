import Foundation
import Testing

/// Each party's mix without themselves, and each party by themselves.
@Suite struct MixMinusTests {
  let scratch: ScratchDirectory
  let recordings: Recordings
  static let voices: [(name: String, hertz: Double, start: Double)] = [
    ("alice", 440, 0), ("bob", 700, 0.5), ("carol", 1100, 0.25), ("dave", 1700, 1), ("erin", 2600, 0),
  ]

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  func legs(amplitude: Double) throws -> [String] {
    try Self.voices.map { voice in
      let file = try recordings.tone(
        "\(voice.name).wav", hertz: voice.hertz, seconds: 3 - voice.start, amplitude: amplitude)
      return "\(file)@\(voice.start)"
    }
  }

  /// 0.1 each leaves the limiter idle; at 0.5 the sum exceeds full scale by far.
  @Test(arguments: [0.1, 0.5], ["wav", "flac"])
  func eachMixLacksItsOwnVoiceAndNoOther(amplitude: Double, format: String) throws {
    try Partyline.mix(
      try legs(amplitude: amplitude) + ["--mix-minus", scratch.path("minus"), "--format", format])
    for own in Self.voices {
      let sound = try Sound(scratch.path("minus/\(own.name).\(format)"))
      #expect(sound.count == 3 * 48_000)
      let levels = Self.voices.filter { $0.name != own.name }.map { sound.level(hertz: $0.hertz, 1.5..<2.5) }
      #expect(levels.allSatisfy { $0 > -22 })
      #expect((levels.max() ?? 0) - (levels.min() ?? 0) < 0.05, "all others are as loud as one another")
      #expect(sound.level(hertz: own.hertz, 1.5..<2.5) < -80)
    }
  }

  @Test func inOpusTooOnesOwnVoiceIsNotThere() throws {
    try Partyline.mix(
      try legs(amplitude: 0.1) + ["--mix-minus", scratch.path("minus"), "--bitrate", "128"])
    for own in Self.voices {
      let sound = try Sound(scratch.path("minus/\(own.name).opus"))
      #expect(sound.count == 3 * 48_000)
      for voice in Self.voices {
        let level = sound.level(hertz: voice.hertz, 1.5..<2.5)
        // The codec's own noise is all there may be.
        #expect(voice.name == own.name ? level < -65 : abs(level + 20) < 1, "\(voice.name) in \(own.name)'s: \(level)")
      }
    }
  }

  @Test func theOnlyPartyHearsSilence() throws {
    let leg = try recordings.tone("alice.wav", hertz: 440, seconds: 1)
    try Partyline.mix(leg, "--mix-minus", scratch.path("minus"), "--format", "wav")
    #expect(try Sound(scratch.path("minus/alice.wav")).peak == 0)
  }

  @Test func stemsAreOfOneLengthAndAddUpToTheMix() throws {
    try Partyline.mix(
      try legs(amplitude: 0.1).map { "\($0),gain=-2" }
        + ["-o", scratch.path("mix.wav"), "--bits", "float", "--stems", scratch.path("stems")])
    let mix = try Sound(scratch.path("mix.wav"))
    var sum = [Float](repeating: 0, count: mix.count)
    for voice in Self.voices {
      let path = scratch.path("stems/\(voice.name).wav")
      #expect(try Sound.format(path) == (codec: "pcm_f32le", rate: 48_000, channels: 1, sampleFormat: "flt"))
      let stem = try Sound(path)
      #expect(stem.count == mix.count)
      #expect(stem.part(0..<voice.start).allSatisfy { $0 == 0 })
      let onset = try #require(stem.onset(above: 1e-4))
      #expect(abs(onset - voice.start) < 1e-4)
      for index in sum.indices { sum[index] += stem.channels[0][index] }
    }
    #expect(Sound(interleaved: sum, channels: 1, rate: 48_000).difference(to: mix) < 1e-6)
  }

  @Test func mixMinusAndStemsOfOneFormatGoToTwoNewFolders() throws {
    let (alice, bob) = (
      try recordings.tone("alice.wav", hertz: 440, seconds: 1), try recordings.tone("bob.wav", hertz: 700, seconds: 1)
    )
    try Partyline.mix(
      alice, bob, "--format", "wav", "--mix-minus", scratch.path("new/minus"), "--stems", scratch.path("new/stems"))
    #expect(
      try scratch.contents() == [
        "alice.wav", "bob.wav", "new", "new/minus", "new/minus/alice.wav", "new/minus/bob.wav", "new/stems",
        "new/stems/alice.wav", "new/stems/bob.wav",
      ])
  }

  @Test func stemsStereoWhereTheLegIsAndTheMixIs() throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880], seconds: 1)
    let alice = try recordings.tone("alice.wav", hertz: 700, seconds: 1)
    try Partyline.mix(call, alice, "--stereo", "--stems", scratch.path("stems"))
    #expect(try Sound(scratch.path("stems/call.wav")).channels.count == 2)
    #expect(try Sound(scratch.path("stems/alice.wav")).channels.count == 1)
  }
}
