import AudioCodecs
import Foundation
import MediaBase
import MediaFiles
import Mixing

/// Mixes the same recorded legs with this program, with ffmpeg and with sox, in turns, and times libopus alone at the same
/// settings: what nobody who decodes every leg with it and encodes one mix can be quicker than.
///
/// The legs are Ogg Opus made here from recordings of speech, each the recording over and over from another place on.
/// Programs write Ogg Opus with the settings that they choose without being told: complexity 10 and a variable rate, of
/// 60 kbit/s mono for opusenc and us, of 64 for ffmpeg. libopus alone has ours.
public struct OfflineBenchmark {
  /// How many legs.
  public var legs = 8
  /// Their length in minutes.
  public var minutes = 10.0
  /// How often everything is run; medians are reported.
  public var runs = 3
  /// Whether each leg's mix without itself is written too.
  public var withMixMinus = false
  /// This program's file.
  public var partyline = "/proc/self/exe"

  private let recordings: [[Float]]
  private let folder: URL

  /// `recordings`: speech, 48 kHz mono. The folder holds the legs and the mixes; it is removed by `clean`.
  public init(recordings: [[Float]], folder: URL) {
    self.recordings = recordings.filter { !$0.isEmpty }
    self.folder = folder
  }

  /// One way to mix.
  public struct Row: Codable, Sendable, Hashable {
    /// Which.
    public var program: String
    /// Median over the runs.
    public var wallSeconds: Double
    /// Median over the runs.
    public var cpuSeconds: Double
    /// Highest over the runs, of the program itself without its children; nothing for what runs within this process.
    public var peakMiB: Double?
    /// Why it was not measured, if it was not.
    public var failure: String?
  }

  /// What was measured.
  public struct Results: Codable, Sendable {
    /// How many legs.
    public var legs: Int
    /// Their length in minutes.
    public var minutes: Double
    /// How often everything was run.
    public var runs: Int
    /// Whether each leg's mix without itself was written too.
    public var withMixMinus: Bool
    /// Cores that were there.
    public var cores: Int
    /// Ours first, then others, then libopus alone.
    public var rows: [Row]
  }

  // MARK: Running

  /// Makes the legs, unless they are there.
  public func makeLegs() throws {
    for number in 0..<legs where !FileManager.default.fileExists(atPath: leg(number)) {
      let voice = recordings[number % recordings.count]
      let writer = try createAudioFile(
        at: leg(number), encoding: .oggOpus(.init(bitrate: 32_000, complexity: 5, serial: UInt32(number + 1))),
        layout: .mono)
      var left = Int(minutes * 60) * AudioRate.samplesPerSecond
      var position = voice.count / legs * number % voice.count
      while left > 0 {
        let count = min(left, voice.count - position)
        try writer.write(voice.span.extracting(position..<position + count))
        left -= count
        position = 0
      }
      try writer.finish()
    }
  }

  /// Runs everything, in turns.
  ///
  /// - Parameter started: told what is running.
  public func run(started: (String) -> Void = { _ in }) throws -> Results {
    let programs = programs()
    var measured = [[MeasuredProgram]](repeating: [], count: programs.count)
    var failures = [String?](repeating: nil, count: programs.count)
    var alone: [Double] = []
    for run in 1...runs {
      for (index, program) in programs.enumerated() where failures[index] == nil {
        started("run \(run) of \(runs): \(program.name)")
        do {
          measured[index].append(try MeasuredProgram.run(program.file, program.arguments))
        } catch {
          failures[index] = "\(error)"
        }
      }
      started("run \(run) of \(runs): libopus alone")
      alone.append(try CodecAlone(legs: (0..<legs).map(leg), encodes: withMixMinus ? legs + 1 : 1).cpuSeconds())
    }
    var rows = programs.indices.map { index in
      Row(
        program: programs[index].name, wallSeconds: Self.median(measured[index].map(\.wallSeconds)),
        cpuSeconds: Self.median(measured[index].map(\.cpuSeconds)),
        peakMiB: measured[index].compactMap(\.peakMiB).max(),
        failure: failures[index])
    }
    rows.append(
      Row(program: "libopus alone, one core", wallSeconds: Self.median(alone), cpuSeconds: Self.median(alone)))
    return Results(
      legs: legs, minutes: minutes, runs: runs, withMixMinus: withMixMinus,
      cores: ProcessInfo.processInfo.activeProcessorCount, rows: rows)
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }

  // MARK: The programs

  private struct Program {
    var name: String
    var file: String
    var arguments: [String]
  }

