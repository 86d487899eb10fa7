import AudioCodecs
import Foundation
import MediaBase
import MediaFiles
import Testing

/// Packets that somebody else encoded into Ogg Opus files: what a recorder does.
@Suite struct OpusPacketWritingTests {
  let directory: ScratchDirectory
  let path: String

  init() throws {
    directory = try ScratchDirectory()
    path = directory.path("a.opus")
  }

  private func writer(
    layout: ChannelLayout = .mono, preSkip: Int = 312, tags: AudioFileTags = AudioFileTags(), at path: String? = nil,
    delivery: OggOpusPacketWriter.Delivery = .inLargePieces
  ) throws -> OggOpusPacketWriter {
    try OggOpusPacketWriter(
      OutputFile(path: path ?? self.path, access: .sequential),
      head: OggOpusHead(layout: layout, preSkipSamples: preSkip, inputSamplesPerSecond: 16_000),
      vendor: "a test, übrigens",
      tags: tags, serial: 0xFEDC_BA98, delivery: delivery)
  }

  private func packets(
    of sound: [Float], layout: ChannelLayout = .mono, duration: OpusFrameDuration = .ms20,
    application: OpusApplication = .audio
  ) throws -> [[UInt8]] {
    var encoder = try OpusEncoder(layout: layout, application: application)
    var bytes = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
    let step = duration.samples * layout.count
    return try stride(from: 0, to: sound.count / step * step, by: step).map { start in
      var room = bytes.mutableSpan
      let count = try encoder.encode(sound.span.extracting(start..<start + step), into: &room)
      return Array(bytes[..<count])
    }
  }

  private func pages(_ path: String) throws -> [OggPage] {
    let file = try OggFile(path)
    return file.pages.indices.compactMap(file.page)
  }

  @Test(arguments: OpusFrameDuration.allCases, [ChannelLayout.mono, .stereo])
  func packetsOfEveryLengthArePlayedAsTheyWereEncoded(duration: OpusFrameDuration, layout: ChannelLayout) throws {
    let tone = Sound.sine(440, seconds: 3.6, channels: layout.count)
    let writer = try writer(layout: layout)
    for packet in try packets(of: tone, layout: layout, duration: duration) {
      try writer.append(packet)
    }
    #expect(writer.positionSamples == 172_800)
    try writer.finish()
    let read = try ReadSound(path)
    #expect(read.frames == 172_800 - 312 && read.channels == layout.count && read.damage == [])
    let error = zip(tone, read.samples).map { $0 - $1 }
    #expect(Sound.decibels(Sound.level(error) / Sound.level(tone)) < -25)
    let last = try pages(path).last
    #expect(last?.granule == 172_800 && last?.isLast == true && last?.serial == 0xFEDC_BA98)
  }

  @Test func headersSayWhatTheyWereGiven() throws {
    let tags = AudioFileTags(title: "周一例会", artist: "Zoë\0cut", comment: String(repeating: "long ", count: 20_000))
    let writer = try writer(layout: .stereo, preSkip: 3_840, tags: tags)
    try writer.skip(9_600)
    try writer.finish()
    let text = String(decoding: try ExternalProgram.opusinfo.run(path), as: UTF8.self)
    for line in [
      "Encoded with a test, übrigens", "TITLE=周一例会\n", "ARTIST=Zoë\n", "ENCODER=partyline\n", "Pre-skip: 3840",
      "Channels: 2", "Original sample rate: 16000 Hz", "Playback length: 0m:00.120s", "serial: fedcba98",
    ] {
      #expect(text.contains(line), "\(line) in \(text.prefix(1_000))")
    }
    #expect(!text.contains("WARNING"))
    #expect(text.contains("DESCRIPTION=" + tags.comment))
  }

  @Test func theSamePacketsGiveTheSameBytes() throws {
    let packets = try packets(of: Sound.noise(frames: 96_000))
    let files = try (0..<2).map { run in
      let writer = try writer(at: directory.path("\(run)"), delivery: run == 0 ? .inLargePieces : .pageByPage)
      for packet in packets { try writer.append(packet) }
      try writer.skip(5_000)
      try writer.finish(trimming: 7)
      return try FileBytes(directory.path("\(run)")).bytes
    }
    let isSame = files[0] == files[1]
    #expect(isSame)
  }

  @Test func noPageIsLongerThanASecondNorCutsAPacket() throws {
    // 1,275 bytes each: 50 would need more lacing values than a page has.
    let packet = [UInt8(31 << 3)] + [UInt8](repeating: 0x55, count: 1_275)
    let writer = try writer()
    for count in 1...300 {
      try writer.write(packet.span.extracting(first: count % 60 < 50 ? 100 : packet.count), durationSamples: 960)
    }
    try writer.finish()
    let file = try OggFile(path)
    var before: Int64 = 0
    for index in file.pages.indices {
      let page = try #require(file.page(index))
      #expect(page.granule - before <= 48_000 && page.granule >= before)
      before = page.granule
      // Neither continued nor to be continued: no flag, and the last lacing value ends a packet.
      #expect(file.pages[index][5] & 1 == 0 && file.pages[index][page.headerSize - 1] < 255)
    }
    #expect(before == 288_000)
  }

