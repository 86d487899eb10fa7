import Foundation
import Testing

/// A thousand legs, and a day.
@Suite struct ManyAndLongLegsTests {
  let scratch: ScratchDirectory
  let recordings: Recordings

  init() throws {
    scratch = try ScratchDirectory()
    recordings = Recordings(scratch: scratch)
  }

  /// A manifest of a thousand legs of half a second, one Ogg Opus and one WAV in turn.
  func thousand(start: (Int) -> Double) throws -> String {
    try recordings.tone("one.wav", hertz: 440, seconds: 0.5, amplitude: 0.0005)
    try recordings.tone("two.opus", hertz: [440], seconds: 0.5, amplitude: 0.0005, codec: "libopus")
    let legs = (0..<1000).map { index -> [String: Any] in
      ["file": index.isMultiple(of: 2) ? "one.wav" : "two.opus", "start": start(index), "name": "leg \(index)"]
    }
    try scratch.write(JSONSerialization.data(withJSONObject: ["legs": legs]), to: "call.json")
    return scratch.path("call.json")
  }

  @Test func aThousandLegsOneAfterAnother() throws {
    let manifest = try thousand { Double($0) * 0.1 }
    try Partyline.mix("--manifest", manifest, "-o", scratch.path("mix.wav"))
    #expect(try Sound(scratch.path("mix.wav")).count == Int((99.9 + 0.5) * 48_000 + 0.5))
  }

  /// All are open at one time: more files than a shell allows unasked.
  @Test func aThousandLegsAtOnce() throws {
    let manifest = try thousand { _ in 0.25 }
    let mix = scratch.path("mix.wav")
    let ended = try Partyline.bash("ulimit -S -n 256; exec \"$PARTYLINE\" mix --manifest '\(manifest)' -o '\(mix)'")
    #expect(ended.exitCode == 0 && ended.errors == "")
    let level = try Sound(mix).level(hertz: 440, 0.3..<0.7)
    #expect(abs(level - 20 * log10(0.5)) < 0.5)
  }

  @Test func whereMoreFilesAreForbiddenThatIsSaid() throws {
    let manifest = try thousand { _ in 0 }
    let ended = try Partyline.bash(
      "ulimit -n 256; exec \"$PARTYLINE\" mix --manifest '\(manifest)' -o '\(scratch.path("mix.wav"))'")
    expectOneLine(ended, holding: "too many files are open", "ulimit -n")
    #expect(try scratch.contents() == ["call.json", "one.wav", "two.opus"])
  }

  @Test func aLegAtTheEndOfALongCallIsWhereItBelongs() throws {
    let hour = try recordings.sparseWAV("hour.wav", frames: 3600 * 8000, rate: 8000)
    let leg = try recordings.tone("leg.wav", hertz: 440, seconds: 5)
    let mix = scratch.path("mix.flac")
    try Partyline.mix(hour, "\(leg)@59:50", "-o", mix)
    let tail = scratch.path("tail.wav")
    try Program.ffmpeg.run("-v", "error", "-ss", "3589", "-i", mix, "-c:a", "pcm_s16le", tail)
    let sound = try Sound(tail)
    #expect(sound.count == 11 * 48_000)
    #expect(sound.onset(above: 1e-3).map { abs($0 - 1) < 1e-3 } == true)
    #expect(sound.part(6.01..<11).allSatisfy { $0 == 0 })
  }

  @Test func aLegThatWouldEndAfterMoreThanSixtyDaysIsRefused() throws {
    // 35 days at 1000 Hz are less than the 4 GiB that a WAV can have.
    let days = try recordings.sparseWAV("days.wav", frames: 35 * 86_400 * 1000, rate: 1000, bitsPerSample: 8)
    // Were it not refused, it would fill the disk.
    let ended = try Partyline.bash(
      "ulimit -f 1000; exec \"$PARTYLINE\" mix '\(days)@2592000' -o '\(scratch.path("mix.wav"))'")
    expectOneLine(ended, holding: "days.wav", "earlier start")
  }
}
