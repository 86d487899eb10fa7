import MediaBase
import MediaFiles
import Mixing

/// A recorded leg, read whole: what the benchmarks speak with.
public enum SpeechFile {
  private static let chunkFrames = 4096

  /// All of an audio file as 48 kHz mono, the mean of its channels.
  ///
  /// Throws `AudioFileError`, also for a damaged place, or `ResamplerError` for a rate that no leg has.
  public static func read(_ path: String) throws -> [Float] {
    let reader = try openAudioFile(at: path)
    let channels = reader.format.channels
    var chunk = [Float](repeating: 0, count: chunkFrames * channels)
    var mono: [Float] = []
    while true {
      var span = chunk.mutableSpan
      let frames = try reader.read(into: &span)
      if frames == 0 { break }
      for frame in 0..<frames {
        mono.append(chunk[frame * channels..<(frame + 1) * channels].reduce(0, +) / Float(channels))
      }
    }
    return try resampled(mono, from: reader.format.sampleRate)
  }

  private static func resampled(_ samples: [Float], from rate: Int) throws -> [Float] {
    guard rate != AudioRate.samplesPerSecond else { return samples }
    var resampler = try OfflineResampler(channels: 1, inputRate: Double(rate))
    var result = [Float](repeating: 0, count: resampler.outputFrames(forInputFrames: samples.count))
    var output = result.mutableSpan
    var chunk = [Float](repeating: 0, count: chunkFrames)
    var consumed = 0
    var produced = 0
    while consumed < samples.count {
      var span = chunk.mutableSpan
      let progress = try resampler.process(samples.span.extracting(consumed..<samples.count), into: &span)
      output.copy(chunk.prefix(progress.producedFrames), at: &produced)
      consumed += progress.consumedFrames
    }
    while true {
      var span = chunk.mutableSpan
      let frames = try resampler.flush(into: &span)
      if frames == 0 { break }
      output.copy(chunk.prefix(frames), at: &produced)
    }
    return result
  }
}

extension MutableSpan<Float> {
  /// Copies samples to `place` and moves it behind them.
  fileprivate mutating func copy(_ samples: ArraySlice<Float>, at place: inout Int) {
    for sample in samples {
      self[place] = sample
      place += 1
    }
  }
}
