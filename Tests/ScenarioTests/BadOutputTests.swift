import Foundation
import Testing

/// Outputs that cannot be written, and what is there afterwards.
@Suite struct BadOutputTests {
  let scratch: ScratchDirectory
  let recordings: Recordings
  let leg: String

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
    leg = try recordings.tone("leg.wav", hertz: 440, seconds: 2)
  }

  // MARK: Places where nothing can be written

  static let places: [(name: String, words: String)] = [
    ("nowhere/mix.wav", "create it first"), ("leg.wav/mix.wav", "no directory"), ("folder.wav", "is a directory"),
    ("\(String(repeating: "x", count: 300)).wav", "name is too long"),
  ]

  @Test(arguments: places, ["-o", "--report", "--json"])
  func isToldOfBeforeAnythingIsMixed(place: (name: String, words: String), option: String) throws {
    try FileManager.default.createDirectory(atPath: scratch.path("folder.wav"), withIntermediateDirectories: true)
    let before = try scratch.contents()
    let other = option == "-o" ? ["--normalize", "-16"] : ["-o", scratch.path("other.wav")]
    let ended = try Partyline.tryMix([leg, option, scratch.path(place.name)] + other)
    expectOneLine(ended, holding: scratch.path(place.name), place.words)
    #expect(try scratch.contents() == before)
  }

  @Test(arguments: ["--mix-minus", "--stems"])
  func aFolderThatCannotBeMadeIsNamed(option: String) throws {
    let ended = try Partyline.tryMix(leg, option, "\(leg)/folder")
    expectOneLine(ended, holding: "\(leg)/folder")
    #expect(try scratch.contents() == ["leg.wav"])
  }

  @Test(arguments: ["opus", "wav", "flac"])
  func aFullDeviceIsNamed(format: String) throws {
    let ended = try Partyline.tryMix(leg, "-o", "/dev/full", "--format", format)
    expectOneLine(ended, holding: "/dev/full", "disk is full", "free some space")
    #expect(try scratch.contents() == ["leg.wav"])
  }

  @Test(arguments: ["mix.xyz", "mix", "mix.mp3"])
  func anEndingThatTellsNoFormatIsAskedAbout(name: String) throws {
    expectUsageError(
      try Partyline.tryMix(leg, "-o", scratch.path(name)), holding: scratch.path(name), ".opus", "--format")
  }

  // MARK: Outputs that are legs

  @Test func anOutputIsNotWrittenOverALeg() throws {
    let before = try scratch.bytes("leg.wav")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("symbolic.wav"), withDestinationPath: leg)
    try FileManager.default.linkItem(atPath: leg, toPath: scratch.path("hard.wav"))
    try FileManager.default.createDirectory(atPath: scratch.path("folder"), withIntermediateDirectories: true)
    let spellings = [leg, scratch.path("symbolic.wav"), scratch.path("hard.wav"), scratch.path("folder/.././leg.wav")]
    for output in spellings {
      for option in ["-o", "--report", "--json"] {
        let ended = try Partyline.tryMix(leg, option, output)
        expectOneLine(ended, holding: output, "is the leg", "choose another name")
      }
    }
    let stems = try Partyline.tryMix(leg, "--stems", scratch.url.path)
    expectOneLine(stems, holding: leg, "is the leg")
    #expect(try scratch.bytes("leg.wav") == before)
    #expect(try scratch.contents() == ["folder", "hard.wav", "leg.wav", "symbolic.wav"])
  }

  @Test func twoOutputsAreNotOneFile() throws {
    let folder = scratch.path("both")
    expectOneLine(
      try Partyline.tryMix(leg, "--format", "wav", "--mix-minus", folder, "--stems", folder), holding: "same file")
    expectOneLine(
      try Partyline.tryMix(leg, "-o", scratch.path("both/leg.wav"), "--stems", scratch.path("./both")),
      holding: "same file")
    expectOneLine(
      try Partyline.tryMix(leg, "-o", scratch.path("mix.wav"), "--json", scratch.path("mix.wav")), holding: "same file")
    #expect(try scratch.contents() == ["leg.wav"])
  }

  // MARK: A full disk

  static let outputs: [[String]] = [
    ["-o", "OUT/mix.wav"], ["-o", "OUT/mix.opus", "--bitrate", "512"], ["-o", "OUT/mix.flac", "--bits", "24"],
    ["--mix-minus", "OUT/new/minus", "--format", "wav"], ["--stems", "OUT/new/stems"],
    ["-o", "OUT/mix.wav", "--mix-minus", "OUT/minus", "--stems", "OUT/stems", "--report", "OUT/mix.html"],
  ]

  /// As `ulimit -f` counts: 64 KiB a file.
  @Test(arguments: outputs)
  func aFileThatMayNotGrowIsNamedAndNothingIsLeft(_ outputs: [String]) throws {
    let noise = try recordings.murmur("noise.wav", seconds: 20, amplitude: 0.3)
    let arguments = outputs.map { $0.replacingOccurrences(of: "OUT", with: scratch.url.path) }
    let words = arguments.map { "'\($0)'" }.joined(separator: " ")
    let ended = try Partyline.bash("trap '' XFSZ; ulimit -f 64; exec \"$PARTYLINE\" mix '\(noise)' '\(leg)' \(words)")
    expectOneLine(ended, holding: "cannot write \(scratch.url.path)/", "choose another place")
    #expect(try scratch.contents() == ["leg.wav", "noise.wav"])
  }

  /// A real file system of 256 KiB, in a mount namespace of the test's own; without root, in a user namespace.
  @Test(arguments: outputs)
  func aFullDiskIsNamedAndNothingIsLeft(_ outputs: [String]) throws {
    let noise = try recordings.murmur("noise.wav", seconds: 20, amplitude: 0.3)
    let disk = scratch.path("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let words = outputs.map { "'\($0.replacingOccurrences(of: "OUT", with: disk))'" }.joined(separator: " ")
    let ended = try Partyline.bash(
      """
      if [ "$(id -u)" = 0 ]; then user=; else user=--map-root-user; fi
      exec unshare -m $user bash -c '
        mount -t tmpfs -o size=256k none "$DISK" && echo before > "$DISK/mix.wav" || exit 99
        "$PARTYLINE" mix "$0" "$@"; code=$?
        find "$DISK" -mindepth 1 -printf "%P "; cat "$DISK/mix.wav"
        exit $code' '\(noise)' '\(leg)' \(words)
      """, environment: ["DISK": disk])
    expectOneLine(ended, holding: "cannot write \(disk)/", "the disk is full", "free some space")
    #expect(ended.text == "mix.wav before\n")
  }

  // MARK: Standard streams

  @Test(arguments: ["opus", "wav", "flac"])
  func aReaderThatGoesAwayIsTold(format: String) throws {
    let long = try recordings.murmur("long.wav", seconds: 30, amplitude: 0.3)
    let ended = try Partyline.bash(
      "\"$PARTYLINE\" mix '\(long)' -o - --format \(format) | head -c 100 >/dev/null; exit ${PIPESTATUS[0]}")
    expectOneLine(ended, holding: "standard output", "gone")
  }

  @Test(arguments: ["-o", "--json", "--report"])
  func aClosedStandardOutputIsTold(option: String) throws {
    let ended = try Partyline.bash("exec \"$PARTYLINE\" mix '\(leg)' \(option) - >&-")
    expectOneLine(ended, holding: "standard output")
  }

  @Test func theSchemaToAFullDeviceIsAFailureAndNoCrash() throws {
    expectOneLine(try Partyline.bash("exec \"$PARTYLINE\" mix --schema >/dev/full"), holding: "standard output", "full")
  }

  @Test(arguments: ["2>&-", "2>/dev/full", "2> >(exec true)"])
  func whoeverListensToComplaintsOrNotNothingElseChanges(redirection: String) throws {
    let bad = try Partyline.bash(
      "exec \"$PARTYLINE\" mix /nowhere/leg.wav -o '\(scratch.path("mix.wav"))' \(redirection)")
    #expect(!bad.wasKilled && bad.exitCode == 1)
    try Partyline.mix(leg, "-o", scratch.path("expected.wav"))
    // A warning is due; with the stream closed, its number must not be the mix's.
    let good = try Partyline.bash(
      "exec \"$PARTYLINE\" mix --keep-going '\(leg)' /nowhere/leg.wav -o '\(scratch.path("mix.wav"))' \(redirection)")
    #expect(!good.wasKilled && good.exitCode == 0)
    #expect(try scratch.bytes("mix.wav") == scratch.bytes("expected.wav"))
    #expect(try scratch.contents() == ["expected.wav", "leg.wav", "mix.wav"])
  }

  @Test func standardOutputTakesOneThingOnly() throws {
    for two in [["-o", "-", "--json", "-"], ["-o", "-", "--report", "-"], ["--report", "-", "--json", "-"]] {
      let ended = try Partyline.tryMix([leg] + two)
      expectUsageError(ended, holding: "Standard output")
    }
  }
}
