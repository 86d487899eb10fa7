/// Any audio file that libsndfile reads, with its timeline whole.
///
/// What each format tells about damage, with libsndfile 1.2.0:
/// - WAV, AIFF: nothing but a declared size; a file that is shorter was cut off.
/// - FLAC: the decoder stops. It is set down again behind the broken frames, found by seeking.
/// - Ogg Vorbis: broken pages are left out in silence. Only a file that ends too early shows; where in it audio is missing
///   does not, so all of the loss is told at its end.
/// - MP3: nothing; its length is an estimate, and a short file just ends.
final class SoundFileReader: AudioFileReader {
  let path: String
  let format: AudioFileFormat
  private(set) var position: Int64 = 0
  private(set) var repairedSamples = 0

  private let decoder: SoundFileDecoder
  /// Frames that the file declares: up to here lost audio becomes silence. `nil`: it ends where decoding ends.
  private let declared: Int64?
  private var isCutOff: Bool
  private var pendingDamage: AudioFileError?
  private var silence: Int64 = 0
  private var isAtEnd = false

  init(_ file: InputFile) throws(AudioFileError) {
    let declaration = ChunkWalk.declaration(of: file)
    decoder = try SoundFileDecoder(file, overlay: Self.overlay(for: declaration))
    let kind = decoder.format
    path = file.path
    declared = kind.hasEstimatedLength ? nil : Self.frames(of: declaration, in: file, decoded: decoder.frames)
    isCutOff = kind.isOgg && OggEnding.isCutOff(file, serial: nil)
    format = AudioFileFormat(
      description: kind.description, sampleRate: decoder.sampleRate, channels: decoder.channels, frames: declared,
      estimatedFrames: declared ?? decoder.frames)
  }

  /// For a recording that was never closed: the size that means "to the end of the file".
  private static func overlay(for declaration: ChunkWalk.Declaration?) -> SoundFileSource.Overlay? {
    guard case .neverClosed(let offset) = declaration, let place = Int64(exactly: offset) else { return nil }
    return SoundFileSource.Overlay(offset: place, bytes: [0xFF, 0xFF, 0xFF, 0xFF])
  }

  /// What the header claims, where that is more than the library found.
  private static func frames(
    of declaration: ChunkWalk.Declaration?, in file: InputFile, decoded: Int64?
  ) -> Int64? {
    guard let decoded else { return nil }
    switch declaration {
    case .frames(let frames): return max(decoded, Int64(clamping: frames))
    case .bytes(let bytes, let offset, let frameSize):
      let present = UInt64(max(0, file.size)).subtractingReportingOverflow(offset)
      guard !present.overflow, bytes > present.partialValue else { return decoded }
      let presentBlocks = present.partialValue / UInt64(frameSize)
      // One frame a block, or as many as the blocks that are there hold (ADPCM).
      let framesPerBlock = presentBlocks == 0 ? 1 : max(1, UInt64(max(0, decoded)) / presentBlocks)
      let frames = (bytes / UInt64(frameSize)).multipliedReportingOverflow(by: framesPerBlock)
      return frames.overflow ? decoded : max(decoded, Int64(clamping: frames.partialValue))
    case .neverClosed, nil: return decoded
    }
  }

  func read(into samples: inout MutableSpan<Float>) throws(AudioFileError) -> Int {
    let channels = format.channels
    let room = samples.count / channels
    var filled = 0
    while filled < room {
      if let found = pendingDamage {
        if filled > 0 { break }
        pendingDamage = nil
        throw found
      }
      if silence > 0 {
        let count = Int(min(Int64(room - filled), silence))
        SampleRepair.silence(&samples, in: filled * channels..<(filled + count) * channels)
        silence -= Int64(count)
        filled += count
        position += Int64(count)
      } else if isAtEnd {
        break
      } else {
        filled += decode(room - filled, into: &samples, at: filled)
      }
    }
    return filled
  }

  /// Reads and repairs up to `wanted` frames; what it finds at their end is noted for `read`.
  private func decode(_ wanted: Int, into samples: inout MutableSpan<Float>, at filled: Int) -> Int {
    let left = declared.map { max(0, $0 - position) } ?? Int64.max
    let asked = Int(min(Int64(wanted), left))
    let first = filled * format.channels
    let (count, error) = decoder.read(asked, into: &samples, from: first)
    if count > 0 {
      repairedSamples += SampleRepair.repair(&samples, in: first..<first + count * format.channels)
    }
    position += Int64(count)
    if error != nil || count < wanted { settleEnd(error) }
    return count
  }

  /// Decoding stopped at `position`: at the end, or before it.
  private func settleEnd(_ error: String?) {
    if let declared, position < declared {
      resume(before: declared, error)
    } else if let error, declared == nil {
      isAtEnd = true
      pendingDamage = damage(error)
    } else {
      isAtEnd = true
      if isCutOff {
        isCutOff = false
        pendingDamage = damage("it ends without an end-of-stream mark: the file was probably cut off here")
      }
    }
  }

  /// Goes on behind the damage if the format allows it, else only with silence.
  private func resume(before end: Int64, _ error: String?) {
    let start = decoder.format.canResume ? frameBehindDamage(before: end) : nil
    isAtEnd = start == nil
    silence = (start ?? end) - position
    isCutOff = false
    let seconds = AudioFileError.text(Double(silence) / Double(format.sampleRate))
    let cause = start == nil ? "the file was probably cut off" : "its data are damaged"
    pendingDamage = damage("\(seconds) s lost: \(cause)\(error.map { " (\(Self.plain($0)))" } ?? "")")
  }

  /// The first frame from which decoding works again, to the nearest `searchStep`; `nil` if there is none.
  ///
  /// Steps that double from the damage on, then halving back: at most about 60 openings of the file for a day of audio.
  private func frameBehindDamage(before end: Int64) -> Int64? {
    var broken = position
    var step = Self.searchStep
    while broken + step < end {
      let candidate = broken + step
      if decoder.reopen(at: candidate) { return firstSoundFrame(after: broken, upTo: candidate) }
      broken = candidate
      step *= 2
    }
    return nil
  }

  private func firstSoundFrame(after broken: Int64, upTo sound: Int64) -> Int64? {
    var (broken, sound) = (broken, sound)
    while sound - broken > Self.searchStep {
      let middle = broken + (sound - broken) / 2
      if decoder.reopen(at: middle) { sound = middle } else { broken = middle }
    }
    return decoder.reopen(at: sound) ? sound : nil
  }

  /// Half of FLAC's smallest usual block.
  private static let searchStep: Int64 = 576

  private func damage(_ detail: String) -> AudioFileError {
    .damaged(path: path, second: Double(position) / Double(format.sampleRate), detail: detail)
  }

  private static func plain(_ error: String) -> String {
    let words = error.replacing("Error : ", with: "")
    return words.hasSuffix(".") ? String(words.dropLast()) : words
  }
}
