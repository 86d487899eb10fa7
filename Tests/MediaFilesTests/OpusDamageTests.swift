import Foundation
import MediaFiles
import Testing

@Suite struct OpusDamageTests {
  let directory: ScratchDirectory
  let whole: ReadSound
  let path: String

  init() throws {
    directory = try ScratchDirectory()
    path = directory.path("a.opus")
    let wave = directory.path("a.wav")
    try ExternalProgram.sox.run("-n", "-r", "48000", "-b", "16", wave, "synth", "10", "sine", "440", "vol", "0.5")
    try ExternalProgram.opusenc.run("--quiet", "--bitrate", "32", "--comp", "5", wave, path)
    whole = try ReadSound(path)
  }

  /// Where page `index` begins and ends on the file's clock, from the granule positions (RFC 7845, 4).
  private func frames(of index: Int, in file: OggFile) throws -> Range<Int> {
    let preSkip = Int(file.pages[0][28 + 10]) | Int(file.pages[0][28 + 11]) << 8
    let start = try #require(file.page(index - 1)).granule
    let end = try #require(file.page(index)).granule
    return Int(start) - preSkip..<Int(end) - preSkip
  }

  private func maximumDifference(from frame: Int, _ sound: ReadSound) -> Float {
    zip(sound.samples[frame...], whole.samples[frame...]).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(arguments: [100, 960, 5760, 30_000])
  func aMissingPageIsToldOnceAndIsSilence(pieceFrames: Int) throws {
    var file = try OggFile(path)
    let lost = try frames(of: 6, in: file)
    file.pages.remove(at: 6)
    try file.write(to: path)
    let sound = try ReadSound(path, pieceFrames: pieceFrames)
    #expect(sound.damagedSeconds == [Double(lost.lowerBound) / 48_000])
    #expect(sound.frames == 480_000)
    #expect(sound.samples[lost].allSatisfy { $0 == 0 })
    #expect(firstDifference(sound.samples[..<lost.lowerBound], whole.samples[..<lost.lowerBound]) == nil)
    // The decoder needs a moment to find its way (RFC 7845, 4.6: 80 ms).
    #expect(maximumDifference(from: lost.upperBound + 4800, sound) < 0.02)
  }

  @Test func aPageWithAWrongChecksumIsLost() throws {
    var file = try OggFile(path)
    let lost = try frames(of: 5, in: file)
    file.pages[5][100] ^= 0x10
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damagedSeconds == [Double(lost.lowerBound) / 48_000])
    #expect(sound.samples[lost].allSatisfy { $0 == 0 })
    #expect(sound.frames == 480_000)
  }

  @Test func eachDamagedPlaceIsTold() throws {
    var file = try OggFile(path)
    let places = try [4, 7].map { try frames(of: $0, in: file).lowerBound }
    for index in [4, 7] { file.pages[index][100] ^= 0x10 }
    try file.write(to: path)
    #expect(try ReadSound(path).damagedSeconds == places.map { Double($0) / 48_000 })
  }

  @Test func aPacketThatCannotBeDecodedIsSilence() throws {
    var file = try OggFile(path)
    let start = try frames(of: 5, in: file).lowerBound
    file.change(5) { page in
      // A packet of one frame that claims more padding than it has bytes (RFC 6716, 3.2.5).
      let packet = 27 + Int(page[26])
      page[packet] |= 3
      page[packet + 1] = 0x41
      page[packet + 2] = 254
    }
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damagedSeconds == [Double(start) / 48_000])
    #expect(sound.samples[start..<start + 960].allSatisfy { $0 == 0 })
    #expect(sound.frames == 480_000)
  }

  @Test func aFileCutOffInAPageEndsThereAndSaysSo() throws {
    var file = try FileBytes(path)
    file.bytes.removeLast(file.bytes.count / 3)
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damagedSeconds == [Double(sound.frames) / 48_000])
    #expect(sound.frames > 240_000 && sound.frames < 400_000)
    #expect(firstDifference(sound.samples, whole.samples[..<sound.frames]) == nil)
  }

  @Test func aFileWithoutEndOfStreamSaysSo() throws {
    var file = try OggFile(path)
    file.pages.removeLast()
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damagedSeconds == [Double(sound.frames) / 48_000])
  }

  @Test func garbageBehindTheLastPageIsNoDamage() throws {
    var file = try FileBytes(path)
    file.bytes += [UInt8](repeating: 0x55, count: 1000)
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damage == [])
    #expect(firstDifference(sound.samples, whole.samples) == nil)
  }

  @Test func aRecordersPauseIsSilenceAndNoDamage() throws {
    var file = try OggFile(path)
    let start = try frames(of: 6, in: file).lowerBound
    for index in 6..<file.pages.count {
      let granule = try #require(file.page(index)).granule + 48_000
      file.change(index) { page in
        for byte in 0..<8 { page[6 + byte] = UInt8(truncatingIfNeeded: granule >> Int64(8 * byte)) }
      }
    }
    try file.write(to: path)
    let sound = try ReadSound(path)
    #expect(sound.damage == [])
    #expect(sound.frames == 528_000)
    #expect(sound.samples[start..<start + 48_000].allSatisfy { $0 == 0 })
    #expect(firstDifference(sound.samples[(start + 48_000)...], whole.samples[start...]) == nil)
  }
}