  private func leg(_ number: Int) -> String { folder.appendingPathComponent("leg\(number).opus").path }
  private func output(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func programs() -> [Program] {
    let inputs = (0..<legs).map(leg)
    let minus = withMixMinus ? ["--mix-minus", output("minus")] : []
    return [
      Program(name: "partyline", file: partyline, arguments: ["mix"] + inputs + ["-o", output("ours.opus")] + minus),
      Program(
        name: "partyline --jobs 1", file: partyline,
        arguments: ["mix"] + inputs + ["--jobs", "1", "-o", output("one.opus")] + minus),
      Program(name: "ffmpeg amix", file: "ffmpeg", arguments: ffmpeg(inputs)),
      Program(name: "opusdec, sox -m, opusenc", file: "sh", arguments: ["-ec", sox(inputs)]),
    ]
  }

  private func ffmpeg(_ inputs: [String]) -> [String] {
    var filter = ""
    var outputs: [String] = []
    let mixes = [nil] + (withMixMinus ? (0..<legs).map(Optional.some) : [])
    for number in 0..<legs {
      let pads = mixes.indices.filter { mixes[$0] != number }.map { "[s\(number)m\($0)]" }
      filter += "[\(number):a]asplit=\(pads.count)\(pads.joined());"
    }
    for (index, without) in mixes.enumerated() {
      let pads = (0..<legs).filter { $0 != without }.map { "[s\($0)m\(index)]" }
      filter += "\(pads.joined())amix=inputs=\(pads.count):normalize=0[m\(index)];"
      outputs += ["-map", "[m\(index)]", "-c:a", "libopus", output("ffmpeg\(index).opus")]
    }
    let sources = inputs.flatMap { ["-i", $0] }
    return ["-nostdin", "-v", "error", "-y"] + sources + ["-filter_complex", String(filter.dropLast())] + outputs
  }

  /// With a file of its own for each step, as sox reads and writes no Opus by itself.
  private func sox(_ inputs: [String]) -> String {
    let waves = (0..<legs).map { output("leg\($0).wav") }
    var lines = zip(inputs, waves).map { "opusdec --quiet --rate 48000 '\($0)' '\($1)'" }
    for without in [nil] + (withMixMinus ? (0..<legs).map(Optional.some) : []) {
      let mixed = waves.indices.filter { $0 != without }.map { "'\(waves[$0])'" }.joined(separator: " ")
      lines.append("sox -m \(mixed) '\(output("sox.wav"))' gain 0")
      lines.append("opusenc --quiet '\(output("sox.wav"))' '\(output("sox.opus"))'")
    }
    return lines.joined(separator: "\n")
  }
}

/// The codec's own work: every leg decoded from memory and the mixes encoded, with nothing around it.
private struct CodecAlone {
  let legs: [String]
  let encodes: Int

  func cpuSeconds() throws -> Double {
    var seconds = 0.0
    var sum: [Float] = []
    for leg in legs {
      let packets = try OpusPackets(path: leg)
      let bytes = packets.bytes
      var decoder = try OpusDecoder(layout: .mono)
      var samples = [Float](repeating: 0, count: packets.ranges.count * OpusDecoder.largestPacketSamples / 6)
      let start = ThreadClock.seconds()
      var position = 0
      for range in packets.ranges {
        var all = samples.mutableSpan
        var room = all._mutatingExtracting(position...)
        position += try decoder.decode(bytes.span.extracting(range), into: &room)
      }
      seconds += ThreadClock.seconds() - start
      if sum.isEmpty { sum = [Float](repeating: 0, count: position) }
      for index in 0..<min(sum.count, position) { sum[index] += samples[index] }
    }
    return try seconds + encode(sum)
  }

  private func encode(_ samples: [Float]) throws -> Double {
    var settings = OpusEncoderSettings()
    settings.complexity = 10
    settings.bitrate = .bitsPerSecond(AudioFileEncoding.OpusSettings.defaultBitrate(for: .mono))
    var packet = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
    var seconds = 0.0
    for _ in 0..<encodes {
      var encoder = try OpusEncoder(layout: .mono, application: .audio, settings: settings)
      let start = ThreadClock.seconds()
      var room = packet.mutableSpan
      for frame in 0..<samples.count / FrameDuration.ms20.samples {
        let range = frame * FrameDuration.ms20.samples..<(frame + 1) * FrameDuration.ms20.samples
        _ = try encoder.encode(samples.span.extracting(range), into: &room)
      }
      seconds += ThreadClock.seconds() - start
    }
    return seconds
  }
}

/// CPU time of the calling thread.
private enum ThreadClock {
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
