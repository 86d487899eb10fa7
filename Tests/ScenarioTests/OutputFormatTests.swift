import Foundation
import Testing

/// What is written, read back by the formats' own programs.
@Suite struct OutputFormatTests {
  let scratch: ScratchDirectory
  let recordings: Recordings
  /// A length that is no whole number of any frame.
  static let samples = 100_003

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  func leg() throws -> String {
    try recordings.tone("leg.wav", hertz: 440, seconds: Double(Self.samples) / 48_000)
  }

  @Test(arguments: ["mix.opus", "mix.ogg", "mix.oga", "MIX.OPUS", "mix.wav", "mix.wave", "mix.flac"], [1, 2])
  func theOutputHasExactlyTheMixsSamples(name: String, channels: Int) throws {
    try Partyline.mix(try leg(), "-o", scratch.path(name), channels == 1 ? "--mono" : "--stereo")
    let sound = try Sound(scratch.path(name))
    #expect(sound.count == Self.samples)
    #expect(sound.channels.count == channels)
    #expect(sound.rate == 48_000)
    #expect(abs(sound.level(hertz: 440, 0.5..<1.5) - (channels == 1 ? -20 : -23.01)) < 0.1)
    #expect(try scratch.contents() == [name, "leg.wav"].sorted())
  }

  @Test(arguments: [
    ("wav", "16", "pcm_s16le", "s16"), ("wav", "24", "pcm_s24le", "s32"), ("wav", "float", "pcm_f32le", "flt"),
    ("flac", "16", "flac", "s16"), ("flac", "24", "flac", "s32"),
  ])
  func samplesAreOfTheFormatThatIsAskedFor(format: String, bits: String, codec: String, sampleFormat: String) throws {
    let path = scratch.path("mix.\(format)")
    try Partyline.mix(try leg(), "-o", path, "--bits", bits)
    let written = try Sound.format(path)
    #expect(written.codec == codec)
    #expect(written.sampleFormat == sampleFormat)
    #expect(written.rate == 48_000)
  }

  @Test func flacPassesItsOwnProgramsTest() throws {
    for bits in ["16", "24"] {
      let path = scratch.path("mix.flac")
      try Partyline.mix(try leg(), "-o", path, "--bits", bits, "--stereo")
      try Program.flac.run("--test", "--silent", "--warnings-as-errors", path)
    }
  }

  @Test func opusPassesItsOwnProgramsTest() throws {
    let path = scratch.path("mix.opus")
    try Partyline.mix(try leg(), "-o", path)
    let words = String(decoding: try Program.opusinfo.run(path), as: UTF8.self)
    #expect(!words.contains("WARNING") && !words.contains("ERROR"), "\(words)")
    #expect(words.contains("Playback length: 0m:02.083s"))
  }

  @Test func aHigherBitrateMakesALargerFile() throws {
    let leg = try recordings.murmur("leg.wav", seconds: 10, amplitude: 0.3)
    var sizes: [Double] = []
    for bitrate in [12.0, 32, 128] {
      try Partyline.mix(leg, "-o", scratch.path("mix.opus"), "--bitrate", "\(bitrate)")
      sizes.append(Double(try scratch.bytes("mix.opus").count))
    }
    #expect(sizes[0] * 2 < sizes[1] && sizes[1] * 3 < sizes[2])
  }

  @Test(arguments: ["mix.opus", "mix.flac", "mix.wav"])
  func tagsAreThereForOtherPrograms(name: String) throws {
    try Partyline.mix(
      try leg(), "-o", scratch.path(name), "--title", "Wann liefern wir? 什么时候", "--artist", "Alice & Bob", "--date",
      "2024-02-29", "--comment", "a = b")
    let words = String(
      decoding: try Program.ffprobe.run(
        "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "default=noprint_wrappers=1",
        scratch.path(name)),
      as: UTF8.self)
    for tag in ["Wann liefern wir? 什么时候", "Alice & Bob", "2024-02-29", "a = b"] {
      #expect(words.contains(tag), "\(words)")
    }
  }

