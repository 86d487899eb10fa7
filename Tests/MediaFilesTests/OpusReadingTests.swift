import Foundation
import MediaFiles
import Testing

@Suite struct OpusReadingTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// An Ogg Opus file of a tone, by sox and opusenc.
  private func tone(
    _ name: String, seconds: Double, channels: Int = 1, rate: Int = 48_000, options: [String] = []
  ) throws -> String {
    let wave = directory.path(name + ".wav")
    try ExternalProgram.sox.run(
      "-n", "-r", "\(rate)", "-c", "\(channels)", "-b", "16", wave, "synth", "\(seconds)", "sine", "440", "vol", "0.5")
    let path = directory.path(name)
    try ExternalProgram.opusenc.run(["--quiet"] + options + [wave, path])
    return path
  }

  @Test(arguments: [0.001, 0.02, 1.2345, 3.0])
  func lengthIsExactWithoutPreSkipAndTrimming(seconds: Double) throws {
    let sound = try ReadSound(try tone("a.opus", seconds: seconds))
    #expect(sound.format.frames == Int64((seconds * 48_000).rounded()))
    #expect(sound.frames == Int((seconds * 48_000).rounded()))
    #expect(sound.format.description == "Ogg Opus")
    #expect(sound.damage == [])
  }

  @Test(arguments: [1, 7, 960, 5760, 50_000])
  func samplesAreThoseOfOpusdecHoweverManyAreAskedFor(pieceFrames: Int) throws {
    let path = try tone("a.opus", seconds: 1.5, channels: 2, rate: 44_100)
    let decoded = directory.path("decoded.wav")
    try ExternalProgram.opusdec.run("--quiet", "--float", "--rate", "48000", path, decoded)
    let expected = Sound.floats(
      fromFloat32: try ExternalProgram.sox.run(decoded, "-t", "raw", "-e", "float", "-b", "32", "-"))
    let sound = try ReadSound(path, pieceFrames: pieceFrames)
    #expect(firstDifference(sound.samples, expected, tolerance: 1e-6) == nil)
  }

  @Test func headerGainIsAlwaysApplied() throws {
    let path = try tone("a.opus", seconds: 1)
    let plain = try ReadSound(path)
    var file = try OggFile(path)
    file.setHeaderGain(-6 * 256)
    try file.write(to: path)
    for tags in GainTags.allCases {
      let softer = try ReadSound(path, gainTags: tags)
      let change = Sound.decibels(Sound.level(softer.samples) / Sound.level(plain.samples))
      #expect(abs(change + 6) < 0.01)
    }
  }

  @Test func gainTagsAreAppliedWhenAskedFor() throws {
    let options = ["--comment", "R128_TRACK_GAIN=-1280", "--comment", "R128_ALBUM_GAIN=-2560"]
    let path = try tone("a.opus", seconds: 1, options: options)
    let plain = Sound.level(try ReadSound(path).samples)
    let track = Sound.level(try ReadSound(path, gainTags: .track).samples)
    let album = Sound.level(try ReadSound(path, gainTags: .album).samples)
    #expect(abs(Sound.decibels(track / plain) + 5) < 0.01)
    #expect(abs(Sound.decibels(album / plain) + 10) < 0.01)
  }

  @Test func hugeGainIsClampedToTheDocumentedRange() throws {
    let path = try tone("a.opus", seconds: 0.5)
    var file = try OggFile(path)
    file.setHeaderGain(100 * 256)
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.samples.allSatisfy { abs($0) <= 64 })
    #expect(sound.samples.contains(64))
  }

  @Test func chainedLinksFollowEachOther() throws {
    let first = try tone("1.opus", seconds: 0.7, options: ["--serial", "1"])
    let second = try tone("2.opus", seconds: 0.4, options: ["--serial", "2"])
    let chain = directory.path("chain.opus")
    try Data(try OggFile(first).data + (try OggFile(second).data)).write(to: URL(fileURLWithPath: chain))
    let sound = try ReadSound(chain, pieceFrames: 777)
    #expect(sound.format.frames == 52_800)
    #expect(sound.damage == [])
    let expected = try ReadSound(first).samples + ReadSound(second).samples
    #expect(firstDifference(sound.samples, expected) == nil)
  }

  @Test(arguments: [100, 960, 20_000])
  func aMonoLinkInAStereoChainIsHeardOnBothSides(pieceFrames: Int) throws {
    let mono = try tone("1.opus", seconds: 0.7, options: ["--serial", "1"])
    let stereo = try tone("2.opus", seconds: 0.4, channels: 2, options: ["--serial", "2"])
    let chain = directory.path("chain.opus")
    let monoBytes = try OggFile(mono).data
    try Data(monoBytes + (try OggFile(stereo).data)).write(to: URL(fileURLWithPath: chain))
    let sound = try ReadSound(chain, pieceFrames: pieceFrames)
    #expect(sound.channels == 2)
    #expect(sound.frames == 52_800)
    let expectedMono = try ReadSound(mono).samples
    #expect(firstDifference(sound.channel(0)[..<33_600], expectedMono) == nil)
    #expect(firstDifference(sound.channel(1)[..<33_600], expectedMono) == nil)
    let expectedStereo = try ReadSound(stereo).samples
    #expect(firstDifference(sound.samples[67_200...], expectedStereo) == nil)
  }

  @Test func allChannelsOfAMultichannelFileAreDelivered() throws {
    let wave = directory.path("six.wav")
    try ExternalProgram.sox.run(
      "-n", "-r", "48000", "-b", "16", wave, "synth", "1", "sine", "440", "vol", "0.5", "remix", "1", "0", "0", "0",
      "0",
      "0")
    let path = directory.path("six.opus")
    try ExternalProgram.opusenc.run("--quiet", wave, path)
    let sound = try ReadSound(path)
    #expect(sound.channels == 6)
    #expect(sound.frames == 48_000)
    let levels = (0..<6).map { Sound.level(sound.channel($0)) }
    #expect(levels[0] > 0.3)
    #expect(levels[1...].allSatisfy { $0 < 0.03 })
  }

  @Test func theNameMayEndAsItLikes() throws {
    let path = try tone("a.opus", seconds: 0.5)
    let renamed = directory.path("a.wav")
    try FileManager.default.moveItem(atPath: path, toPath: renamed)
    #expect(try ReadSound(renamed).format.description == "Ogg Opus")
  }

  @Test func twoReadersOfOneFileDoNotDisturbEachOther() throws {
    let path = try tone("a.opus", seconds: 0.5)
    let first = try openAudioFile(at: path)
    let whole = try ReadSound(path)
    var samples = [Float](repeating: 0, count: 24_000)
    var span = samples.mutableSpan
    let frames = try first.read(into: &span)
    #expect(frames == 24_000)
    #expect(first.position == 24_000)
    #expect(firstDifference(samples, whole.samples) == nil)
  }
}
