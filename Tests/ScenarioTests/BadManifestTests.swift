import Foundation
import Testing

/// Manifests that cannot be used: one line says which, where in it, and what is expected.
@Suite struct BadManifestTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
    try Recordings(scratch: scratch).tone("leg.wav", hertz: 440, seconds: 0.1)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var json: String
    var words: [String]
    var testDescription: String { String(json.prefix(80)) }
    init(_ json: String, _ words: String...) { (self.json, self.words) = (json, words) }
    /// One leg with a setting.
    init(leg setting: String, _ words: String...) {
      (json, self.words) = (#"{"legs": [{"file": "leg.wav", \#(setting)}]}"#, words)
    }
  }

  static let manifests: [Bad] = [
    Bad("", "not JSON"), Bad("{\"legs\": [", "not JSON"), Bad("legs: leg.wav", "not JSON"), Bad("\0\0\0\0", "not JSON"),
    Bad("[]", "object"), Bad("5", "object"), Bad("null", "object"), Bad("{}", "legs", "array"),
    Bad(#"{"legs": {}}"#, "legs", "array"), Bad(#"{"legs": []}"#, "nothing to mix"),
    Bad(#"{"legs": [5]}"#, "legs[0]", "object"), Bad(#"{"legs": [{}]}"#, "legs[0].file"),
    Bad(#"{"legs": [{"file": ""}]}"#, "legs[0].file"), Bad(#"{"legs": [{"file": 5}]}"#, "legs[0].file"),
    Bad(#"{"legs": [{"file": "a\u0000b"}]}"#, "legs[0].file", "null byte"),
    Bad(#"{"title": 5, "legs": [{"file": "leg.wav"}]}"#, "title"),
    Bad(#"{"titel": "x", "legs": [{"file": "leg.wav"}]}"#, "titel", "title"),
    Bad(leg: #""volume": 3"#, "legs[0]", "volume", "gain"), Bad(leg: #""start": -1"#, "legs[0]", "start", "-1"),
    Bad(leg: #""start": 1e999"#, "1e999"), Bad(leg: #""start": 123456789012345678901234567890"#, "start", "30 days"),
    Bad(leg: #""start": true"#, "legs[0].start"), Bad(leg: #""start": "soon""#, "start", "soon"),
    Bad(leg: #""start": [1]"#, "legs[0].start"), Bad(leg: #""gain": 61"#, "gain", "61"),
    Bad(leg: #""gain": "nan""#, "gain", "nan"), Bad(leg: #""gain": "0x10""#, "gain"), Bad(leg: #""pan": 1.01"#, "pan"),
    Bad(leg: #""drift": 10001"#, "drift"), Bad(leg: #""channel": 0"#, "channel"),
    Bad(leg: #""channel": 1.5"#, "channel", "1.5"), Bad(leg: #""channel": 1e30"#, "channel"),
    Bad(leg: #""name": """#, "name"), Bad(leg: #""name": "\#(String(repeating: "n", count: 201))""#, "name", "200"),
  ]

  func expectRefusal(_ words: [String]) throws {
    let before = try scratch.contents()
    let ended = try Partyline.tryMix("--manifest", scratch.path("bad.json"), "-o", scratch.path("mix.wav"))
    expectOneLine(ended)
    for word in words { #expect(ended.errors.contains(word), "\(ended.errors)") }
    #expect(try scratch.contents() == before)
  }

  @Test(arguments: manifests)
  func isRefused(_ bad: Bad) throws {
    try scratch.write(bad.json, to: "bad.json")
    try expectRefusal(bad.words)
  }

  @Test(arguments: ["[", "{\"legs\":", "[{\"legs\":"])
  func deepNestingIsRefused(opening: String) throws {
    try scratch.write(String(repeating: opening, count: 100_000), to: "bad.json")
    try expectRefusal(["not JSON"])
    let closing = String(opening.reversed().compactMap { ["[": "]", "{": "}"][$0] })
    try scratch.write(
      String(repeating: opening, count: 100_000) + "1" + String(repeating: closing, count: 100_000), to: "bad.json")
    try expectRefusal(["not JSON"])
  }

  @Test func tooManyLegsAreRefused() throws {
    try scratch.write(
      #"{"legs": ["# + String(repeating: #"{"file": "leg.wav"},"#, count: 10_000) + #"{"file": "leg.wav"}]}"#,
      to: "bad.json")
    try expectRefusal(["10001", "10000"])
  }

  @Test func aFileWithoutEndIsRefused() throws {
    let ended = try Partyline.tryMix("--manifest", "/dev/zero", "-o", scratch.path("mix.wav"))
    expectOneLine(ended, holding: "/dev/zero", "too long")
  }

  @Test func aMissingManifestIsNamed() throws {
    let missing = try Partyline.tryMix("--manifest", scratch.path("no.json"), "-o", scratch.path("mix.wav"))
    expectOneLine(missing, holding: "cannot read the manifest \(scratch.path("no.json")): no such file")
    let folder = try Partyline.tryMix("--manifest", scratch.url.path, "-o", scratch.path("mix.wav"))
    expectOneLine(folder, holding: "cannot read the manifest \(scratch.url.path): it is a directory")
  }

  @Test func filesAreMeantFromTheManifestsFolder() throws {
    try scratch.write(#"{"legs": [{"file": "leg.wav", "start": "0:01", "name": "A"}]}"#, to: "good.json")
    let ended = try Partyline.bash(
      "cd / && exec \"$PARTYLINE\" mix --manifest '\(scratch.path("good.json"))' -o '\(scratch.path("mix.wav"))'")
    #expect(ended.exitCode == 0 && ended.errors == "")
    #expect(try Sound(scratch.path("mix.wav")).count == 52_800)
  }
}
