import Foundation

/// A recording as another program reads it: samples at its own rate, full scale ±1.
struct Sound {
  var channels: [[Float]]
  var rate: Int

  /// Reads a file with ffmpeg. Ogg Opus is read with opusdec: it keeps to the exact length.
  init(_ path: String) throws {
    let format = try Sound.format(path)
    if format.codec == "opus" {
      try self.init(wav: Program.opusdec.run("--quiet", "--float", "--force-wav", "--rate", "48000", path, "-"))
    } else {
      let bytes = try Program.ffmpeg.run(["-v", "error", "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-"])
      self.init(interleaved: Sound.floats(bytes), channels: format.channels, rate: format.rate)
    }
  }

  init(interleaved: [Float], channels count: Int, rate: Int) {
    channels = (0..<count).map { channel in
      stride(from: channel, to: interleaved.count, by: count).map { interleaved[$0] }
    }
    self.rate = rate
  }

  /// A WAV of 32-bit floats, as opusdec streams it: the lengths in its header are not to be believed.
  private init(wav: Data) throws {
    guard wav.count > 22, let data = wav.range(of: Data("data".utf8)) else {
      throw Program.Failure(description: "opusdec gave no WAV")
    }
    self.init(interleaved: Sound.floats(wav.dropFirst(data.upperBound + 4)), channels: Int(wav[22]), rate: 48_000)
  }

  private static func floats(_ data: Data) -> [Float] {
    data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { Float(bitPattern: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)) }
    }
  }

  /// What ffprobe says of a file.
  static func format(_ path: String) throws -> (codec: String, rate: Int, channels: Int, sampleFormat: String) {
    let words = try Program.ffprobe.run([
      "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=codec_name,sample_rate,channels,sample_fmt",
      "-of", "default=noprint_wrappers=1", path,
    ])
    var fields: [String: String] = [:]
    for line in String(decoding: words, as: UTF8.self).split(separator: "\n") {
      let pair = line.split(separator: "=", maxSplits: 1).map(String.init)
      if pair.count == 2 { fields[pair[0]] = pair[1] }
    }
    return (
      fields["codec_name"] ?? "", Int(fields["sample_rate"] ?? "") ?? 0, Int(fields["channels"] ?? "") ?? 0,
      fields["sample_fmt"] ?? ""
    )
  }

  /// Samples per channel.
  var count: Int { channels.first?.count ?? 0 }

  var peak: Float { channels.joined().reduce(0) { max($0, abs($1)) } }

  /// One channel between two times.
  func part(_ seconds: Range<Double>, channel: Int = 0) -> ArraySlice<Float> {
    let samples = channels[channel]
    let first = min(samples.count, Int(seconds.lowerBound * Double(rate)))
    return samples[first..<max(first, min(samples.count, Int(seconds.upperBound * Double(rate))))]
  }

  /// Level of a sine in one channel between two times, in dB: 0 is a sine of full scale. Between Hann's slopes, so that
  /// another sine some tens of hertz away does not show.
  func level(hertz: Double, _ seconds: Range<Double>, channel: Int = 0) -> Double {
    let samples = part(seconds, channel: channel)
    guard !samples.isEmpty else { return -.infinity }
    let step = 2 * Double.pi * hertz / Double(rate)
    var (real, imaginary, weight) = (0.0, 0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let window = 0.5 - 0.5 * cos(2 * Double.pi * (Double(index) + 0.5) / Double(samples.count))
      real += Double(sample) * window * cos(step * Double(index))
      imaginary += Double(sample) * window * sin(step * Double(index))
      weight += window
    }
    return 20 * log10(max(1e-12, 2 * (real * real + imaginary * imaginary).squareRoot() / weight))
  }

  /// The time at which one channel first exceeds a level.
  func onset(above level: Float, channel: Int = 0) -> Double? {
    channels[channel].firstIndex { abs($0) > level }.map { Double($0) / Double(rate) }
  }

  /// The largest difference between two recordings of one length; infinite if their lengths or channels differ.
  func difference(to other: Sound) -> Float {
    guard channels.map(\.count) == other.channels.map(\.count) else { return .infinity }
    return zip(channels.joined(), other.channels.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// Loudness in LUFS and true peak in dBTP as ffmpeg measures them.
  static func loudness(_ path: String) throws -> (integrated: Double, truePeak: Double) {
    let ended = try Program.ffmpeg.end([
      "-hide_banner", "-nostats", "-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-",
    ])
    let summary = ended.errors.components(separatedBy: "Summary:").last ?? ""
    func figure(_ label: String) throws -> Double {
      guard
        let line = summary.split(separator: "\n").first(where: { $0.contains(label) }),
        let word = line.split(separator: ":").last?.split(separator: " ").first,
        let value = Double(word)
      else { throw Program.Failure(description: "ffmpeg measured no \(label) in \(path): \(ended.errors)") }
      return value
    }
    return (try figure(" I:"), try figure(" Peak:"))
  }
}
