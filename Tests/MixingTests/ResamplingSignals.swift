import Foundation
import MediaBase
import Mixing

/// A sum of sines, known at every instant: its own reference at any sample rate.
struct ResamplingTone {
  struct Partial {
    var hertz: Double
    var amplitude: Double
    var phase: Double
  }

  var partials: [Partial]

  init(_ hertz: Double..., amplitude: Double = 0.5) {
    partials = hertz.enumerated().map { Partial(hertz: $1, amplitude: amplitude, phase: Double($0)) }
  }

  func value(atSecond second: Double) -> Double {
    partials.reduce(0) { $0 + $1.amplitude * sin(2 * .pi * $1.hertz * second + $1.phase) }
  }

  func samples(rate: Double, frames: Int) -> [Float] {
    (0..<frames).map { Float(value(atSecond: Double($0) / rate)) }
  }
}

/// The sine of one frequency that comes nearest to `samples` (least squares), and what is left without it.
struct ResamplingToneFit {
  let amplitude: Double
  /// Against sin(2πft) with t = 0 at the first sample.
  let phase: Double
  let residual: Decibels

  init(_ samples: ArraySlice<Float>, hertz: Double, rate: Double) {
    var (sinSin, sinCos, cosCos, ySin, yCos) = (0.0, 0.0, 0.0, 0.0, 0.0)
    let angles = samples.indices.map { 2 * .pi * hertz * Double($0) / rate }
    for (angle, sample) in zip(angles, samples) {
      let (s, c, y) = (sin(angle), cos(angle), Double(sample))
      sinSin += s * s
      sinCos += s * c
      cosCos += c * c
      ySin += y * s
      yCos += y * c
    }
    let determinant = sinSin * cosCos - sinCos * sinCos
    let a = (ySin * cosCos - yCos * sinCos) / determinant
    let b = (yCos * sinSin - ySin * sinCos) / determinant
    amplitude = (a * a + b * b).squareRoot()
    phase = atan2(b, a)
    var left = 0.0
    for (angle, sample) in zip(angles, samples) {
      let difference = Double(sample) - a * sin(angle) - b * cos(angle)
      left += difference * difference
    }
    // Against the tone itself.
    residual = Decibels(power: left / Double(samples.count) / (amplitude * amplitude / 2))
  }
}

/// The level of `samples` against that of a full-scale sine.
func resamplingLevel(_ samples: ArraySlice<Float>) -> Decibels {
  Decibels(power: samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count) * 2)
}

/// A whole recording through the offline resampler, fed in chunks of as many frames as `nextChunk` says and drained into
/// buffers of as many.
func resampledOffline(
  _ input: [Float], channels: Int, rate: Double, quality: OfflineResampler.Quality = .high,
  nextChunk: () -> Int = { 4096 }
) throws -> [Float] {
  var resampler = try OfflineResampler(channels: channels, inputRate: rate, quality: quality)
  var result: [Float] = []
  var rest = input.span
  while !rest.isEmpty {
    var output = [Float](repeating: .nan, count: nextChunk() * channels)
    var room = output.mutableSpan
    let progress = try resampler.process(rest.extracting(first: nextChunk() * channels), into: &room)
    result += output[..<(progress.producedFrames * channels)]
    rest = rest.extracting(droppingFirst: progress.consumedFrames * channels)
  }
  while true {
    var output = [Float](repeating: .nan, count: nextChunk() * channels)
    var room = output.mutableSpan
    let frames = try resampler.flush(into: &room)
    if frames == 0 { return result }
    result += output[..<(frames * channels)]
  }
}
