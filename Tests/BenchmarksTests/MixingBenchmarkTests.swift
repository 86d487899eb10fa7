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
    var frames: [Double] = []
    for number in 0..<voice.samples.count / MixFrame.samples {
      var frame = [Int16](repeating: 0, count: MixFrame.samples)
      var span = frame.mutableSpan
      talkers.fillFrame(number, into: &span)
      frames.append(frame.reduce(0) { $0 + Double($1) * Double($1) } / Double(MixFrame.samples))
    }
    let loudest = try #require(frames.max())
    let active = frames.filter { $0 > loudest * 1e-4 }
    let power = active.reduce(0, +) / Double(active.count) / (32_768 * 32_768)
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

@Suite struct SpeechFileTests {
  /// A stereo WAV file of 16 bits whose channels are a tone and silence.
  private func wave(rate: Int, seconds: Int) -> Data {
    func bytes<T: FixedWidthInteger>(_ value: T) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
    let samples = (0..<rate * seconds).flatMap { index -> [Int16] in
      [Int16(16_384 * sin(2 * .pi * 440 * Double(index) / Double(rate))), 0]
    }
    let body = samples.reduce(into: Data()) { $0 += bytes($1) }
    return Data("RIFF".utf8) + bytes(UInt32(36 + body.count)) + Data("WAVEfmt ".utf8) + bytes(UInt32(16))
      + bytes(UInt16(1)) + bytes(UInt16(2)) + bytes(UInt32(rate)) + bytes(UInt32(rate * 4)) + bytes(UInt16(4))
      + bytes(UInt16(16)) + Data("data".utf8) + bytes(UInt32(body.count)) + body
  }

  @Test(arguments: [8000, 44_100, 48_000])
  func aFileOfAnyRateBecomesMonoAt48Kilohertz(rate: Int) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).wav").path
    try wave(rate: rate, seconds: 1).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let speech = try SpeechFile.read(path)
    #expect(speech.count == 48_000)
    let middle = speech[12_000..<36_000]
    // Half of full scale on one of two channels: a tone of a quarter.
    #expect(abs((middle.max() ?? 0) - 0.25) < 0.001)
    let error = middle.indices.map { abs(speech[$0] - 0.25 * Float(sin(2 * .pi * 440 * Double($0) / 48_000))) }.max()
    #expect(try #require(error) < 0.001)
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
