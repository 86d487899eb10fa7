import Foundation
import MediaBase
import OfflineMixing
import Testing

@Suite("A manifest of legs")
struct LegManifestTests {
  // MARK: What is read

  @Test func everyFieldIsRead() throws {
    let manifest = try read(
      """
      {"$schema": "x", "title": "Weekly \\u2603", "legs": [
        {"file": "a.opus"},
        {"file": "/b/c.wav", "start": 12.5, "gain": -3, "pan": 0.25, "name": "Bob", "drift": 40, "channel": 2},
        {"file": "d.wav", "start": "1:02:03.5", "gain": "-inf", "channel": "each"},
        {"file": "e.wav", "start": "7", "gain": "2.5", "pan": "-1", "drift": "-0.5", "channel": "left"}]}
      """)
    var bob = LegSpecification(file: "/b/c.wav")
    (bob.start, bob.gain, bob.pan, bob.name, bob.driftPPM, bob.channel) = (12.5, Decibels(-3), 0.25, "Bob", 40, .one(2))
    var each = LegSpecification(file: "d.wav")
    (each.start, each.gain, each.channel) = (3723.5, .silence, .each)
    var texts = LegSpecification(file: "e.wav")
    (texts.start, texts.gain, texts.pan, texts.driftPPM, texts.channel) = (7, Decibels(2.5), -1, -0.5, .one(1))
    #expect(manifest.title == "Weekly ☃")
    #expect(manifest.legs == [LegSpecification(file: "a.opus"), bob, each, texts])
  }

  @Test func nothingButLegsIsNeeded() throws {
    #expect(try read(#"{"legs": []}"#) == read(#"{"title": null, "legs": []}"#))
    #expect(
      try read(#"{"legs": [{"file": "a", "start": null, "gain": null, "name": null, "channel": null}]}"#).legs
        == [LegSpecification(file: "a")])
  }

