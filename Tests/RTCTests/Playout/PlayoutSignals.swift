import AudioCodecs
import Foundation
import MediaBase

/// Sounds, packets of them and measures, for the tests of the jitter buffer and of what plays from it.
enum PlayoutSignals {
  static func sine(_ hertz: Double, amplitude: Double = 0.3, count: Int, rate: Double = 48_000) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / rate)) }
  }

  /// Something like a voice: a gliding pitch of 90 to 220 Hz with formants, in words of 300 ms with pauses of 150 ms.
  static func speech(count: Int, rate: Double = 48_000, seed: UInt64 = 1) -> [Float] {
    var random = SeededGenerator(seed: seed)
    var phase = 0.0
    return (0..<count).map { index in
      let time = Double(index) / rate
      let word = (time / 0.45).truncatingRemainder(dividingBy: 1) * 0.45
      let envelope = word < 0.3 ? sin(.pi * word / 0.3) : 0
      phase += 2 * .pi * (140 + 50 * sin(2 * .pi * 0.7 * time)) / rate
      var sample = 0.0
      for harmonic in 1...12 {
        let number = Double(harmonic)
        sample += sin(number * phase) * (1 / number + 0.5 * exp(-pow((number - 5) / 1.5, 2)))
      }
      return Float(0.15 * sample * envelope) + Float.random(in: -0.001...0.001, using: &random)
    }
  }

  /// G.711 packets of sound at 8 kHz.
  static func narrowPackets(of sound: [Float], samples: Int = 160, as law: G711 = .aLaw) -> [[UInt8]] {
    stride(from: 0, to: sound.count / samples * samples, by: samples).map { start in
      var codes = [UInt8](repeating: 0, count: samples)
      var span = codes.mutableSpan
      law.encode(sound.span.extracting(start..<start + samples), into: &span)
      return codes
    }
  }

  static func opusPackets(
    of sound: [Float], layout: ChannelLayout = .mono, duration: OpusFrameDuration = .ms20,
    application: OpusApplication = .voip, _ change: (inout OpusEncoderSettings) -> Void = { _ in }
  ) throws -> [[UInt8]] {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(32_000)
    settings.complexity = 5
    change(&settings)
    var encoder = try OpusEncoder(layout: layout, application: application, settings: settings)
    let step = duration.samples * layout.count
    return try stride(from: 0, to: sound.count / step * step, by: step).map { start in
      var bytes = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
      var span = bytes.mutableSpan
      let count = try encoder.encode(sound.span.extracting(start..<start + step), into: &span)
      return Array(bytes[..<count])
    }
  }

  static func decoded(_ packets: [[UInt8]], layout: ChannelLayout = .mono) throws -> [Float] {
    var decoder = try OpusDecoder(layout: layout)
    return try packets.flatMap { packet in
      var samples = [Float](repeating: 0, count: OpusDecoder.largestPacketSamples * layout.count)
      var span = samples.mutableSpan
      let frames = try decoder.decode(packet.span, into: &span)
      return samples[..<(frames * layout.count)]
    }
  }

  static func rms(_ samples: some Collection<Float>) -> Double {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  static func largestStep(_ samples: some Collection<Float>) -> Float {
    zip(samples, samples.dropFirst()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  static func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  /// How far the sound is above all that is not the sine of that frequency, in dB: fitted piece by piece, because
  /// stretching moves the phase.
  static func sineToRest(_ samples: some RandomAccessCollection<Float>, hertz: Double, piece: Int = 2_400) -> Double {
    let all = Array(samples)
    var signal = 0.0, rest = 0.0
    for start in stride(from: 0, to: all.count - piece + 1, by: piece) {
      var (a, b) = (0.0, 0.0)
      for index in 0..<piece {
        let angle = 2 * .pi * hertz * Double(index) / 48_000
        a += Double(all[start + index]) * sin(angle) * 2 / Double(piece)
        b += Double(all[start + index]) * cos(angle) * 2 / Double(piece)
      }
      for index in 0..<piece {
        let angle = 2 * .pi * hertz * Double(index) / 48_000
        let fitted = a * sin(angle) + b * cos(angle)
        signal += fitted * fitted
        rest += pow(Double(all[start + index]) - fitted, 2)
      }
    }
    return 10 * log10(signal / max(rest, 1e-20))
  }
}
