import Foundation
import MediaFiles
import Testing

@Suite struct WritingTests {
  let directory: ScratchDirectory
  /// Beyond full scale here and there.
  let loud = Sound.noise(frames: 30_001, channels: 2, amplitude: 1.1)

  init() throws {
    directory = try ScratchDirectory()
  }

  private func rounded(_ sample: Float, fullScale: Double) -> Double {
    min(fullScale - 1, max(-fullScale, (Double(sample) * fullScale).rounded(.toNearestOrEven)))
  }

  private func decodedBySox(_ path: String) throws -> [Float] {
    Sound.floats(fromFloat32: try ExternalProgram.sox.run(path, "-t", "raw", "-e", "float", "-b", "32", "-L", "-"))
  }

  @Test(arguments: [AudioFileEncoding.wav(.pcm16), .flac(.pcm16), .wav(.pcm24), .flac(.pcm24)])
  func integerFilesHoldTheNearestValueSaturated(encoding: AudioFileEncoding) throws {
    let path = directory.path("a." + encoding.fileExtension)
    try writeSound(loud, to: path, encoding, layout: .stereo)
    let is16 = encoding == .wav(.pcm16) || encoding == .flac(.pcm16)
    let fullScale = is16 ? 32_768.0 : 8_388_608.0
    let expected = loud.map { Float(rounded($0, fullScale: fullScale) / fullScale) }
    #expect(try firstDifference(decodedBySox(path), expected) == nil)
    #expect(try firstDifference(ReadSound(path).samples, expected) == nil)
  }

  @Test func floatFilesHoldWhatWasWritten() throws {
    let path = directory.path("a.wav")
    try writeSound(loud, to: path, .wav(.float32), layout: .stereo)
    #expect(try firstDifference(ReadSound(path).samples, loud) == nil)
    let decoded = try ExternalProgram.ffmpeg.run("-v", "error", "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-")
    #expect(firstDifference(Sound.floats(fromFloat32: decoded), loud) == nil)
  }

  @Test func sixteenBitSamplesSurviveEveryFormat() throws {
    let every = (-32_768...32_767).map { Float($0) / 32_768 }
    for encoding in [AudioFileEncoding.wav(), .flac()] {
      let path = directory.path("a." + encoding.fileExtension)
      try writeSound(every, to: path, encoding)
      #expect(try firstDifference(ReadSound(path).samples, every) == nil)
    }
  }

  @Test func samplesThatAreNoNumbersAreWrittenAsSilence() throws {
    let path = directory.path("a.wav")
    try writeSound([.nan, .infinity, -.infinity, 0.5], to: path, .wav())
    #expect(try ReadSound(path).samples == [0, 32_767.0 / 32_768, -1, 0.5])
  }

  @Test func flacItselfFindsNoFault() throws {
    let path = directory.path("a.flac")
    try writeSound(loud, to: path, .flac(), layout: .stereo)
    try ExternalProgram.flac.run("--test", "--silent", "--warnings-as-errors", path)
  }

  @Test func aShortWAVIsAPlainWAV() throws {
    let path = directory.path("a.wav")
    try writeSound(loud, to: path, .wav(), layout: .stereo)
    let file = try FileBytes(path)
    #expect(Array(file.bytes[..<4]) == Array("RIFF".utf8))
    #expect(try ReadSound(path).format.description == "WAV, 16-bit PCM")
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(), .wav(), .wav(.pcm24), .wav(.float32), .flac()])
  func theSameSamplesGiveTheSameBytesInPiecesToo(encoding: AudioFileEncoding) throws {
    let tags = AudioFileTags(title: "Monday", artist: "Alice, Bob", comment: "weekly")
    try writeSound(loud, to: directory.path("1"), encoding, layout: .stereo, tags: tags)
    let writer = try createAudioFile(at: directory.path("2"), encoding: encoding, layout: .stereo, tags: tags)
    for start in stride(from: 0, to: loud.count, by: 962) {
      try writer.append(Array(loud[start..<min(loud.count, start + 962)]))
    }
    #expect(writer.frames == 30_001)
    try writer.finish()
    let isSame = try FileBytes(directory.path("1")).bytes == FileBytes(directory.path("2")).bytes
    #expect(isSame)
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(), .wav(), .flac()])
  func tagsAreReadBackByFFmpeg(encoding: AudioFileEncoding) throws {
    let path = directory.path("a." + encoding.fileExtension)
    let tags = AudioFileTags(
      title: "周一例会", artist: "Alice", date: "2026-03-01", comment: "eight legs", encoder: "partyline")
    try writeSound(Sound.sine(440, seconds: 0.2), to: path, encoding, tags: tags)
    let text = String(
      decoding: try ExternalProgram.ffprobe.run("-v", "error", "-show_format", "-show_streams", path), as: UTF8.self
    ).lowercased()
    for value in ["title=周一例会", "artist=alice", "date=2026-03-01", "eight legs", "partyline"] {
      #expect(text.contains(value), "\(value) in \(text)")
    }
  }

  @Test func theFormatIsToldByTheName() throws {
    #expect(try AudioFileEncoding(forPath: "x/y.OPUS") == .oggOpus())
    #expect(try AudioFileEncoding(forPath: "a.ogg") == .oggOpus())
    #expect(try AudioFileEncoding(forPath: "a.b.wave") == .wav())
    #expect(try AudioFileEncoding(forPath: "a.flac") == .flac())
    for path in ["a.mp3", "wav", "-", "a.wav/b"] {
      let error = #expect(throws: AudioFileError.self) { _ = try AudioFileEncoding(forPath: path) }
      #expect(error == .unknownOutputFormat(path: path))
      #expect(error?.description.contains(".opus") == true)
    }
  }
}
