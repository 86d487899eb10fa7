import Benchmarks
import Foundation
import MediaBase
import Testing

/// A few seconds of three made-up voices.
private func benchmark() throws -> MixingBenchmark {
  let recordings = (0..<3).map { index in
    var random = SeededGenerator(seed: UInt64(40 + index))
    return random.speech(pitch: 300 + 90 * index, count: 8 * AudioRate.samplesPerSecond)
  }
  return try #require(MixingBenchmark(recordings: recordings))
}

@Suite struct TalkersTests {
  @Test func talkersHaveTheLevelAskedFor() throws {
    var random = SeededGenerator(seed: 3)
    let voice = try #require(Voice(recording: random.speech(pitch: 400, count: 480_000)))
    let talkers = Talkers([voice], count: 1, level: Decibels(-30))
    var power = 0.0
    var frames: [Double] = []
    for number in 0..<voice.samples.count / MixFrame.samples {
      var frame = [Int16](repeating: 0, count: MixFrame.samples)
      var span = frame.mutableSpan
      talkers.fillFrame(number, into: &span)
      frames.append(frame.reduce(0) { $0 + Double($1) * Double($1) } / Double(MixFrame.samples))
    }
    let active = frames.filter { $0 > frames.max()! * 1e-4 }
    power = active.reduce(0, +) / Double(active.count) / (32_768 * 32_768)
    #expect(abs(Decibels(power: power).value + 30) < 0.1)
  }

  @Test func aLongPauseIsCutShort() throws {
    var random = SeededGenerator(seed: 3)
    let speech = random.noise(48_000)
    let voice = try #require(Voice(recording: speech + Array(repeating: 0, count: 96_000) + speech))
    #expect(voice.samples.count == 48_000 + 20 * MixFrame.samples + 48_000)
  }

  @Test func silenceIsNoVoice() {
    #expect(Voice(recording: Array(repeating: 0, count: 9600)) == nil)
    #expect(Voice(recording: []) == nil)
    #expect(MixingBenchmark(recordings: [[0, 0], []]) == nil)
  }

  @Test func talkersOfOneVoiceSpeakAtDifferentTimesAndOneCanBeSilent() throws {
    var random = SeededGenerator(seed: 3)
    let voice = try #require(Voice(recording: random.noise(96_000)))
    let talkers = Talkers([voice], count: 3, level: Decibels(-20))
    var frame = [Int16](repeating: 0, count: 3 * MixFrame.samples)
    var span = frame.mutableSpan
    talkers.fillFrame(7, silent: 1, into: &span)
    #expect(frame[960..<1920].allSatisfy { $0 == 0 })
    #expect(Array(frame[0..<960]) != Array(frame[1920..<2880]))
  }
}

@Suite struct MixingBenchmarkTests {
  @Test func partylineLeadsWhereTheSumExceedsFullScale() throws {
    var benchmark = try benchmark()
    benchmark.talkers = [5, 8]
    benchmark.levels = [Decibels(-12)]
    benchmark.seconds = 8
    benchmark.listeners = 2
    let results = benchmark.run()
    #expect(results.rows.count == 10)
    for group in [results.rows[0..<5], results.rows[5..<10]] {
      let ours = try #require(group.first { $0.mix == PartylineMix.title })
      #expect(ours.overFullScale > 0)
      #expect(ours.ownVoiceCaused == nil)
      for peer in group where peer.mix != ours.mix {
        #expect(try #require(ours.distortion) > #require(peer.distortion), "\(peer.mix)")
        #expect(try #require(ours.noiseToMask) < #require(peer.noiseToMask), "\(peer.mix)")
      }
    }
    let asterisk = try #require(results.rows.first { $0.mix == AsteriskMix.title })
    #expect(try #require(asterisk.ownVoiceCaused) > Decibels(-60))
  }

  @Test func everyBridgeIsExactWhereTheSumFits() throws {
    var benchmark = try benchmark()
    benchmark.talkers = [3]
    benchmark.levels = [Decibels(-50)]
    benchmark.seconds = 2
    for row in benchmark.run().rows {
      #expect(row.overFullScale == 0)
      #expect(row.plainDistortion == nil, "\(row.mix)")
      #expect(row.ownVoiceCaused == nil, "\(row.mix)")
    }
  }

  @Test func theTableMarksTheRoomsThatExceedFullScale() {
    func row(_ mix: String, over: Double, leak: Decibels?) -> MixingRow {
      MixingRow(
        talkers: 3, level: Decibels(over > 0 ? -12 : -30), overFullScale: over, mix: mix, distortion: Decibels(34.56),
        noiseToMask: nil, plainDistortion: nil, ownVoiceCaused: leak, ownVoiceFoundAtMost: nil)
    }
    let table = MixingResults(rows: [
      row("One", over: 0, leak: nil), row("Other", over: 0, leak: nil),
      row("One", over: 0.0123, leak: Decibels(-50)), row("Other", over: 0.0123, leak: nil),
    ]).description
    #expect(table.contains("talkers  level       over         One       Other"))
    #expect(table.contains("      3    -30        0           34.6        34.6"))
    #expect(table.contains("      3    -12  1.2300 % *       -50.0        none"))
  }

  @Test func resultsGoThroughJSON() throws {
    let row = MixingRow(
      talkers: 3, level: Decibels(-12), overFullScale: 0.5, mix: "One", distortion: nil, noiseToMask: Decibels(-3),
      plainDistortion: nil, ownVoiceCaused: nil, ownVoiceFoundAtMost: nil)
    let results = MixingResults(rows: [row])
    let copy = try JSONDecoder().decode(MixingResults.self, from: JSONEncoder().encode(results))
    #expect(copy == results)
  }
}