  @Test(arguments: [
    ("a.wav", "/x/y", "/x/y/a.wav"), ("a.wav", "x", "x/a.wav"), ("../a.wav", "x", "x/../a.wav"),
    ("/a.wav", "/x/y", "/a.wav"), ("a.wav", "", "a.wav"), ("a.wav", "/", "/a.wav"), ("a.wav", "x/", "x/a.wav"),
  ])
  func relativeFilesAreMeantFromTheFolder(_ file: String, folder: String, path: String) throws {
    let manifest = try LegManifest(Data(#"{"legs": [{"file": "\#(file)"}]}"#.utf8), folder: folder)
    #expect(manifest.legs.map(\.file) == [path])
  }

  @Test(arguments: [
    ("/m.json", "/"), ("/x/m.json", "/x"), ("x/m.json", "x"), ("m.json", ""), ("./m.json", "."), ("x//m.json", "x/"),
  ])
  func theFolderIsThatOfTheManifest(_ path: String, folder: String) {
    #expect(LegManifest.folder(of: path) == folder)
  }

  @Test func aFileIsReadFromItsOwnFolder() throws {
    let folder = try TemporaryFolder()
    try Data(#"{"legs": [{"file": "a.wav"}]}"#.utf8).write(to: URL(fileURLWithPath: folder("m.json")))
    #expect(try LegManifest(contentsOf: folder("m.json")).legs.map(\.file) == [folder("a.wav")])
  }

  /// JSON leaves open which of two equal fields holds; one of them does.
  @Test func aFieldGivenTwiceHasOneOfItsValues() throws {
    let legs = try read(#"{"legs": [{"file": "a", "gain": 1, "gain": 2}]}"#).legs
    #expect(legs.count == 1 && [Decibels(1), Decibels(2)].contains(legs[0].gain))
  }

  // MARK: What is refused

  @Test(arguments: [
    (#"[]"#, "the manifest must be an object in braces"),
    (#"{}"#, "legs must be an array of legs"),
    (#"{"legs": null}"#, "legs must be an array of legs"),
    (#"{"legs": {}}"#, "legs must be an array of legs"),
    (#"{"title": 3, "legs": []}"#, "title must be a text"),
    (#"{"legs": [], "Legs": []}"#, "the manifest has a field 'Legs' that does not exist; there are title, legs"),
    (#"{"legs": [{"file": "a"}, 3]}"#, "legs[1] must be an object in braces"),
    (#"{"legs": [{}]}"#, "legs[0].file must be the path of a recording"),
    (#"{"legs": [{"file": ""}]}"#, "legs[0].file must be the path of a recording"),
    (#"{"legs": [{"file": null}]}"#, "legs[0].file must be the path of a recording"),
    (#"{"legs": [{"file": 3}]}"#, "legs[0].file must be a text"),
    (#"{"legs": [{"file": "a\u0000b"}]}"#, "legs[0].file must be a path without a null byte"),
    (
      #"{"legs": [{"file": "a", "volume": 3}]}"#,
      "legs[0] has a field 'volume' that does not exist; there are file, start, gain, pan, name, drift, channel"
    ),
    (#"{"legs": [{"file": "a", "gain": true}]}"#, "legs[0].gain must be a number or a text"),
    (#"{"legs": [{"file": "a", "pan": false}]}"#, "legs[0].pan must be a number or a text"),
    (#"{"legs": [{"file": "a", "channel": true}]}"#, "legs[0].channel must be a number or a text"),
    (#"{"legs": [{"file": "a", "start": [1]}]}"#, "legs[0].start must be a number or a text"),
    (#"{"legs": [{"file": "a", "name": {}}]}"#, "legs[0].name must be a number or a text"),
    (
      #"{"legs": [{"file": "ok"}, {"file": "a", "start": -1}]}"#,
      "leg 'legs[1] (a)': start cannot be '-1'; it takes seconds from 0 on (at most 30 days), or h:mm:ss"
    ),
    (
      #"{"legs": [{"file": "a", "gain": 61}]}"#,
      "leg 'legs[0] (a)': gain cannot be '61'; it takes decibels from -120 to 60, or -inf"
    ),
    (
      #"{"legs": [{"file": "a", "channel": 1.5}]}"#,
      "leg 'legs[0] (a)': channel cannot be '1.5'; it takes 1 and up, left, right, each or all"
    ),
    (
      #"{"legs": [{"file": "a", "pan": "nan"}]}"#,
      "leg 'legs[0] (a)': pan cannot be 'nan'; it takes -1 (left) to 1 (right)"
    ),
    (#"{"legs": [{"file": "a", "name": ""}]}"#, "leg 'legs[0] (a)': name cannot be ''; it takes 1 to 200 characters"),
  ])
  func isRefusedWithItsPlace(_ text: String, description: String) {
    let error = #expect(throws: LegManifestError.self) { try read(text) }
    #expect(error?.description == description)
  }

  @Test(arguments: [
    "", " ", "{", "nonsense", "3", "\"text\"", "{\"legs\": [}", "{\"legs\": [{\"file\": \"a\", \"gain\": NaN}]}",
    "{\"legs\": [{\"file\": \"a\", \"gain\": Infinity}]}", "{\"legs\": []} x", "{\"legs\": [], // no\n}",
    "{'legs': []}",
    "{\"legs\": [{\"file\": \"\\ud800\"}]}", "{\"legs\": [{\"file\": \"a\", \"gain\": 01}]}", "\u{0}",
  ])
  func whatIsNoJSONIsRefusedInOneLine(_ text: String) {
    let error = #expect(throws: LegManifestError.self) { try read(text) }
    guard case .notJSON(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty && !reason.contains("\n"))
  }

  @Test func bytesThatAreNoTextAreRefused() {
    for bytes: [UInt8] in [
      [0xFF], [0xC3, 0x28], Array(repeating: 0x80, count: 100), [0xFE, 0xFF], [0xFF, 0xFE, 0, 0],
    ] {
      #expect(throws: LegManifestError.self) { try LegManifest(Data(bytes)) }
    }
    let text = Data(#"{"legs": [{"file": "a"#.utf8) + [0xFF] + Data(#""}]}"#.utf8)
    #expect(throws: LegManifestError.self) { try LegManifest(text) }
  }

  @Test(arguments: ["1e999", "-1e999", "1e400", "99999999999999999999999", "1E-999"])
  func numbersThatNothingHoldsAreRefusedOrZero(_ number: String) {
    if let legs = try? read(#"{"legs": [{"file": "a", "start": \#(number)}]}"#).legs { #expect(legs[0].start == 0) }
  }

  @Test(arguments: ["[", "{\"legs\":", "{\"legs\": [{\"file\": \"a\", \"start\": [", "{\"a\": ["], [600, 100_000])
  func deepNestingIsRefused(_ opening: String, depth: Int) {
    let text = opening + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(throws: LegManifestError.self) { try read(text) }
    #expect(throws: LegManifestError.self) { try read(String(repeating: opening, count: depth)) }
  }

  @Test func sixteenMebibytesAreTheMost() throws {
    let manifest = Data(#"{"legs": [{"file": "a"}]}"#.utf8)
    let padding = Data(repeating: UInt8(ascii: " "), count: LegManifest.longest - manifest.count)
    #expect(try LegManifest(manifest + padding).legs.count == 1)
    #expect(throws: LegManifestError.tooLong(bytes: LegManifest.longest + 1)) {
      try LegManifest(manifest + padding + Data(" ".utf8))
    }
  }

  @Test func tenThousandLegsAreTheMost() throws {
    let legs = { (count: Int) in
      "{\"legs\": [" + Array(repeating: #"{"file":"a"}"#, count: count).joined(separator: ",") + "]}"
    }
    #expect(try read(legs(LegManifest.mostLegs)).legs.count == LegManifest.mostLegs)
    #expect(throws: LegManifestError.tooManyLegs(LegManifest.mostLegs + 1)) { try read(legs(LegManifest.mostLegs + 1)) }
  }

  @Test func aFileThatIsNotThereIsNamed() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: LegManifestFileError.self) { try LegManifest(contentsOf: folder("no.json")) }
    #expect(missing?.description.contains(folder("no.json")) == true)
    #expect(throws: LegManifestFileError.self) { try LegManifest(contentsOf: folder.path) }
    try Data("{".utf8).write(to: URL(fileURLWithPath: folder("bad.json")))
    let bad = #expect(throws: LegManifestFileError.self) { try LegManifest(contentsOf: folder("bad.json")) }
    #expect(bad?.description.hasPrefix("the manifest \(folder("bad.json")) is not JSON: ") == true)
  }

  /// A good manifest with bytes changed, taken out and doubled is read or refused.
  @Test func noBytesBreakIt() {
    let good = Array(
      #"{"title":"T","legs":[{"file":"a.opus","start":"1:02","gain":-3e0,"pan":0.5,"name":"é","channel":2,"drift":null}]}"#
        .utf8)
    let odd = Array("{}[]\":,\\-+.eE019u \n\0ntf".utf8) + [0x80, 0xC3, 0xFF]
    var chance = SeededGenerator(seed: 8)
    var read = 0
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &chance) {
        let place = Int.random(in: 0..<bytes.count, using: &chance)
        switch Int.random(in: 0..<4, using: &chance) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(odd.randomElement(using: &chance) ?? 0, at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<min(place + 9, bytes.count)], at: place)
        default: bytes[place] = odd.randomElement(using: &chance) ?? 0
        }
      }
      if (try? LegManifest(Data(bytes))) != nil { read += 1 }
    }
    #expect(read > 0)
  }

  private func read(_ text: String) throws -> LegManifest { try LegManifest(Data(text.utf8)) }
}

@Suite("The schema of a manifest")
struct LegManifestSchemaTests {
  @Test func namesTheFieldsThatTheReaderTakes() throws {
    let schema = try Schema()
    let unknown = #expect(throws: LegManifestError.self) { try read(#"{"legs": [], "?": 1}"#) }
    let unknownOfLeg = #expect(throws: LegManifestError.self) { try read(#"{"legs": [{"file": "a", "?": 1}]}"#) }
    guard case .unknownField(_, _, let fields) = unknown, case .unknownField(_, _, let legFields) = unknownOfLeg else {
      Issue.record("an unknown field was not refused")
      return
    }
    #expect(Set(schema.fields.keys) == Set(fields + ["$schema"]))
    #expect(Set(schema.legFields.keys) == Set(legFields))
    for field in schema.legFields.keys where field != "file" {
      #expect(throws: Never.self, "\(field)") { try read(#"{"legs": [{"file": "a", "\#(field)": 1}]}"#) }
    }
    #expect(throws: Never.self) { try read(#"{"title": "a", "$schema": "b", "legs": []}"#) }
  }

  @Test func hasTheReadersLimits() throws {
    let schema = try Schema()
    #expect(schema.legs["maxItems"] as? Int == LegManifest.mostLegs)
    #expect(try schema.range("pan") == LegSpecification.Limits.pan)
    #expect(try schema.range("drift") == LegSpecification.Limits.driftPPM)
    #expect(try schema.range("start") == LegSpecification.Limits.start)
    #expect(try schema.range("gain") == LegSpecification.Limits.gaindB)
    let channels = LegSpecification.Limits.channel
    #expect(try schema.range("channel") == Double(channels.lowerBound)...Double(channels.upperBound))
    let name = try #require(schema.legFields["name"] as? [String: Any])
    #expect(name["maxLength"] as? Int == LegSpecification.Limits.nameLength)
  }

  @Test func theReaderTakesEveryChannelThatItNames() throws {
    let channel = try #require(try Schema().legFields["channel"] as? [String: Any])
    let choices = try #require(channel["oneOf"] as? [[String: Any]])
    let names = try #require(choices.compactMap { $0["enum"] as? [String] }.first)
    for name in names {
      #expect(throws: Never.self) { try read(#"{"legs": [{"file": "a", "channel": "\#(name)"}]}"#) }
    }
  }

  private func read(_ text: String) throws -> LegManifest { try LegManifest(Data(text.utf8)) }

  private struct Schema {
    let fields: [String: Any]
    let legs: [String: Any]
    let legFields: [String: Any]

    init() throws {
      let schema = try #require(try JSONSerialization.jsonObject(with: LegManifest.schema) as? [String: Any])
      fields = try #require(schema["properties"] as? [String: Any])
      legs = try #require(fields["legs"] as? [String: Any])
      let leg = try #require(legs["items"] as? [String: Any])
      legFields = try #require(leg["properties"] as? [String: Any])
    }

    /// A field's smallest and largest number, its own or that of the first of its choices.
    func range(_ field: String) throws -> ClosedRange<Double> {
      let own = try #require(legFields[field] as? [String: Any])
      let description = (own["oneOf"] as? [[String: Any]])?.first ?? own
      let lowest = try #require(description["minimum"] as? Double)
      return lowest...(try #require(description["maximum"] as? Double))
    }
  }
}
