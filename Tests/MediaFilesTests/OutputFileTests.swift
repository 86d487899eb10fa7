import Foundation
import MediaFiles
import Testing

@Suite struct OutputFileTests {
  let directory: ScratchDirectory
  let tone = Sound.sine(440, seconds: 0.5)

  init() throws {
    directory = try ScratchDirectory()
  }

  private func reason(_ path: String, _ encoding: AudioFileEncoding = .wav()) -> String {
    do {
      try writeSound(Sound.noise(frames: 480_000), to: path, encoding)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func nothingIsSeenBeforeTheEnd() throws {
    let path = directory.path("a.wav")
    let writer = try createAudioFile(at: path, encoding: .wav(), layout: .mono)
    try writer.append(tone)
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.finish()
    #expect(try directory.contents() == ["a.wav"])
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(), .wav(), .flac()])
  func aWriterThatIsLetGoLeavesNothingAndKeepsWhatWasThere(encoding: AudioFileEncoding) throws {
    let path = directory.path("a")
    try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
    do {
      let writer = try createAudioFile(at: path, encoding: encoding, layout: .mono)
      try writer.append(tone)
    }
    #expect(try directory.contents() == ["a"])
    #expect(try FileBytes(path).bytes == Array("precious".utf8))
  }

  @Test func discardLeavesNothing() throws {
    let file = try OutputFile(path: directory.path("a"), access: .sequential)
    try file.append([1, 2, 3])
    file.discard()
    #expect(try directory.contents() == [])
  }

  @Test func bytesLandWhereTheyWereWritten() throws {
    let file = try OutputFile(path: directory.path("a"), access: .random)
    var expected = [UInt8](repeating: 0, count: 200_000)
    for index in expected.indices { expected[index] = UInt8(truncatingIfNeeded: index &* 31) }
    try file.append(Array(expected[..<10]))
    try file.append(Array(expected[10..<100_000]))
    try file.append(Array(expected[100_000...]))
    try file.seek(to: 5)
    try file.append([9, 9])
    try file.seek(to: 7)
    try file.append([8])
    try file.seek(to: 150_000)
    try file.append([7])
    expected.replaceSubrange(5..<8, with: [9, 9, 8])
    expected[150_000] = 7
    #expect(file.size == 200_000)
    try file.commit()
    let isSame = try FileBytes(directory.path("a")).bytes == expected
    #expect(isSame)
  }

  @Test func whatIsReplacedKeepsItsModeAndALinkStaysALink() throws {
    let target = directory.path("target.wav")
    try Data("old".utf8).write(to: URL(fileURLWithPath: target))
    #expect(chmod(target, 0o640) == 0)
    let link = directory.path("link.wav")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target.wav")
    try writeSound(tone, to: link, .wav())
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target.wav")
    #expect(try ReadSound(target).frames == 24_000)
    let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    #expect(try directory.contents() == ["link.wav", "target.wav"])
  }

  @Test func aLinkToNothingGetsItsTargetMade() throws {
    let link = directory.path("link.wav")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.path("new.wav"))
    try writeSound(tone, to: link, .wav())
    #expect(try ReadSound(directory.path("new.wav")).frames == 24_000)
  }

  @Test func whatCannotBeMadeIsToldAtOnce() throws {
    #expect(reason(directory.url.path).hasSuffix("it is a directory: name a file"))
    let nowhere = directory.path("no/such/a.wav")
    #expect(reason(nowhere) == "cannot write \(nowhere): its directory does not exist: create it first")
    #expect(reason(directory.path("a") + "/").contains("it is a directory"))
    #expect(reason("") == "cannot write : the name is empty")
    try Data().write(to: URL(fileURLWithPath: directory.path("file")))
    #expect(reason(directory.path("file/a.wav")).hasSuffix("a part of its path is no directory"))
    #expect(reason(directory.path(String(repeating: "x", count: 256))).hasSuffix("its name is too long"))
  }

  @Test func theLongestNameWorks() throws {
    let name = String(repeating: "é", count: 125) + ".wav"
    try writeSound(tone, to: directory.path(name), .wav())
    #expect(try ReadSound(directory.path(name)).frames == 24_000)
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(.init(complexity: 0)), .wav(), .flac()])
  func aFullDiskIsTold(encoding: AudioFileEncoding) {
    let expected = "cannot write /dev/full: the disk is full: free some space or choose another place"
    #expect(reason("/dev/full", encoding) == expected)
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(.init(complexity: 0)), .wav(), .flac()])
  func aDeviceIsWrittenIntoAndStaysOne(encoding: AudioFileEncoding) throws {
    try writeSound(tone, to: "/dev/null", encoding)
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(), .wav(), .flac()])
  func aPipeGetsTheSameBytesAsAFile(encoding: AudioFileEncoding) throws {
    try writeSound(tone, to: directory.path("a"), encoding)
    let pipe = Pipe()
    try writeSound(tone, to: "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)", encoding)
    try pipe.fileHandleForWriting.close()
    let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
    let isSame = try bytes == FileBytes(directory.path("a")).bytes
    #expect(isSame)
  }

  @Test(arguments: [AudioFileEncoding.oggOpus(.init(complexity: 0)), .wav()])
  func aReaderThatGoesAwayIsAnErrorAndNoEnd(encoding: AudioFileEncoding) throws {
    let pipe = Pipe()
    let path = "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)"
    let writer = try createAudioFile(at: path, encoding: encoding, layout: .mono)
    try pipe.fileHandleForReading.close()
    let error = #expect(throws: AudioFileError.self) {
      try writer.append(tone)
      try writer.finish()
    }
    #expect(error == .cannotWrite(path: path, reason: "the program that reads it has gone"))
  }
}
