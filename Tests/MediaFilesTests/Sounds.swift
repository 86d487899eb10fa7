import Foundation
import MediaBase
import MediaFiles

/// Everything that a file holds, read as a caller would: piece by piece, going on behind damage.
struct ReadSound {
  var format: AudioFileFormat
  var samples: [Float] = []
  var damage: [AudioFileError] = []
  var repairedSamples = 0

  var channels: Int { format.channels }
  var frames: Int { samples.count / channels }
  var damagedSeconds: [Double] {
    damage.compactMap { if case .damaged(_, let second, _) = $0 { second } else { nil } }
  }

  /// Reads `path` in pieces of `pieceFrames`; more than 100 damaged places are taken for a reader that does not get on.
  init(_ path: String, pieceFrames: Int = 5760, gainTags: GainTags = .header) throws {
    let reader = try openAudioFile(at: path, gainTags: gainTags)
    format = reader.format
    let buffer = SampleBuffer(count: pieceFrames * reader.format.channels)
    while damage.count <= 100 {
      do {
        var span = buffer.mutableSpan
        let frames = try reader.read(into: &span)
        if frames == 0 { break }
        for index in 0..<frames * reader.format.channels { samples.append(buffer.span[index]) }
      } catch {
        guard case .damaged = error else { throw error }
        damage.append(error)
      }
    }
    repairedSamples = reader.repairedSamples
  }

  /// One channel's samples.
  func channel(_ index: Int) -> [Float] {
    stride(from: index, to: samples.count, by: channels).map { samples[$0] }
  }
}

/// Test sounds and measures of them.
enum Sound {
  /// A sine at `amplitude` of full scale, the same in all channels.
  static func sine(
    _ hertz: Double, seconds: Double, amplitude: Float = 0.5, channels: Int = 1, rate: Int = 48_000
  ) -> [Float] {
    (0..<Int(seconds * Double(rate))).flatMap { frame in
      let value = amplitude * Float(sin(2 * .pi * hertz * Double(frame) / Double(rate)))
      return [Float](repeating: value, count: channels)
    }
  }

  /// Reproducible noise, uniform between ±`amplitude`.
  static func noise(frames: Int, channels: Int = 1, amplitude: Float = 0.5, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<frames * channels).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return amplitude * (Float(state >> 40) / Float(1 << 23) - 1)
    }
  }

  /// Root of the mean square.
  static func level(_ samples: some Collection<Float>) -> Double {
    if samples.isEmpty { return 0 }
    return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  static func decibels(_ ratio: Double) -> Double { 20 * log10(ratio) }

  /// Little-endian 16-bit samples as floats.
  static func floats(fromPCM16 data: Data) -> [Float] {
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count - 1, by: 2).map { index in
      Float(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)) / 32_768
    }
  }

  /// Little-endian 32-bit floats.
  static func floats(fromFloat32 data: Data) -> [Float] {
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count - 3, by: 4).map { index in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) })
    }
  }
}

/// Where two rows of samples first differ by more than `tolerance`, or one ends; `nil` if they agree. (Comparing long arrays
/// in `#expect` itself takes minutes when they differ.)
func firstDifference(
  _ left: some Collection<Float>, _ right: some Collection<Float>, tolerance: Float = 0
) -> Int? {
  for (index, pair) in zip(left, right).enumerated() where !(abs(pair.0 - pair.1) <= tolerance) { return index }
  return left.count == right.count ? nil : min(left.count, right.count)
}

/// Writes `samples` at once.
func writeSound(
  _ samples: [Float], to path: String, _ encoding: AudioFileEncoding, layout: ChannelLayout = .mono,
  tags: AudioFileTags = AudioFileTags()
) throws {
  let writer = try createAudioFile(at: path, encoding: encoding, layout: layout, tags: tags)
  try writer.append(samples)
  try writer.finish()
}

extension AudioFileWriter {
  /// Writes the samples of an array. (A span of a temporary array makes Swift 6.3.1's optimiser fail.)
  func append(_ samples: [Float]) throws {
    try write(samples.span)
  }
}

extension OutputFile {
  /// Writes the bytes of an array.
  func append(_ bytes: [UInt8]) throws {
    try write(bytes.span)
  }
}

/// Bytes of a file, to be damaged and written back.
struct FileBytes {
  var bytes: [UInt8]

  init(_ path: String) throws {
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func write(to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
