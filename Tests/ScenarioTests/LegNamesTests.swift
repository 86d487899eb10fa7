import Foundation
import Testing

/// Legs' names become files' names: one file for each leg, and none of them outside its folder.
@Suite struct LegNamesTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
    try recordings.tone("leg.wav", hertz: 440, seconds: 0.1)
  }

  func stems(_ names: [String]) throws -> [String] {
    let legs = names.map { ["file": "leg.wav", "name": $0] }
    try scratch.write(JSONSerialization.data(withJSONObject: ["legs": legs]), to: "call.json")
    try Partyline.mix(
      "--manifest", scratch.path("call.json"), "--stems", scratch.path("stems"), "--mix-minus", scratch.path("minus"))
    let stems = try FileManager.default.contentsOfDirectory(atPath: scratch.path("stems")).sorted()
    let minus = try FileManager.default.contentsOfDirectory(atPath: scratch.path("minus")).sorted()
    #expect(stems.count == names.count && minus.count == names.count)
    let inside = ["call.json", "leg.wav", "minus", "stems"]
    #expect(try scratch.contents() == (inside + stems.map { "stems/\($0)" } + minus.map { "minus/\($0)" }).sorted())
    return stems
  }

  @Test func legsOfOneNameAreNumbered() throws {
    #expect(try stems(["Alice", "Alice", "alice", "Bob"]) == ["Alice-2.wav", "Alice.wav", "Bob.wav", "alice-3.wav"])
  }

  @Test func namesThatBecomeOneFileNameAreNumbered() throws {
    #expect(try stems(["a/b", "a_b", "a\\b", "a\nb"]) == ["a_b-2.wav", "a_b-3.wav", "a_b-4.wav", "a_b.wav"])
  }

  @Test func aLegsNameThatLooksLikeANumberedOneIsNoTrouble() throws {
    #expect(try stems(["a-2", "a", "a", "a-2"]).count == 4)
  }

  @Test(arguments: [
    "..", "../..", "../../../../tmp/x", "/etc/passwd", ".hidden", "a\0b", "new\nline\u{1B}[31m", "-o", "~",
    "*?\"'$(id)`",
    "🎙️👨‍👩‍👧‍👦 李薇", " ", "e\u{301}",
  ])
  func aNameStaysInItsFolder(name: String) throws {
    let stems = try stems([name, "other"])
    #expect(stems.allSatisfy { !$0.hasPrefix(".") })
    #expect(stems.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } })
  }

  @Test func longNamesAreCutToWhatAFileSystemTakesAndStayDistinct() throws {
    let long = String(repeating: "n", count: 200)
    let emoji = String(repeating: "👨‍👩‍👧‍👦", count: 199)
    let stems = try stems([long, long.dropLast() + "m", emoji + "a", emoji + "b"])
    #expect(stems.allSatisfy { $0.utf8.count <= 255 })
  }

  @Test func theFilesOwnNameMayBeAsLongAsAFileSystemTakes() throws {
    let name = String(repeating: "ü", count: 125) + ".wav"
    try FileManager.default.moveItem(atPath: scratch.path("leg.wav"), toPath: scratch.path(name))
    try Partyline.mix(scratch.path(name), "--stems", scratch.path("stems"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("stems")).count == 1)
  }

  @Test func aNameOf300CharactersOnTheCommandLineIsRefused() throws {
    let name = String(repeating: "n", count: 300)
    expectUsageError(
      try Partyline.tryMix("\(scratch.path("leg.wav")),name=\(name)", "--stems", scratch.path("stems")),
      holding: "name", "200")
  }

  @Test(arguments: ["a,b@3.wav", "me@home.wav", "x=1,y.wav", "-o.wav", "🎙.wav", " .wav", "a\nb.wav"])
  func aFilesNameMayHoldWhatSettingsAreWrittenWith(name: String) throws {
    try FileManager.default.copyItem(atPath: scratch.path("leg.wav"), toPath: scratch.path(name))
    try Partyline.mix(scratch.path(name), "-o", scratch.path("mix.flac"))
    #expect(try Sound(scratch.path("mix.flac")).count == 4800)
  }

  @Test func aControlCharacterInANameDoesNotReachTheTerminal() throws {
    let ended = try Partyline.tryMix(scratch.path("\u{1B}[2Jno\nsuch.wav"), "-o", scratch.path("mix.wav"))
    expectOneLine(ended, holding: "no such file")
    #expect(!ended.errors.contains("\u{1B}"))
  }
}