  @Test func theManifestsTitleIsTheMixsTag() throws {
    _ = try leg()
    try scratch.write(#"{"title": "Monday", "legs": [{"file": "leg.wav"}]}"#, to: "call.json")
    try Partyline.mix("--manifest", scratch.path("call.json"), "-o", scratch.path("mix.opus"))
    #expect(String(decoding: try Program.opusinfo.run(scratch.path("mix.opus")), as: UTF8.self).contains("Monday"))
  }

  // MARK: Standard output

  @Test(arguments: ["opus", "wav", "flac"])
  func standardOutputHasTheFilesBytesAndNothingElse(format: String) throws {
    let leg = try leg()
    let streamed = try Partyline.mix(leg, "-o", "-", "--format", format)
    try Partyline.mix(leg, "-o", scratch.path("mix.\(format)"))
    #expect(streamed == (try scratch.bytes("mix.\(format)")))
    #expect(try scratch.contents() == ["leg.wav", "mix.\(format)"])
  }

  @Test func standardOutputIsOpusWhereNothingElseIsSaid() throws {
    #expect(try Partyline.mix(try leg(), "-o", "-").prefix(4) == Data("OggS".utf8))
  }

  @Test func figuresGoToStandardOutputAsJSON() throws {
    let words = try Partyline.mix(try leg(), "--json", "-")
    let report = try #require(try JSONSerialization.jsonObject(with: words) as? [String: Any])
    #expect((report["legs"] as? [Any])?.count == 1)
  }

  @Test func theReportIsOnePageThatNamesEveryLeg() throws {
    let manifest = Recordings.conference.appendingPathComponent("conference.json").path
    let page = scratch.path("mix.html")
    try Partyline.mix("--manifest", manifest, "--report", page, "--json", scratch.path("mix.json"))
    let words = String(decoding: try scratch.bytes("mix.html"), as: UTF8.self)
    for name in ["Alice", "Bob", "Moira", "Li Wei 李薇", "Emma"] { #expect(words.contains(name)) }
    #expect(!words.contains("src=\"http") && !words.contains("href=\"http"))
    #expect(try scratch.contents() == ["mix.html", "mix.json"])
  }

  @Test func theReportsLoudnessIsWhatFFmpegMeasures() throws {
    let leg = try recordings.murmur("leg.wav", seconds: 6, amplitude: 0.3)
    let words = try Partyline.mix(leg, "-o", scratch.path("mix.wav"), "--json", "-")
    let report = try #require(try JSONSerialization.jsonObject(with: words) as? [String: Any])
    let loudness = try #require((report["mix"] as? [String: Any])?["loudness"] as? [String: Any])
    let measured = try Sound.loudness(scratch.path("mix.wav"))
    #expect(abs(try #require(loudness["integratedLUFS"] as? Double) - measured.integrated) < 0.11)
    #expect(abs(try #require(loudness["truePeakdBTP"] as? Double) - measured.truePeak) < 0.2)
  }

  @Test func anOutputReplacesAFileAndKeepsItsPermissions() throws {
    try scratch.write("old", to: "mix.wav")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: scratch.path("mix.wav"))
    try Partyline.mix(try leg(), "-o", scratch.path("mix.wav"))
    #expect(try Sound(scratch.path("mix.wav")).count == Self.samples)
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path("mix.wav"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test func aManifestMayComeThroughAPipe() throws {
    let leg = try leg()
    let ended = try Partyline.bash(
      #"printf '{"legs": [{"file": "%s"}]}' "$LEG" | "$PARTYLINE" mix --manifest /dev/stdin -o "$OUT""#,
      environment: ["LEG": leg, "OUT": scratch.path("mix.wav")])
    #expect(ended.exitCode == 0 && ended.errors == "")
    #expect(try Sound(scratch.path("mix.wav")).count == Self.samples)
  }
}
