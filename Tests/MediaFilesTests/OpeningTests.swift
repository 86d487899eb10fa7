import Foundation
import MediaFiles
import Testing

@Suite struct OpeningTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func message(for path: String) -> String {
    do {
      _ = try openAudioFile(at: path)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func whatCannotBeOpenedIsToldApart() throws {
    let missing = directory.path("missing.wav")
    #expect(message(for: missing) == "cannot open \(missing): no such file")
    #expect(message(for: directory.url.path) == "cannot open \(directory.url.path): it is a directory")
    let empty = directory.path("empty.wav")
    try Data().write(to: URL(fileURLWithPath: empty))
    #expect(message(for: empty) == "cannot open \(empty): it is empty (0 bytes)")
    #expect(message(for: "/dev/null") == "cannot open /dev/null: it is a device: only files can be read")
    #expect(message(for: "-").hasPrefix("cannot open -: standard input"))
    let pipe = directory.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(message(for: pipe).hasPrefix("cannot open \(pipe): a pipe cannot be sought in"))
  }

  @Test func whatIsNoAudioIsUnreadable() throws {
    let text = directory.path("letter.wav")
    try Data("Dear Sir or Madam, this is no audio file at all.".utf8).write(to: URL(fileURLWithPath: text))
    #expect(message(for: text).hasPrefix("cannot read \(text): it is no audio file"))
    let film = directory.path("film.m4a")
    try Data([0, 0, 0, 24] + Array("ftypM4A ".utf8) + [UInt8](repeating: 0, count: 100)).write(
      to: URL(fileURLWithPath: film))
    #expect(message(for: film).contains("MP4 is not supported"))
  }

  @Test func aBrokenHeaderIsUnreadable() throws {
    let wave = directory.path("a.wav")
    try writeSound(Sound.sine(440, seconds: 0.1), to: wave, .wav())
    var file = try FileBytes(wave)
    file.bytes.removeLast(file.bytes.count - 20)
    try file.write(to: wave)
    #expect(message(for: wave).hasPrefix("cannot read \(wave): "))
    let opus = directory.path("a.opus")
    try writeSound(Sound.sine(440, seconds: 0.1), to: opus, .oggOpus())
    var pages = try OggFile(opus)
    pages.change(0) { $0[28 + 9] = 0 }
    try pages.write(to: opus)
    #expect(message(for: opus).hasPrefix("cannot read \(opus): its Opus header is damaged"))
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(), .wav(), .wav(.float32), .flac()])
  func aFileOfNoSamplesIsGoodAndEmpty(encoding: AudioFileEncoding) throws {
    let path = directory.path("none")
    try writeSound([], to: path, encoding)
    let sound = try ReadSound(path)
    #expect(sound.format.frames ?? 0 == 0)
    #expect(sound.frames == 0)
    #expect(sound.damage == [])
  }
}
