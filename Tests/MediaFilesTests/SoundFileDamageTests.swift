import Foundation
import MediaFiles
import Testing

@Suite struct SoundFileDamageTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// Ten seconds of stereo noise, by sox.
  private func noise(_ name: String, options: [String] = ["-b", "16"]) throws -> String {
    let path = directory.path(name)
    try ExternalProgram.sox.run(
      ["-R", "-n", "-r", "44100", "-c", "2"] + options + [path, "synth", "10", "pinknoise", "vol", "0.5"])
    return path
  }

  private func cut(_ path: String, to count: Int) throws {
    var file = try FileBytes(path)
    file.bytes.removeLast(file.bytes.count - count)
    try file.write(to: path)
  }

  @Test(arguments: ["a.wav", "a.aiff"], ["16", "24"])
  func aFileShorterThanItsHeaderClaimsIsSilentToItsDeclaredEnd(name: String, bits: String) throws {
    let path = try noise(name, options: ["-b", bits])
    let whole = try ReadSound(path)
    let present = 200_000
    let bytes = try FileBytes(path).bytes.count
    try cut(path, to: bytes - (441_000 - present) * 2 * (Int(bits) ?? 0) / 8)
    let sound = try ReadSound(path)
    #expect(sound.format.frames == 441_000)
    #expect(sound.frames == 441_000)
    #expect(sound.damagedSeconds == [Double(present) / 44_100])
    #expect(firstDifference(sound.samples[..<(2 * present)], whole.samples[..<(2 * present)]) == nil)
    #expect(sound.samples[(2 * present)...].allSatisfy { $0 == 0 })
  }

  @Test func anRF64FileShorterThanItClaimsIsToldToo() throws {
    let wave = try noise("a.wav")
    let path = directory.path("long.wav")
    try ExternalProgram.ffmpeg.run("-v", "error", "-i", wave, "-rf64", "always", path)
    try cut(path, to: try FileBytes(path).bytes.count - 4 * 100_000)
    let sound = try ReadSound(path)
    #expect(sound.damagedSeconds == [341_000.0 / 44_100])
    #expect(sound.frames == 441_000)
  }

  @Test func aStreamedWAVThatLeavesItsSizeOpenIsWhole() throws {
    let wave = try noise("a.wav")
    let whole = try ReadSound(wave)
    let streamed = [
      try ExternalProgram.ffmpeg.run("-v", "error", "-i", wave, "-f", "wav", "-bitexact", "-"),
      try ExternalProgram.sox.run(wave, "-t", "wav", "-"),
    ]
    for data in streamed {
      let path = directory.path("streamed.wav")
      try data.write(to: URL(fileURLWithPath: path))
      let sound = try ReadSound(path)
      #expect(sound.damage == [])
      #expect(firstDifference(sound.samples, whole.samples) == nil)
    }
  }

  @Test func aWAVOfWhichTheSizeWasNeverFilledInIsReadToItsEnd() throws {
    let path = try noise("a.wav")
    let whole = try ReadSound(path)
    var file = try FileBytes(path)
    for index in 40..<44 { file.bytes[index] = 0 }
    for index in 4..<8 { file.bytes[index] = 0 }
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damage == [])
    #expect(firstDifference(sound.samples, whole.samples) == nil)
  }

  @Test(arguments: [1, 200, 20_000])
  func brokenFLACFramesAreSilenceAndWhatFollowsIsExact(brokenBytes: Int) throws {
    let path = try noise("a.flac")
    let whole = try ReadSound(path)
    var file = try FileBytes(path)
    let middle = file.bytes.count / 2
    for index in middle..<middle + brokenBytes { file.bytes[index] ^= 0xFF }
    try file.write(to: path)
    let sound = try ReadSound(path, pieceFrames: 1000)
    #expect(sound.frames == 441_000)
    #expect(sound.damage.count == 1)
    let second = try #require(sound.damagedSeconds.first)
    #expect(second > 4 && second < 6)
    let start = Int(second * 44_100) * 2
    #expect(firstDifference(sound.samples[..<start], whole.samples[..<start]) == nil)
    #expect(firstDifference(sound.samples[600_000...], whole.samples[600_000...]) == nil)
  }

  @Test func aFLACCutOffIsSilentToItsDeclaredEnd() throws {
    let path = try noise("a.flac")
    try cut(path, to: try FileBytes(path).bytes.count * 6 / 10)
    let sound = try ReadSound(path)
    #expect(sound.frames == 441_000)
    #expect(sound.damage.count == 1)
    let second = try #require(sound.damagedSeconds.first)
    #expect(second > 5 && second < 7)
    #expect(sound.samples[(Int(second * 44_100) * 2)...].allSatisfy { $0 == 0 })
  }

  @Test func anOggVorbisFileCutOffSaysSoAtItsEnd() throws {
    let wave = try noise("a.wav")
    let path = directory.path("a.ogg")
    try ExternalProgram.oggenc.run("--quiet", wave, "--output", path)
    let whole = try ReadSound(path)
    #expect(whole.format.description == "Ogg Vorbis")
    #expect(whole.frames == 441_000)
    #expect(whole.damage == [])
    try cut(path, to: try FileBytes(path).bytes.count * 6 / 10)
    let sound = try ReadSound(path)
    #expect(sound.damage.count == 1)
    #expect(sound.damagedSeconds == [Double(sound.frames) / 44_100])
  }

  @Test func anOggVorbisFileWithABrokenPageKeepsItsLength() throws {
    let wave = try noise("a.wav")
    let path = directory.path("a.ogg")
    try ExternalProgram.oggenc.run("--quiet", wave, "--output", path)
    var file = try FileBytes(path)
    file.bytes[file.bytes.count / 2] ^= 0xFF
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damage.count == 1)
    #expect(sound.frames == 441_000)
  }

  @Test func anMP3CutOffJustEnds() throws {
    let wave = try noise("a.wav")
    let path = directory.path("a.mp3")
    try ExternalProgram.ffmpeg.run("-v", "error", "-i", wave, path)
    let whole = try ReadSound(path)
    #expect(whole.format.description == "MP3")
    #expect(abs(whole.frames - 441_000) < 2400)
    try cut(path, to: try FileBytes(path).bytes.count / 2)
    let sound = try ReadSound(path)
    #expect(sound.damage == [])
    #expect(sound.frames > 200_000 && sound.frames < 240_000)
  }

  @Test func samplesThatAreNoNumbersBecomeSilence() throws {
    let values: [Float] = [0.5, .nan, .infinity, -.infinity, 1000, -1000, 1.5, -0.25]
    let raw = Data(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } })
    let path = directory.path("a.wav")
    try ExternalProgram.ffmpeg.run(
      "-v", "error", "-f", "f32le", "-ar", "48000", "-i", "-", "-c:a", "pcm_f32le", path, input: raw)
    let sound = try ReadSound(path)
    #expect(sound.samples == [0.5, 0, 0, 0, 64, -64, 1.5, -0.25])
    #expect(sound.repairedSamples == 3)
  }

  /// A seeded storm of broken bytes over every kind: whatever comes out, it ends, keeps to its length and is in range.
  @Test(arguments: ["a.wav", "a.flac", "a.aiff", "a.ogg", "a.opus", "a.caf", "a.mp3"])
  func noDamageTrapsOrRunsOn(name: String) throws {
    let wave = directory.path("short.wav")
    try ExternalProgram.sox.run("-R", "-n", "-r", "48000", "-c", "2", "-b", "16", wave, "synth", "0.4", "pinknoise")
    let path = directory.path(name)
    let codec = name.hasSuffix("opus") ? ["-c:a", "libopus"] : []
    try ExternalProgram.ffmpeg.run(["-v", "error", "-y", "-i", wave] + codec + [path])
    let original = try FileBytes(path)
    var state: UInt64 = 7
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for round in 0..<150 {
      var file = original
      // Every third round keeps to the header.
      let reach = round % 3 == 0 ? min(200, file.bytes.count) : file.bytes.count
      for _ in 0...random(below: 8) { file.bytes[random(below: reach)] = UInt8(random(below: 256)) }
      if round % 5 == 0 { file.bytes.removeLast(random(below: file.bytes.count)) }
      let broken = directory.path("broken")
      try file.write(to: broken)
      guard let reader = try? openAudioFile(at: broken) else { continue }
      guard reader.format.channels <= 64 else { continue }
      var samples = [Float](repeating: 0, count: 4096 * reader.format.channels)
      var damages = 0
      var frames = 0
      while damages < 1000 && frames < 10_000_000 {
        do {
          var span = samples.mutableSpan
          let count = try reader.read(into: &span)
          if count == 0 { break }
          frames += count
        } catch {
          damages += 1
        }
      }
      #expect(damages < 1000)
      if let declared = reader.format.frames { #expect(frames == min(Int(declared), frames)) }
      #expect(samples.allSatisfy { abs($0) <= 64 })
    }
  }
}
