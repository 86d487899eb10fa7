import Foundation
import OfflineMixing
import Testing

@Suite("Who speaks when in the sample conference")
struct ConferenceSpeechTests {
  @Test func everyLegAndTheOverlapAreWhatTheScriptSays() throws {
    let report = try report()
    #expect(report.legs.count == truth.count)
    var spoken = Array(repeating: 0, count: 64 * 50)
    for (leg, (name, intervals)) in zip(report.legs, truth) {
      #expect(leg.name.hasPrefix(name))
      let (found, expected) = (frames(leg.speech.map { ($0.start, $0.end) }), frames(intervals))
      let own = Int(leg.interval.start * 50)..<Int(leg.interval.end * 50)
      let right = own.count { found.contains($0) == expected.contains($0) }
      let share = Double(right) / Double(own.count)
      #expect(share >= 0.98, "\(name): \(share) of all frames are right")
      for frame in expected { spoken[frame] += 1 }
    }
    let overlap = Double(spoken.count { $0 >= 2 }) / 50
    #expect(abs(report.talk.overlapSeconds / overlap - 1) < 0.05)
  }

  private func report() throws -> MixReport {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let manifest = try LegManifest(contentsOf: root.path + "/Samples/conference/conference.json")
    var job = OfflineMixJob(legs: manifest.legs)
    job.wantsReport = true
    return try #require(try OfflineMix(job).run().report)
  }

  private func frames(_ intervals: [(Double, Double)]) -> Set<Int> {
    Set(intervals.flatMap { Int(($0.0 * 50).rounded())..<Int(($0.1 * 50).rounded()) })
  }

  /// From the voices as espeak-ng renders the script's lines, before any room, level or coding: where 10 ms of a voice are
  /// less than 30 dB below that voice's RMS, with pauses of 400 ms bridged.
  private let truth: [(name: String, [(Double, Double)])] = [
    (
      "Alice",
      [(0.8, 5.97), (23.2, 27.34), (31.5, 34.22), (45.2, 48.21), (53.8, 58.18), (60.2, 61.55)]
    ),
    ("Bob", [(6.0, 9.31), (15.4, 17.59), (46.8, 48.89), (57.2, 58.82)]),
    ("Moira", [(12.6, 16.19), (47.1, 49.19), (58.4, 60.11)]),
    ("Li Wei", [(19.0, 23.12), (27.2, 30.11), (49.2, 51.37), (59.2, 59.84)]),
    ("Dave", [(9.4, 12.06), (27.9, 31.45)]),
    ("Mr Zhang", [(38.9, 43.68), (51.2, 53.08)]),
    ("Emma", [(34.2, 39.41), (42.9, 44.6), (52.4, 53.25)]),
  ]
}
