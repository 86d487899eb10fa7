import AudioCodecs
import MediaBase
import MediaFiles

/// A leg's G.711 as it came, in Sun's audio format (".au"): the only common one whose header need not know the length, so
/// that a file whose writer is killed is whole.
///
///     ".snd" │ offset of the sound = 24 │ length = unknown │ encoding │ 8,000 │ channels = 1 │ one byte a sample …
///
/// Numbers have four bytes, highest first. One owner, one thread at a time.
final class SunAudioFile {
  private let file: OutputFile
  private let silence: UInt8

  init(path: String, law: G711) throws(AudioFileError) {
    file = try OutputFile(growingAt: path)
    // As decoders give it back: the least loud step.
    silence = law == .muLaw ? 0xff : 0xd5
    let encoding: UInt32 = law == .muLaw ? 1 : 27
    var header: [UInt8] = Array(".snd".utf8)
    for number in [24, UInt32.max, encoding, UInt32(G711.samplesPerSecond), 1] {
      header += (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
    }
    try file.write(header.span)
    file.flush()
  }

  /// Appends samples as they came.
  func write(_ payload: Span<UInt8>) throws(AudioFileError) {
    try file.write(payload)
  }

  /// Appends so many samples of silence.
  func skip(_ samples: Int) throws(AudioFileError) {
    let piece = [UInt8](repeating: silence, count: 8_000)
    var left = samples
    while left > 0 {
      let count = min(left, piece.count)
      try file.write(piece.span.extracting(first: count))
      left -= count
    }
  }

  /// Hands what there is to the system.
  func flush() throws(AudioFileError) {
    file.flush()
    try file.check()
  }

  /// Closes it.
  func finish() throws(AudioFileError) {
    try file.commit()
  }
}
