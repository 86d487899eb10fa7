import Foundation
import MediaBase
import Mixing
import Testing

@Suite("Loudness meter")
struct LoudnessMeterTests {
  /// A sine of `decibels` peak against full scale, as long as `seconds`, the same in each channel.
  static func sine(
    _ decibels: Double, seconds: Double, hertz: Double = 1_000, phase: Double = 0, channels: Int = 2
  ) -> [Float] {
    let amplitude = Decibels(decibels).linear
    return (0..<Int(seconds * 48_000)).flatMap { frame in
      let value = Float(amplitude * sin(2 * .pi * hertz * Double(frame) / 48_000 + phase))
      return [Float](repeating: value, count: channels)
    }
  }

  /// What a meter shows in the end.
  struct Reading {
    var integratedLUFS: Double?
    var rangeLU: Double?
    var truePeakdBTP: Decibels?
    var samplePeakdBFS: Decibels?
    var addedFrames: Int
  }

  static func reading(
    of samples: [Float], layout: ChannelLayout = .stereo, measures: LoudnessMeter.Measures = .all, chunk: Int = 1_920
  ) throws -> Reading {
    var meter = try LoudnessMeter(layout: layout, measures: measures)
    for start in stride(from: 0, to: samples.count, by: chunk) {
      meter.add(samples.span.extracting(start..<min(start + chunk, samples.count)))
    }
    return Reading(
      integratedLUFS: meter.integratedLUFS, rangeLU: meter.rangeLU, truePeakdBTP: meter.truePeakdBTP,
      samplePeakdBFS: meter.samplePeakdBFS, addedFrames: meter.addedFrames)
  }