  @Test(arguments: [OpusApplication.voip, .audio], [1, 119, 120, 960, 4_560, 57_719, 48_000 * 61])
  func gapsKeepWhatFollowsAtItsTime(application: OpusApplication, gap: Int) throws {
    let packets = try packets(of: Sound.sine(440, seconds: 2), application: application)
    let writer = try writer()
    for packet in packets[..<50] { try writer.append(packet) }
    try writer.skip(gap)
    try writer.skip(gap)
    for packet in packets[50...] { try writer.append(packet) }
    try writer.finish()
    let filled = 2 * gap / 120 * 120
    let read = try ReadSound(path)
    #expect(read.frames == 96_000 - 312 + filled && read.damage == [])
    #expect(Sound.level(read.samples[..<47_000]) > 0.3)
    #expect(Sound.level(read.samples[(read.frames - 46_000)...]) > 0.3)
    if filled > 100_000 { #expect(Sound.level(read.samples[100_000..<47_000 + filled]) < 0.0001) }
    let decoded = try ExternalProgram.ffmpeg.run("-v", "error", "-i", path, "-f", "f32le", "-")
    #expect(decoded.count == 4 * read.frames)
  }

  /// A recorder may tell of a gap while it lasts.
  @Test func aGapInPiecesFallsSilentToo() throws {
    let packets = try packets(of: Sound.sine(440, seconds: 1))
    let writer = try writer()
    for packet in packets { try writer.append(packet) }
    for _ in 0..<200 { try writer.skip(960) }
    for packet in packets { try writer.append(packet) }
    for _ in 0..<20 { try writer.skip(960) }
    try writer.finish()
    let read = try ReadSound(path)
    #expect(read.frames == 320 * 960 - 312 && read.damage == [])
    #expect(Sound.level(read.samples[48_000..<48_960]) > 0.1)
    #expect(Sound.level(read.samples[98_000..<239_000]) < 0.0001)
    // What is concealed begins anew with each gap.
    #expect(Sound.level(read.samples[288_000..<288_960]) > 0.1)
  }

  @Test func aRecordingMayBeginWithAGapOrHoldNothingElse() throws {
    let writer = try writer()
    try writer.skip(48_000)
    try writer.append(try packets(of: Sound.sine(440, seconds: 0.1))[3])
    try writer.finish()
    let read = try ReadSound(path)
    #expect(read.frames == 48_960 - 312 && read.damage == [])
    #expect(read.samples[..<47_000].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [0, 1, 119, 120, 312, 3_840, 65_535], [0, 1])
  func aStreamShorterThanItsPreSkipPlaysForNoTime(preSkip: Int, packetCount: Int) throws {
    let writer = try writer(preSkip: preSkip)
    let packet = try #require(try packets(of: Sound.sine(440, seconds: 0.02)).first)
    for _ in 0..<packetCount { try writer.append(packet) }
    try writer.finish()
    let read = try ReadSound(path)
    #expect(read.frames == max(0, 960 * packetCount - preSkip))
    #expect(read.damage == [])
    // It thinks less than 120 not plausible.
    if preSkip >= 120 { try ExternalProgram.opusinfo.run(path) }
  }

  @Test func theLastPacketMayBeTrimmed() throws {
    for trimmed in [0, 1, 959, 960] {
      let writer = try writer()
      for packet in try packets(of: Sound.sine(440, seconds: 1)) { try writer.append(packet) }
      try writer.finish(trimming: trimmed)
      let read = try ReadSound(path)
      #expect(read.frames == 48_000 - 312 - trimmed && read.damage == [])
    }
  }

  @Test func aFileWhoseWriterIsKilledPlaysToItsLastSecond() throws {
    let writer = try writer(delivery: .pageByPage)
    for packet in try packets(of: Sound.sine(440, seconds: 10)) { try writer.append(packet) }
    // What the system has of it is what a killed process leaves.
    let hidden = try #require(try directory.contents().first { $0.hasSuffix(".partial") })
    let seconds = Double(try ReadSound(directory.path(hidden)).frames) / 48_000
    #expect(seconds >= 10 - 1.03 && seconds < 10)
    try writer.flush()
    let flushed = try ReadSound(directory.path(hidden))
    #expect(flushed.frames == 480_000 - 960 - 312)
    #expect(flushed.damage.count == 1)
    #expect(flushed.damage.first?.description.contains("end-of-stream") == true)
    try writer.flush()
    try writer.finish()
    #expect(try ReadSound(path).frames == 480_000 - 312)
  }

  @Test func aFullDiskIsSaidByTheCallThatMeetsIt() throws {
    let writer = try OggOpusPacketWriter(
      OutputFile(path: "/dev/full", access: .sequential), head: OggOpusHead(layout: .mono, preSkipSamples: 312),
      vendor: "a test", serial: 1)
    let error = #expect(throws: AudioFileError.self) { try writer.flush() }
    #expect(error?.description.contains("/dev/full") == true)
    #expect(throws: AudioFileError.self) { try writer.finish() }
  }
}

extension OggOpusPacketWriter {
  /// Writes a packet of an array, as long as it says that it is.
  fileprivate func append(_ packet: [UInt8]) throws {
    try write(packet.span, durationSamples: OpusPacket(inspecting: packet.span).durationSamples)
  }
}
