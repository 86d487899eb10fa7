import Foundation
import Testing

/// The same mixes made by ffmpeg, or written down as a formula, and compared sample by sample.
@Suite struct MixAgainstReferenceTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  /// One step of 16-bit samples.
  static let lsb: Float = 1 / 32_768

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  /// ffmpeg's mix of recordings at 48 kHz.
  ///
  /// - Parameter legs: each one's file and the filters that it goes through.
  func reference(_ legs: [(file: String, filters: String)]) throws -> Sound {
    let path = scratch.path("reference.wav")
    var graph = legs.enumerated().map { "[\($0):a]\($1.filters)[l\($0)];" }.joined()
    graph += legs.indices.map { "[l\($0)]" }.joined()
    graph += "amix=inputs=\(legs.count):normalize=0:duration=longest"
    try Program.ffmpeg.run(
      ["-v", "error", "-y"] + legs.flatMap { ["-i", $0.file] }
        + ["-filter_complex", graph, "-c:a", "pcm_f32le", path])
    return try Sound(path)
  }

  @Test(arguments: ["float", "24", "16"])
  func startsAndGainsGiveTheSumThatFFmpegGives(bits: String) throws {
    let alice = try recordings.murmur("alice.wav", seconds: 3, amplitude: 0.2, seed: 1)
    let bob = try recordings.murmur("bob.wav", seconds: 2.5, amplitude: 0.2, seed: 2)
    let carol = try recordings.tone("carol.wav", hertz: 440, seconds: 1)
    let expected = try reference([
      (alice, "anull"), (bob, "volume=-6dB:precision=double,adelay=24001S"),
      (carol, "volume=3.5dB:precision=double,adelay=120345S"),
    ])
    let mix = scratch.path("mix.wav")
    try Partyline.mix(
      alice, "\(bob)@\(24001.0 / 48000),gain=-6", "\(carol),start=\(120345.0 / 48000),gain=3.5", "-o", mix, "--bits",
      bits)
    let tolerance: Float = bits == "float" ? 1e-6 : bits == "24" ? 2e-6 : Self.lsb
    #expect(try Sound(mix).difference(to: expected) <= tolerance)
  }

  @Test func pansAreOfConstantPower() throws {
    let alice = try recordings.murmur("alice.wav", seconds: 2, amplitude: 0.2, seed: 3)
    let bob = try recordings.murmur("bob.wav", seconds: 2, amplitude: 0.2, seed: 4)
    let carol = try recordings.murmur("carol.wav", seconds: 2, amplitude: 0.2, seed: 5)
    func pan(_ position: Double) -> String {
      let angle = (position + 1) * Double.pi / 4
      return "pan=stereo|c0=\(cos(angle))*c0|c1=\(sin(angle))*c0"
    }
    let expected = try reference([
      (alice, pan(-1)), (bob, pan(0.4)), (carol, "volume=-3dB:precision=double,\(pan(0)),adelay=4800S:all=1"),
    ])
    let mix = scratch.path("mix.wav")
    try Partyline.mix(
      "\(alice),pan=-1", "\(bob),pan=0.4", "\(carol)@0.1,gain=-3", "-o", mix, "--bits", "float")
    #expect(try Sound(mix).difference(to: expected) <= 1e-6)
  }

  @Test func stereoLegsKeepTheirSidesInAStereoMix() throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880], seconds: 1)
    let carol = try recordings.tone("carol.wav", hertz: 1320, seconds: 1)
    let expected = try reference([
      (call, "anull"), (carol, "pan=stereo|c0=\(0.5.squareRoot())*c0|c1=\(0.5.squareRoot())*c0"),
    ])
    let mix = scratch.path("mix.wav")
    try Partyline.mix(call, carol, "-o", mix, "--bits", "float", "--stereo")
    #expect(try Sound(mix).difference(to: expected) <= 1e-6)
  }

  @Test func stereoLegsAreFoldedToTheirMeanInAMonoMix() throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880], seconds: 1)
    let expected = try reference([(call, "pan=mono|c0=0.5*c0+0.5*c1")])
    let mix = scratch.path("mix.wav")
    try Partyline.mix(call, "-o", mix, "--bits", "float")
    #expect(try Sound(mix).difference(to: expected) <= 1e-6)
  }

  @Test(arguments: [("left", "c0"), ("right", "c1"), ("1", "c0"), ("2", "c1")])
  func oneChannelOfAFileIsALeg(channel: String, source: String) throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880], seconds: 1)
    let expected = try reference([(call, "pan=mono|c0=\(source)")])
    let mix = scratch.path("mix.wav")
    try Partyline.mix("\(call),channel=\(channel)", "-o", mix, "--bits", "float")
    #expect(try Sound(mix).difference(to: expected) <= 1e-6)
  }

  @Test func eachChannelOfAFileIsALegOfItsOwn() throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880, 1320], seconds: 1)
    try Partyline.mix(
      "\(call),channel=each", "-o", scratch.path("mix.wav"), "--stems", scratch.path("stems"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path("stems")).sorted()
        == ["call-1.wav", "call-2.wav", "call-3.wav"])
    let mix = try Sound(scratch.path("mix.wav"))
    for hertz in [440.0, 880, 1320] { #expect(abs(mix.level(hertz: hertz, 0.1..<0.9) + 20) < 0.01) }
  }

  // MARK: Resampled

  struct Rate: Sendable, CustomTestStringConvertible {
    var rate: Int
    var file: String
    var codec: String?
    var testDescription: String { "\(rate) Hz, \(file)" }
  }

  static let rates: [Rate] = [
    Rate(rate: 8000, file: "leg.wav", codec: "pcm_alaw"), Rate(rate: 8000, file: "leg.wav", codec: "pcm_f32le"),
    Rate(rate: 11_025, file: "leg.wav", codec: "pcm_s24le"), Rate(rate: 16_000, file: "leg.flac"),
    Rate(rate: 22_050, file: "leg.aiff"), Rate(rate: 44_100, file: "leg.wav", codec: "pcm_s16le"),
    Rate(rate: 44_100, file: "leg.flac"), Rate(rate: 96_000, file: "leg.wav", codec: "pcm_f32le"),
    Rate(rate: 192_000, file: "leg.wav", codec: "pcm_f32le"),
  ]

  /// The sine that a leg was made of, where the leg is to be.
  static func sine(hertz: Double, start: Double, amplitude: Double, count: Int) -> [Float] {
    (0..<count).map { index in
      Float(amplitude * sin(2 * Double.pi * hertz * (Double(index) / 48_000 - start)))
    }
  }

  @Test(arguments: rates)
  func everyRateKeepsTimeAndLevel(_ rate: Rate) throws {
    let leg = try recordings.tone(
      rate.file, hertz: [440], seconds: 2, amplitude: 0.25, rate: rate.rate, codec: rate.codec)
    let mix = scratch.path("mix.wav")
    try Partyline.mix("\(leg)@0.5", "-o", mix, "--bits", "float")
    let sound = try Sound(mix)
    #expect(sound.count == 120_000)
    // Nothing of a filter's ringing reaches further than this.
    #expect(sound.part(0..<0.45).allSatisfy { abs($0) < 1e-6 })
    let expected = Self.sine(hertz: 440, start: 0.5, amplitude: 0.25, count: 120_000)
    let error = zip(sound.channels[0], expected)[28_800..<115_200].reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    // A-law has 13 bits at this level's top, and 16-bit files come with dither.
    #expect(error < (rate.codec == "pcm_alaw" ? 0.01 : 1e-4))
  }

  @Test(arguments: [-1000.0, -80, 50, 1000, 10_000])
  func driftIsTakenOut(ppm: Double) throws {
    // A clock that is fast by d counts n = t · 48000 · (1 + d) samples in t seconds.
    let speed = 1 + ppm * 1e-6
    let leg = try recordings.tone("leg.wav", hertz: [440 / speed], seconds: 3 * speed, amplitude: 0.25)
    let mix = scratch.path("mix.wav")
    try Partyline.mix("\(leg)@0.5,drift=\(ppm)", "-o", mix, "--bits", "float")
    let sound = try Sound(mix)
    #expect(abs(sound.count - 168_000) <= 1)
    let expected = Self.sine(hertz: 440, start: 0.5, amplitude: 0.25, count: 168_000)
    let error = zip(sound.channels[0], expected)[28_800..<164_000].reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(error < 1e-3)
  }

  /// What ffmpeg is to read: Opus is decoded by opusdec, for ffmpeg's own decoder delays low bitrates by two samples.
  private func decoded(_ file: String, number: Int) throws -> String {
    guard file.hasSuffix(".opus") else { return file }
    let path = scratch.path("decoded\(number).wav")
    try Program.opusdec.run("--quiet", "--float", "--rate", "48000", file, path)
    return path
  }

  @Test func theSampleConferenceIsWhatFFmpegMakesOfIt() throws {
    let manifest = try Data(contentsOf: Recordings.conference.appendingPathComponent("conference.json"))
    let legs = try #require(
      (JSONSerialization.jsonObject(with: manifest) as? [String: Any])?["legs"] as? [[String: Any]])
    var arguments: [String] = []
    var filters: [(String, String)] = []
    for (index, leg) in legs.enumerated() {
      let file = Recordings.conference.appendingPathComponent(try #require(leg["file"] as? String)).path
      let start = try #require(leg["start"] as? Double)
      // Lower than the manifest has it: the limiter is to stay idle.
      let gain = try #require(leg["gain"] as? Double) - 18
      let channel = leg["channel"] as? String
      arguments.append("\(file)@\(start),gain=\(gain)" + (channel.map { ",channel=\($0)" } ?? ""))
      let fold = channel.map { "pan=mono|c0=\($0 == "left" ? "c0" : "c1")," } ?? ""
      filters.append(
        (
          try decoded(file, number: index),
          "\(fold)aresample=48000,volume=\(gain)dB:precision=double,adelay=\(Int((start * 48_000).rounded()))S"
        ))
    }
    let mix = scratch.path("mix.wav")
    try Partyline.mix(arguments + ["-o", mix, "--bits", "float"])
    let (sound, expected) = (try Sound(mix), try reference(filters))
    #expect(abs(sound.count - expected.count) <= 1)
    let pairs = zip(sound.channels[0], expected.channels[0])
    let error = pairs.reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
    let power = expected.channels[0].reduce(0.0) { $0 + pow(Double($1), 2) }
    // Two resamplers.
    #expect(10 * log10(error / power) < -40)
  }
}

extension Zip2Sequence where Sequence1: Collection, Sequence2: Collection {
  fileprivate subscript(range: Range<Int>) -> some Sequence<Element> {
    dropFirst(range.lowerBound).prefix(range.count)
  }
}
