import Foundation
import MediaBase
import MediaFiles
import Testing

/// Samples into Ogg Opus files.
@Suite struct OpusWritingTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// At the borders of frames, with and without the pre-skip of 312, and of a page.
  static let lengths = [0, 1, 647, 648, 649, 959, 960, 961, 1_608, 47_688, 47_689, 48_000, 100_001]

  @Test(arguments: lengths, [1, 2])
  func filesDecodeToExactlyAsManyFrames(frames: Int, channels: Int) throws {
    let path = directory.path("a.opus")
    let sound = Sound.noise(frames: frames, channels: channels, amplitude: 0.3)
    try writeSound(sound, to: path, .oggOpus(.init(complexity: 3)), layout: channels == 1 ? .mono : .stereo)
    let read = try ReadSound(path)
    #expect(read.frames == frames)
    #expect(read.channels == channels)
    #expect(read.damage == [])
    let complaints = try ExternalProgram.opusinfo.run("-q", path)
    #expect(String(decoding: complaints, as: UTF8.self).contains("WARNING") == false)
    try ExternalProgram.opusdec.run("--quiet", "--float", "--rate", "48000", path, directory.path("a.wav"))
    let decoded = try ExternalProgram.ffmpeg.run("-v", "error", "-i", directory.path("a.wav"), "-f", "f32le", "-")
    #expect(decoded.count == 4 * frames * channels)
    if frames > 0 {
      let byFFmpeg = try ExternalProgram.ffmpeg.run("-v", "error", "-i", path, "-f", "f32le", "-")
      #expect(byFFmpeg.count == 4 * frames * channels)
    }
  }

  @Test func filesSoundLikeWhatWasWrittenToTheirEnds() throws {
    let path = directory.path("a.opus")
    let tone = Sound.sine(440, seconds: 2.003)
    try writeSound(tone, to: path, .oggOpus(.init(bitrate: 96_000)))
    let read = try ReadSound(path).samples
    let error = zip(tone, read).map { $0 - $1 }
    #expect(Sound.decibels(Sound.level(error) / Sound.level(tone)) < -30)
    // A tone that is cut off is the hardest end there is.
    for end in [error.prefix(480), error.suffix(480)] { #expect(Sound.decibels(Sound.level(end)) < -30) }
  }

  @Test func channelsStayWhereTheyAre() throws {
    let path = directory.path("a.opus")
    let left = Sound.sine(440, seconds: 1)
    try writeSound(left.flatMap { [$0, 0] }, to: path, .oggOpus(), layout: .stereo)
    let read = try ReadSound(path)
    #expect(Sound.decibels(Sound.level(read.channel(1)) / Sound.level(read.channel(0))) < -30)
  }

  @Test func theBitrateIsHeeded() throws {
    let noise = Sound.noise(frames: 480_000, channels: 2)
    for (layout, channels) in [(ChannelLayout.mono, 1), (.stereo, 2)] {
      let sound = Array(noise[..<(480_000 * channels)])
      for bitrate in [16_000, 64_000, nil] {
        let path = directory.path("a.opus")
        try writeSound(sound, to: path, .oggOpus(.init(bitrate: bitrate, complexity: 5)), layout: layout)
        let expected = Double(bitrate ?? AudioFileEncoding.OpusSettings.defaultBitrate(for: layout))
        let bits = Double(8 * (try FileBytes(path).bytes.count)) / 10
        #expect((0.8...1.2).contains(bits / expected), "\(bits) for \(expected)")
      }
    }
  }

  @Test func samplesThatAreNoNumbersAreSilenceAndHarmNoOthers() throws {
    let path = directory.path("a.opus")
    var sound = Sound.sine(440, seconds: 1)
    for index in stride(from: 24_000, to: 24_048, by: 4) { sound[index] = .nan }
    try writeSound(sound, to: path, .oggOpus())
    let read = try ReadSound(path)
    #expect(read.repairedSamples == 0)
    for part in [23_000..<23_900, 24_100..<25_000] { #expect(Sound.level(read.samples[part]) > 0.3) }
  }

  @Test(arguments: [-1, 0, 499])
  func aBitrateThatLibopusDoesNotTakeIsRefusedOrRaised(bitrate: Int) throws {
    let path = directory.path("a.opus")
    let encoding = AudioFileEncoding.oggOpus(.init(bitrate: bitrate))
    if bitrate > 0 {
      try writeSound(Sound.sine(440, seconds: 0.1), to: path, encoding)
      #expect(try ReadSound(path).frames == 4_800)
    } else {
      #expect(throws: AudioFileError.cannotWrite(path: path, reason: "the Opus encoder refuses its settings")) {
        try writeSound([0], to: path, encoding)
      }
      #expect(try directory.contents() == [])
    }
  }

  @Test func aPageHoldsASecond() throws {
    let path = directory.path("a.opus")
    try writeSound(Sound.noise(frames: 480_100), to: path, .oggOpus(.init(bitrate: 64_000, complexity: 0)))
    let file = try OggFile(path)
    let pages = file.pages.indices.compactMap(file.page)
    #expect(pages.map(\.sequence) == (0..<13).map { UInt32($0) })
    #expect(pages.map(\.granule) == [0, 0] + (1...10).map { $0 * 48_000 } + [480_412])
    #expect(pages.map(\.isFirst) == [true] + Array(repeating: false, count: 12))
    #expect(pages.map(\.isLast) == Array(repeating: false, count: 12) + [true])
    #expect(pages.allSatisfy { $0.serial == 1 })
  }
}
