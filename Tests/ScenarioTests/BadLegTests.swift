import Foundation
import Testing

/// Legs that cannot be used: one line says which, why and what to do, and nothing is left behind.
@Suite struct BadLegTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
    try recordings.tone("good.wav", hertz: 440, seconds: 1)
    try scratch.write("what was there before", to: "mix.wav")
  }

  struct BadLeg: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var name: String
    var words: String
    var make: @Sendable (BadLegTests) throws -> Void = { _ in }
  }

  static let legs: [BadLeg] = [
    BadLeg(testDescription: "a missing file", name: "missing.opus", words: "no such file"),
    BadLeg(testDescription: "a directory", name: "folder", words: "is a directory") {
      try FileManager.default.createDirectory(atPath: $0.scratch.path("folder"), withIntermediateDirectories: true)
    },
    BadLeg(testDescription: "a path through a file", name: "good.wav/leg.wav", words: "no directory"),
    BadLeg(testDescription: "a link to itself", name: "circle.wav", words: "circle") {
      try FileManager.default.createSymbolicLink(
        atPath: $0.scratch.path("circle.wav"), withDestinationPath: "circle.wav")
    },
    BadLeg(testDescription: "a FIFO that nobody writes", name: "fifo.wav", words: "save it to a file first") {
      #expect(mkfifo($0.scratch.path("fifo.wav"), 0o600) == 0)
    },
    BadLeg(testDescription: "a file of 0 bytes", name: "zero.wav", words: "0 bytes") {
      try $0.scratch.write("", to: "zero.wav")
    },
    BadLeg(testDescription: "text named .opus", name: "text.opus", words: "no audio file") {
      try $0.scratch.write("This is a letter and not a sound.\n", to: "text.opus")
    },
    BadLeg(testDescription: "a header and no more", name: "header.wav", words: "header.wav") {
      try $0.scratch.write(try $0.scratch.bytes("good.wav").prefix(20), to: "header.wav")
    },
    BadLeg(testDescription: "noise named .flac", name: "noise.flac", words: "no audio file") {
      try $0.scratch.write(
        Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }), to: "noise.flac")
    },
    BadLeg(testDescription: "a video", name: "video.mp4", words: "MP4 is not supported") {
      try Program.ffmpeg.run(
        "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", $0.scratch.path("video.mp4"))
    },
  ]

  @Test(arguments: legs)
  func isNamedAndNothingIsLeft(_ leg: BadLeg) throws {
    try leg.make(self)
    let before = try scratch.contents()
    let ended = try Partyline.tryMix(
      scratch.path("good.wav"), scratch.path(leg.name), "-o", scratch.path("mix.wav"), "--mix-minus",
      scratch.path("minus"), "--stems", scratch.path("stems"), "--report", scratch.path("mix.html"))
    expectOneLine(ended, holding: scratch.path(leg.name), leg.words)
    #expect(try scratch.contents() == before)
    #expect(try scratch.bytes("mix.wav") == Data("what was there before".utf8))
  }

  @Test(arguments: legs)
  func isLeftOutWithKeepGoing(_ leg: BadLeg) throws {
    try leg.make(self)
    let ended = try Partyline.tryMix(
      "--keep-going", scratch.path(leg.name), "\(scratch.path("good.wav"))@1", "-o", scratch.path("mix.wav"))
    expectWarning(ended, holding: scratch.path(leg.name), leg.words, "left out")
    let sound = try Sound(scratch.path("mix.wav"))
    #expect(sound.count == 96_000)
    #expect(abs(sound.level(hertz: 440, 1..<2) + 20) < 0.01)
  }

  @Test func whereNoLegCanBeReadKeepGoingFails() throws {
    let ended = try Partyline.tryMix("--keep-going", scratch.path("missing.wav"), "-o", scratch.path("mix.wav"))
    #expect(ended.exitCode == 1)
    #expect(ended.errors.contains("no leg could be read"))
    #expect(try scratch.bytes("mix.wav") == Data("what was there before".utf8))
  }

  @Test func aForbiddenFileIsNamed() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: scratch.path("good.wav"))
    // Root may read everything, unless that is taken from it.
    let asUser = geteuid() == 0 ? "setpriv --bounding-set -dac_override,-dac_read_search" : ""
    let ended = try Partyline.bash(
      "exec \(asUser) \"$PARTYLINE\" mix '\(scratch.path("good.wav"))' -o '\(scratch.path("mix.wav"))'")
    expectOneLine(ended, holding: "good.wav", "permission denied")
  }

  @Test(arguments: ["opus", "flac", "wav", "mp3", "txt"])
  func aWrongEndingDoesNotMatter(ending: String) throws {
    let content = ending == "flac" ? "leg.opus" : "leg.flac"
    try recordings.tone(content, hertz: [440], seconds: 1, codec: ending == "flac" ? "libopus" : nil)
    try FileManager.default.moveItem(atPath: scratch.path(content), toPath: scratch.path("leg.\(ending)"))
    try Partyline.mix(scratch.path("leg.\(ending)"), "-o", scratch.path("mix.wav"))
    let sound = try Sound(scratch.path("mix.wav"))
    #expect(sound.count == 48_000)
    #expect(abs(sound.level(hertz: 440, 0.1..<0.9) + 20) < 0.5)
  }

  @Test(arguments: ["0", "3", "99", "1025", "-1", "both"])
  func aChannelThatIsNotThereIsNamed(channel: String) throws {
    let call = try recordings.tone("call.wav", hertz: [440, 880], seconds: 1)
    let ended = try Partyline.tryMix("\(call),channel=\(channel)", "-o", scratch.path("mix.wav"))
    if ["3", "99"].contains(channel) {
      expectOneLine(ended, holding: call, "channel \(channel)", "2")
    } else {
      expectUsageError(ended, holding: call, "channel", "'\(channel)'")
    }
  }
}