  // EBU Tech 3341, table 1: the minimum requirements' signals that are made of sines, and their tolerance of 0.1 LU.
  @Test("EBU Tech 3341's integrated loudness cases")
  func tech3341() throws {
    let cases: [(name: String, parts: [(decibels: Double, seconds: Double)], expected: Double)] = [
      ("1", [(-23, 20)], -23),
      ("2", [(-33, 20)], -33),
      ("3: relative gate", [(-36, 10), (-23, 60), (-36, 10)], -23),
      ("4: both gates", [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
      ("5: no gate in between", [(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ]
    for (name, parts, expected) in cases {
      let samples = parts.flatMap { Self.sine($0.decibels, seconds: $0.seconds) }
      let measured = try #require(try Self.reading(of: samples, measures: .integrated).integratedLUFS)
      #expect(abs(measured - expected) <= 0.1, "case \(name): \(measured)")
    }
  }

  // EBU Tech 3342, table 1: loudness range within 1 LU.
  @Test("EBU Tech 3342's loudness range cases")
  func tech3342() throws {
    let cases = [([-20.0, -30], 10.0), ([-20, -15], 5), ([-40, -20], 20), ([-50, -35, -20, -35, -50], 15)]
    for (levels, expected) in cases {
      let samples = levels.flatMap { Self.sine($0, seconds: 20) }
      let measured = try #require(try Self.reading(of: samples, measures: .range).rangeLU)
      #expect(abs(measured - expected) <= 1, "\(levels): \(measured)")
    }
  }

  // EBU Tech 3341, table 1, cases 15 to 19: true peak within +0.2 and −0.4 dB.
  @Test("EBU Tech 3341's true-peak cases: between samples there is more than the samples show")
  func truePeak() throws {
    let cases = [
      (4.0, 0.0, 0.5, -6.0), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3),
    ]
    for (divisor, degrees, amplitude, expected) in cases {
      var samples = Self.sine(
        Decibels(linear: amplitude).value, seconds: 1, hertz: 48_000 / divisor, phase: degrees * .pi / 180)
      // Faded in and out: a sudden start has peaks of its own.
      for index in samples.indices { samples[index] *= min(1, Float(min(index, samples.count - 1 - index)) / 9_600) }
      let meter = try Self.reading(of: samples, measures: [.truePeak, .samplePeak])
      let peak = try #require(meter.truePeakdBTP).value
      #expect(peak <= expected + 0.2 && peak >= expected - 0.4, "fs/\(divisor) at \(degrees)°: \(peak)")
      let samplePeak = try #require(meter.samplePeakdBFS).value
      let highest = try #require(samples.map(abs).max())
      #expect(abs(samplePeak - Decibels(linear: Double(highest)).value) < 1e-6)
    }
  }

  @Test("Mono counts its one channel once: 3.01 LU under the same voice in two channels")
  func monoIsNotDualMono() throws {
    let mono = try Self.reading(of: Self.sine(-20, seconds: 5, channels: 1), layout: .mono)
    let stereo = try Self.reading(of: Self.sine(-20, seconds: 5))
    let (one, both) = (try #require(mono.integratedLUFS), try #require(stereo.integratedLUFS))
    #expect(abs(both - one - 3.01) < 0.1)
    #expect(abs(one + 23) <= 0.1)
  }

  @Test("The peak is that of the louder channel")
  func peakOfEitherChannel() throws {
    let samples = Self.sine(-20, seconds: 1).enumerated().map { $0 % 2 == 1 ? $1 * 2 : $1 }
    let peak = try #require(try Self.reading(of: samples).samplePeakdBFS)
    #expect(abs(peak.value + 13.98) < 0.01)
  }

  @Test("Nothing over the gate gives no loudness, and silence a peak of −∞")
  func silence() throws {
    for samples in [[], [Float](repeating: 0, count: 96_000 * 4), Self.sine(-80, seconds: 4)] {
      let meter = try Self.reading(of: samples)
      #expect(meter.integratedLUFS == nil)
      #expect(meter.rangeLU == nil)
      #expect(meter.addedFrames == samples.count / 2)
    }
    #expect(try Self.reading(of: []).truePeakdBTP == .silence)
    #expect(try Self.reading(of: []).samplePeakdBFS == .silence)
    // Less than one block of 400 ms, less than one passage of 3 s.
    #expect(try Self.reading(of: Self.sine(-20, seconds: 0.39)).integratedLUFS == nil)
    #expect(try Self.reading(of: Self.sine(-20, seconds: 2.9)).rangeLU == nil)
  }

  @Test("What was not asked for is not there")
  func measuresAreChosen() throws {
    let samples = Self.sine(-20, seconds: 4)
    let choices: [LoudnessMeter.Measures] = [.integrated, .range, .truePeak, .samplePeak, .all, []]
    for measures in choices {
      let meter = try Self.reading(of: samples, measures: measures)
      #expect((meter.integratedLUFS != nil) == measures.contains(.integrated))
      #expect((meter.rangeLU != nil) == measures.contains(.range))
      #expect((meter.truePeakdBTP != nil) == measures.contains(.truePeak))
      #expect((meter.samplePeakdBFS != nil) == measures.contains(.samplePeak))
    }
  }

  @Test("Chunks of any size give the same result")
  func chunksDoNotMatter() throws {
    var random = SeededGenerator(seed: 3)
    let samples = (0..<96_000 * 5).map { _ in Float.random(in: -0.3...0.3, using: &random) }
    let whole = try Self.reading(of: samples, chunk: samples.count)
    let parts = try Self.reading(of: samples, chunk: 2 * 113)
    #expect(whole.integratedLUFS == parts.integratedLUFS)
    #expect(whole.rangeLU == parts.rangeLU)
    #expect(whole.truePeakdBTP == parts.truePeakdBTP)
  }

  @Test("ffmpeg's ebur128 agrees", arguments: [1, 2])
  func agreesWithFFmpeg(channels: Int) throws {
    var random = SeededGenerator(seed: UInt64(channels))
    // Noise with the spectrum of speech, in syllables and sentences that grow and fade, and pauses between them.
    let frames = 48_000 * 90
    var filtered = [Float](repeating: 0, count: channels)
    var samples: [Float] = []
    samples.reserveCapacity(frames * channels)
    for frame in 0..<frames {
      let second = Double(frame) / 48_000
      let syllable = abs(sin(2 * .pi * 2.3 * second))
      let sentence = sin(2 * .pi * 0.13 * second) > -0.4 ? 0.1 + 0.4 * abs(sin(0.05 * second)) : 0.000_1
      for channel in 0..<channels {
        filtered[channel] += 0.2 * (Float.random(in: -1...1, using: &random) - filtered[channel])
        samples.append(3 * filtered[channel] * Float(syllable * sentence))
      }
    }
    let meter = try Self.reading(of: samples, layout: channels == 1 ? .mono : .stereo)
    let reference = try FFmpegLoudness(samples, channels: channels)
    let (integrated, range) = (try #require(meter.integratedLUFS), try #require(meter.rangeLU))
    #expect(abs(integrated - reference.integrated) <= 0.1)
    #expect(abs(range - reference.range) <= 0.2, "\(range), ffmpeg \(reference.range)")
    // Two different oversampling filters over noise.
    let (truePeak, samplePeak) = (try #require(meter.truePeakdBTP).value, try #require(meter.samplePeakdBFS).value)
    #expect(abs(truePeak - reference.truePeak) <= 0.4, "\(truePeak), ffmpeg \(reference.truePeak)")
    #expect(abs(samplePeak - reference.samplePeak) <= 0.1)
  }
}

/// What ffmpeg's ebur128 filter says of the same samples: another implementation of the same recommendation.
private struct FFmpegLoudness {
  let integrated: Double
  let range: Double
  let truePeak: Double
  let samplePeak: Double

  init(_ samples: [Float], channels: Int) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "loudness-\(UUID().uuidString).f32")
    try samples.withUnsafeBytes { Data($0) }.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "ffmpeg", "-hide_banner", "-nostats", "-f", "f32le", "-ar", "48000", "-ac", "\(channels)", "-i", file.path,
      "-filter_complex", "ebur128=peak=sample+true:framelog=verbose", "-f", "null", "-",
    ]
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "ffmpeg must be installed: apt-get install ffmpeg\n\(text)")
    let summary = try #require(text.components(separatedBy: "Summary:").last)
    func number(after label: String, in section: String) throws -> Double {
      let part = try #require(summary.components(separatedBy: section).dropFirst().first)
      let line = try #require(part.components(separatedBy: label).dropFirst().first)
      return try #require(Double(line.split(whereSeparator: \.isWhitespace).first ?? ""))
    }
    integrated = try number(after: "I:", in: "Integrated loudness:")
    range = try number(after: "LRA:", in: "Loudness range:")
    truePeak = try number(after: "Peak:", in: "True peak:")
    samplePeak = try number(after: "Peak:", in: "Sample peak:")
  }
}
