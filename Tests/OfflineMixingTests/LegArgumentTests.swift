import MediaBase
import OfflineMixing
import Testing

@Suite("A leg on the command line")
struct LegArgumentTests {
  struct Good: CustomTestStringConvertible, Sendable {
    let argument: String
    let leg: LegSpecification
    var testDescription: String { argument }

    init(_ argument: String, _ file: String, _ change: (inout LegSpecification) -> Void = { _ in }) {
      self.argument = argument
      var leg = LegSpecification(file: file)
      change(&leg)
      self.leg = leg
    }
  }

  @Test(arguments: [
    Good("alice.opus", "alice.opus"),
    Good("bob.wav@12.5", "bob.wav") { $0.start = 12.5 },
    Good("bob.wav@.5", "bob.wav") { $0.start = 0.5 },
    Good("bob.wav@+3", "bob.wav") { $0.start = 3 },
    Good("bob.wav@1e3", "bob.wav") { $0.start = 1000 },
    Good("bob.wav@2:30", "bob.wav") { $0.start = 150 },
    Good("bob.wav@1:02:03.5", "bob.wav") { $0.start = 3723.5 },
    Good("bob.wav@90:00", "bob.wav") { $0.start = 5400 },
    Good("bob.wav@2592000", "bob.wav") { $0.start = 2_592_000 },
    Good("carol.flac@3,gain=-3,pan=0.4", "carol.flac") {
      $0.start = 3
      $0.gain = Decibels(-3)
      $0.pan = 0.4
    },
    Good("carol.flac,start=3", "carol.flac") { $0.start = 3 },
    Good("carol.flac@3,start=5", "carol.flac") { $0.start = 5 },
    Good("carol.flac,gain=3,gain=-3", "carol.flac") { $0.gain = Decibels(-3) },
    Good("carol.flac,gain=-inf", "carol.flac") { $0.gain = .silence },
    Good("carol.flac,drift=-35.5", "carol.flac") { $0.driftPPM = -35.5 },
    Good("call.wav,channel=left", "call.wav") { $0.channel = .one(1) },
    Good("call.wav,channel=right", "call.wav") { $0.channel = .one(2) },
    Good("call.wav,channel=1024", "call.wav") { $0.channel = .one(1024) },
    Good("call.wav,channel=each", "call.wav") { $0.channel = .each },
    Good("call.wav,channel=all", "call.wav") { $0.channel = .all },
    Good("a.wav,name=Li Wei 李薇", "a.wav") { $0.name = "Li Wei 李薇" },
    Good("a.wav,name=x=y", "a.wav") { $0.name = "x=y" },
    Good("a.wav,name=bob@example.org", "a.wav") { $0.name = "bob@example.org" },
    // Names of files with what separates settings elsewhere.
    Good("one, two.wav", "one, two.wav"),
    Good("one, two.wav,gain=1", "one, two.wav") { $0.gain = Decibels(1) },
    Good("x=1,y.wav", "x=1,y.wav"),
    Good("a,=b", "a,=b"),
    Good("a,2=b", "a,2=b"),
    Good("me@home.wav", "me@home.wav"),
    Good("me@home.wav@4", "me@home.wav") { $0.start = 4 },
    Good("me@7@0", "me@7"),
    Good("a.wav@", "a.wav@"),
    Good("a@1.wav", "a@1.wav"),
    Good("a@e", "a@e"),
    Good("-", "-"),
    Good("/tmp/ü/ö.opus@3", "/tmp/ü/ö.opus") { $0.start = 3 },
  ])
  func isReadAsWritten(_ good: Good) throws {
    #expect(try LegArgument.parse(good.argument) == good.leg)
  }

  @Test(arguments: ["", "@3", ",gain=3", "@3,gain=3", "@0,name=x"])
  func namesAFile(_ argument: String) {
    #expect(throws: LegSpecificationError.noFile(leg: argument)) { try LegArgument.parse(argument) }
  }

  @Test(arguments: ["volume", "Gain", "file", "starts"])
  func hasNoOtherSettings(_ setting: String) {
    let argument = "a.wav,\(setting)=1"
    #expect(throws: LegSpecificationError.unknownSetting(setting, leg: argument)) { try LegArgument.parse(argument) }
  }

  @Test(arguments: [
    (
      "start",
      ["", "-1", "2592001", "1e999", "nan", "inf", "0x10", " 1", "1 ", "1:60", "1:-5", "1:2:3:4", ":", "1:", ":1", "٣"]
    ),
    ("gain", ["", "-120.5", "60.01", "inf", "+inf", "-Inf", "nan", "1e999", "0x1", "1,", "3dB"]),
    ("pan", ["", "1.001", "-1.001", "left", "nan"]),
    ("drift", ["", "10001", "-10001", "50ppm"]),
    ("channel", ["", "0", "-1", "1025", "1.5", "Left", "both", "99999999999999999999"]),
    ("name", [""]),
  ])
  func refusesValuesOutOfRange(_ setting: String, values: [String]) {
    for value in values {
      let argument = "a.wav,\(setting)=\(value)"
      // A comma ends a setting: what follows it makes all of it a file's name.
      guard !value.contains(",") else { continue }
      let error = #expect(throws: LegSpecificationError.self) { try LegArgument.parse(argument) }
      guard case .badValue(value, setting, argument, _) = error else {
        Issue.record("\(argument): \(String(describing: error))")
        continue
      }
      #expect(error?.description.contains(setting) == true)
    }
  }

  @Test(arguments: ["-1", "1:60", "2592001", "1e999", "-"])
  func refusesAStartOutOfRange(_ start: String) {
    let error = #expect(throws: LegSpecificationError.self) { try LegArgument.parse("a.wav@\(start)") }
    guard case .badValue(start, "start", _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aNameHas200CharactersAtMost() throws {
    let longest = String(repeating: "李", count: LegSpecification.Limits.nameLength)
    #expect(try LegArgument.parse("a.wav,name=\(longest)").name == longest)
    #expect(throws: LegSpecificationError.self) { try LegArgument.parse("a.wav,name=\(longest)x") }
  }

  /// Whatever is typed is read or refused, and what is read can be used.
  @Test func noTextBreaksIt() {
    let pieces = [
      "@", ",", "=", ":", ".", "+", "-", "e", "E", "0", "1", "9", "60", "1e308", "nan", "inf", "gain", "pan", "start",
      "name", "drift", "channel", "each", "a", "ü", "李", "👩‍👩‍👧", "\u{0}", "\n", " ", "\u{301}", "\u{202E}", "٣", "/",
    ]
    var chance = SeededGenerator(seed: 5)
    var read = 0
    for _ in 0..<50_000 {
      let text = (0..<Int.random(in: 0...12, using: &chance)).map { _ in pieces.randomElement(using: &chance) ?? "" }
      guard let leg = try? LegArgument.parse(text.joined()) else { continue }
      read += 1
      let isUsable =
        !leg.file.isEmpty && LegSpecification.Limits.start.contains(leg.start) && !leg.gain.value.isNaN
        && leg.pan.map(LegSpecification.Limits.pan.contains) != false
        && LegSpecification.Limits.driftPPM.contains(leg.driftPPM)
      #expect(isUsable, "\(text.joined().debugDescription)")
    }
    #expect(read > 10_000)
  }
}
