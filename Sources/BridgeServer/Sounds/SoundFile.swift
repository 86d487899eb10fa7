import Conference
import MediaBase
import MediaFiles
import Mixing

/// Reads a whole audio file into what a room plays: 48 kHz, 16 bits, mono or stereo; more channels are folded to their mean.
///
/// ```
/// file ─ floats at its own rate ─ folded ─ resampled ─ 16 bits ─ RoomSound
/// ```
/// A value of the call that reads, which blocks its thread: never on one of the concurrency pool.
struct SoundFile: ~Copyable {
  /// The longest sound, in seconds.
  static let longestSeconds = 900
  /// Frames read at a time.
  private static let chunkFrames = 4_096

  private let layout: ChannelLayout
  private let fileChannels: Int
  private var resampler: OfflineResampler?
  private var samples: [Int16] = []
  private let raw: SampleBuffer
  private let folded: SampleBuffer
  private let wide: SampleBuffer

  /// The sound in a file, of at most so many bytes. `name` is what the file is called to the outside.
  static func read(_ path: String, name: String, mostBytes: Int) throws(SoundError) -> RoomSound {
    do {
      let reader = try openAudioFile(at: path)
      var file = try SoundFile(reader.format)
      if let seconds = reader.format.seconds { try file.check(seconds, name, mostBytes) }
      try file.readAll(reader, name, mostBytes)
      guard !file.samples.isEmpty else { throw SoundError.unusable(name, reason: "it is empty") }
      return RoomSound(file.samples, layout: file.layout)
    } catch let error as SoundError {
      throw error
    } catch let error as AudioFileError {
      throw SoundError(error, name: name)
    } catch {
      throw .unusable(name, reason: "its rate or channels cannot be converted")
    }
  }

  private init(_ format: AudioFileFormat) throws {
    fileChannels = format.channels
    layout = format.channels == 2 ? .stereo : .mono
    if format.sampleRate != AudioRate.samplesPerSecond {
      resampler = try OfflineResampler(channels: layout.count, inputRate: Double(format.sampleRate))
    }
    raw = SampleBuffer(count: Self.chunkFrames * format.channels)
    folded = SampleBuffer(count: Self.chunkFrames * layout.count)
    wide = SampleBuffer(count: Self.chunkFrames * layout.count)
  }

  private mutating func readAll(_ reader: any AudioFileReader, _ name: String, _ mostBytes: Int) throws {
    while true {
      let frames = try Self.read(reader, into: raw)
      if frames == 0 { break }
      Self.fold(raw, fileChannels, frames, into: folded, layout.count)
      try take(frames)
      try check(Double(samples.count / layout.count) / Double(AudioRate.samplesPerSecond), name, mostBytes)
    }
    while resampler != nil {
      let frames = try Self.flush(&resampler!, into: wide)
      if frames == 0 { break }
      samples += Self.narrow(wide, frames * layout.count)
    }
  }

  private borrowing func check(_ seconds: Double, _ name: String, _ mostBytes: Int) throws(SoundError) {
    guard seconds <= Double(Self.longestSeconds) else {
      throw .unusable(name, reason: "it is longer than \(Self.longestSeconds / 60) minutes")
    }
    let bytes = seconds * Double(AudioRate.samplesPerSecond * layout.count * MemoryLayout<Int16>.stride)
    guard bytes <= Double(mostBytes) else { throw .tooMuch(megabytes: 0) }
  }

  /// Resamples what was folded, where that is needed, and keeps it.
  private mutating func take(_ frames: Int) throws {
    guard resampler != nil else {
      samples += Self.narrow(folded, frames * layout.count)
      return
    }
    var done = 0
    while done < frames {
      let rest = done * layout.count..<frames * layout.count
      let progress = try Self.resample(folded, rest, by: &resampler!, into: wide)
      done += progress.consumedFrames
      samples += Self.narrow(wide, progress.producedFrames * layout.count)
    }
  }

  // Functions of their own: each reaches into several of the file's stores at a time.

  private static func read(_ reader: any AudioFileReader, into raw: borrowing SampleBuffer) throws -> Int {
    var span = raw.mutableSpan
    return try reader.read(into: &span)
  }

  /// The chunk's frames in the sound's channels.
  private static func fold(
    _ raw: borrowing SampleBuffer, _ fileChannels: Int, _ frames: Int, into folded: borrowing SampleBuffer,
    _ channels: Int
  ) {
    let given = raw.span
    var out = folded.mutableSpan
    if fileChannels == channels {
      for index in 0..<frames * channels { out[index] = given[index] }
      return
    }
    for frame in 0..<frames {
      var sum: Float = 0
      for channel in 0..<fileChannels { sum += given[frame * fileChannels + channel] }
      out[frame] = sum / Float(fileChannels)
    }
  }

  private static func resample(
    _ folded: borrowing SampleBuffer, _ range: Range<Int>, by resampler: inout OfflineResampler,
    into wide: borrowing SampleBuffer
  ) throws(ResamplerError) -> ResamplerProgress {
    var out = wide.mutableSpan
    return try resampler.process(folded.span(range), into: &out)
  }

  private static func flush(
    _ resampler: inout OfflineResampler, into wide: borrowing SampleBuffer
  ) throws(ResamplerError) -> Int {
    var out = wide.mutableSpan
    return try resampler.flush(into: &out)
  }

  private static func narrow(_ floats: borrowing SampleBuffer, _ count: Int) -> [Int16] {
    var samples = [Int16](repeating: 0, count: count)
    var out = samples.mutableSpan
    MixKernels().convert(floats.span(0..<count), to: &out)
    return samples
  }
}

extension SoundError {
  /// What a file's error means to whoever named it.
  init(_ error: AudioFileError, name: String) {
    self =
      switch error {
      case .cannotOpen: .missing(name)
      case .unreadable(_, let reason): .unusable(name, reason: reason)
      case .damaged(_, let second, let detail):
        .unusable(name, reason: "it is damaged at \((second * 10).rounded() / 10) s: \(detail)")
      case .cannotWrite, .unknownOutputFormat: .unusable(name, reason: "it cannot be read")
      }
  }
}
