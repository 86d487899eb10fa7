import Foundation
import Testing

/// Recordings that break off or have a bad place: the second is named, and `--keep-going` mixes the rest at its time.
@Suite struct DamagedLegTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var file: String
    var codec: String?
    /// Where the damage is, as a share of the file.
    var share: Double
    /// Bytes that are spoilt there; nothing where the file ends there.
    var spoiltBytes: Int?
    /// Seconds that may be lost.
    var lost: Double
  }

  static let damages: [Damage] = [
    Damage(testDescription: "Opus that is cut off", file: "leg.opus", codec: "libopus", share: 0.6, lost: 1.1),
    Damage(
      testDescription: "Opus with a spoilt page", file: "leg.opus", codec: "libopus", share: 0.5, spoiltBytes: 40,
      lost: 2.1),
    Damage(testDescription: "a WAV that is cut off", file: "leg.wav", codec: "pcm_s16le", share: 0.6, lost: 0.1),
    Damage(testDescription: "FLAC that is cut off", file: "leg.flac", share: 0.6, lost: 0.2),
    Damage(testDescription: "FLAC with a spoilt frame", file: "leg.flac", share: 0.5, spoiltBytes: 64, lost: 0.5),
  ]

  /// Ten seconds of a sine that grows no simpler for a codec, damaged.
  func make(_ damage: Damage) throws -> String {
    let murmur = try recordings.murmur("murmur.wav", seconds: 10, amplitude: 0.3)
    let path = scratch.path(damage.file)
    try Program.ffmpeg.run(
      ["-v", "error", "-y", "-i", murmur] + (damage.codec.map { ["-c:a", $0] } ?? [])
        + (damage.codec == "libopus" ? ["-vbr", "off"] : []) + [path])
    var bytes = try scratch.bytes(damage.file)
    let place = Int(Double(bytes.count) * damage.share)
    if let count = damage.spoiltBytes {
      for index in place..<place + count { bytes[index] ^= 0x5A }
    } else {
      bytes = bytes.prefix(place)
    }
    try scratch.write(bytes, to: damage.file)
    try FileManager.default.removeItem(atPath: murmur)
    return path
  }

  /// Seconds that a line names: `damaged at 5.980 s`.
  func second(in line: String) throws -> Double {
    let words = line.split(separator: " ")
    let place = try #require(words.firstIndex(of: "at"))
    return try #require(Double(words[place + 1]))
  }

  @Test(arguments: damages)
  func stopsTheMixAndIsNamedWithItsSecond(_ damage: Damage) throws {
    let leg = try make(damage)
    try scratch.write("before", to: "mix.wav")
    let ended = try Partyline.tryMix("\(leg)@2", "-o", scratch.path("mix.wav"), "--stems", scratch.path("stems"))
    expectOneLine(ended, holding: leg, "damaged at", "--keep-going")
    let second = try second(in: ended.errors)
    // FLAC's bytes do not run evenly with its time.
    #expect(abs(second - 10 * damage.share) <= max(1, damage.lost), "\(ended.errors)")
    #expect(try scratch.contents() == [damage.file, "mix.wav"])
    #expect(try scratch.bytes("mix.wav") == Data("before".utf8))
  }

  @Test(arguments: damages)
  func isPassedOverWithKeepGoingAndTheRestStaysAtItsTime(_ damage: Damage) throws {
    let whole = try make(
      Damage(testDescription: "", file: damage.file, codec: damage.codec, share: 0.5, spoiltBytes: 0, lost: 0))
    let expectedPath = scratch.path("expected.wav")
    try Partyline.mix("\(whole)@2", "-o", expectedPath, "--bits", "float")
    let expected = try Sound(expectedPath)
    let leg = try make(damage)
    let ended = try Partyline.tryMix("--keep-going", "\(leg)@2", "-o", scratch.path("mix.wav"), "--bits", "float")
    expectWarning(ended, holding: leg, "damaged at")
    let second = try second(in: ended.errors)
    let sound = try Sound(scratch.path("mix.wav"))
    #expect(Self.areAlike(sound, expected, 2.0..<2 + second - damage.lost))
    if damage.spoiltBytes != nil {
      #expect(sound.count == expected.count)
      // Ogg Opus needs 80 ms to come back to itself.
      #expect(Self.areAlike(sound, expected, 2 + second + damage.lost..<12))
    }
  }

  static func areAlike(_ one: Sound, _ other: Sound, _ time: Range<Double>) -> Bool {
    let (one, other) = (one.part(time), other.part(time))
    guard one.count == other.count else { return false }
    let error = zip(one, other).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let power = other.reduce(Float(0)) { $0 + $1 * $1 }
    return error < power * 1e-4
  }

  @Test func aDamagedLegIsInTheReport() throws {
    let leg = try make(Self.damages[0])
    let ended = try Partyline.tryMix("--keep-going", leg, "--json", "-")
    #expect(ended.exitCode == 0)
    let report = try #require(try JSONSerialization.jsonObject(with: ended.output) as? [String: Any])
    let legs = try #require(report["legs"] as? [[String: Any]])
    #expect((legs[0]["damage"] as? [Any])?.isEmpty == false)
    #expect((report["warnings"] as? [String])?.isEmpty == false)
  }
}
