import Foundation
import MediaBase
import MediaFiles

/// Sounds at 48 kHz, mono.
enum Sound {
  static let rate = AudioRate.samplesPerSecond

  static func samples(_ seconds: Double) -> Int { Int((seconds * Double(rate)).rounded()) }

  static func silence(_ seconds: Double) -> [Float] { Array(repeating: 0, count: samples(seconds)) }

  static func sine(_ hertz: Double, _ seconds: Double, peak: Float, rate: Int = rate) -> [Float] {
    (0..<Int((seconds * Double(rate)).rounded())).map {
      peak * Float(sin(2 * .pi * hertz * Double($0) / Double(rate)))
    }
  }

  /// Noise of an RMS level in dBFS; `hue` from 0, hiss, to just under 1, rumble.
  static func noise(_ seconds: Double, _ level: Double, hue: Float = 0, seed: UInt64 = 1) -> [Float] {
    var chance = SeededGenerator(seed: seed)
    var state: Float = 0
    let noise: [Float] = (0..<samples(seconds)).map { _ in
      state = hue * state + (1 - hue) * Float.random(in: -1...1, using: &chance)
      return state
    }
    return scaled(noise, to: level)
  }

  /// Something that rises and falls as speech does: syllables of noise in the speech band, a quarter of a second each, with
  /// stops of 60 ms between them. It begins and ends with a syllable.
  static func speech(_ seconds: Double, _ level: Double, seed: UInt64 = 7) -> [Float] {
    var chance = SeededGenerator(seed: seed)
    var (low, band): (Float, Float) = (0, 0)
    let syllable = samples(0.25)
    let voice: [Float] = (0..<samples(seconds)).map { index in
      low += 0.3 * (Float.random(in: -1...1, using: &chance) - low)
      band += 0.05 * (low - band)
      let phase = Float(index % syllable) / Float(syllable)
      return phase < 0.76 ? (low - band) * sin(.pi * phase / 0.76).squareRoot() : 0
    }
    return scaled(voice, to: level)
  }

  static func scaled(_ samples: [Float], to level: Double) -> [Float] {
    let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard energy > 0 else { return samples }
    let gain = Float(pow(10, level / 20) / (energy / Double(samples.count)).squareRoot())
    return samples.map { $0 * gain }
  }

  static func sum(_ sounds: [Float]...) -> [Float] {
    (0..<sounds.map(\.count).reduce(0, max)).map { index in
      sounds.reduce(0) { $0 + (index < $1.count ? $1[index] : 0) }
    }
  }
}

/// A folder for a test's files, removed when the test is over.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "offline-mixing-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Names of all files in it, hidden ones too, in order.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// Writes samples at 48 kHz as a WAV file of floats.
  @discardableResult
  func write(_ samples: [Float], _ name: String, layout: ChannelLayout = .mono) throws -> String {
    let writer = try createAudioFile(at: self(name), encoding: .wav(.float32), layout: layout, tags: AudioFileTags())
    try writer.write(samples.span)
    try writer.finish()
    return self(name)
  }

  /// Writes samples as a WAV file of floats at any rate, with any number of channels.
  @discardableResult
  func write(_ samples: [Float], _ name: String, rate: Int, channels: Int = 1) throws -> String {
    var bytes: [UInt8] = []
    func number(_ value: Int, bytes count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    // RIFF, WAVE, "fmt " with format 3 (IEEE float), "data".
    bytes += Array("RIFF".utf8)
    number(36 + 4 * samples.count, bytes: 4)
    bytes += Array("WAVEfmt ".utf8)
    for (value, count) in [
      (16, 4), (3, 2), (channels, 2), (rate, 4), (rate * channels * 4, 4), (channels * 4, 2), (32, 2),
    ] {
      number(value, bytes: count)
    }
    bytes += Array("data".utf8)
    number(4 * samples.count, bytes: 4)
    for sample in samples { number(Int(sample.bitPattern), bytes: 4) }
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }
}

/// All samples of a file, interleaved.
func readSound(_ path: String) throws -> (format: AudioFileFormat, samples: [Float]) {
  let reader = try openAudioFile(at: path, gainTags: .header)
  let buffer = SampleBuffer(count: 4800 * reader.format.channels)
  var samples: [Float] = []
  while true {
    var span = buffer.mutableSpan
    let frames = try reader.read(into: &span)
    if frames == 0 { return (reader.format, samples) }
    for index in 0..<frames * reader.format.channels { samples.append(buffer.span[index]) }
  }
}
