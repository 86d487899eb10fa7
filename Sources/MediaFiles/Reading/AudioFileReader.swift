import Foundation

/// An audio file, open and read from front to back as interleaved floats.
///
/// One owner, one thread at a time. It holds one file descriptor and its decoder until it is let go; opening is cheap, so
/// that a mix of a thousand legs opens each when it begins. The same path may be open many times at once.
///
///     let reader = try openAudioFile(at: "alice.opus")
///     while true {
///       let frames = try reader.read(into: &span)
///       if frames == 0 { break }
///     }
public protocol AudioFileReader: AnyObject {
  /// As it was given at opening.
  var path: String { get }

  /// Rate, channels, length.
  var format: AudioFileFormat { get }

  /// Frames delivered so far: the place on the file's clock where the next `read` begins.
  var position: Int64 { get }

  /// Samples so far that were no numbers or infinite and became 0. (Finite ones beyond ±64, +36 dBFS, are clamped to it.)
  var repairedSamples: Int { get }

  /// Fills `samples` with whole frames, interleaved, full scale ±1, and returns how many frames: fewer than fit only before
  /// the end or a damaged place, 0 only at the end or when not one frame fits. What lies behind them is left undefined.
  ///
  /// Throws `damaged` once for each damaged place, after delivering all that lies before it. The next call goes on: the lost
  /// stretch is delivered as silence, so that all later audio stays at its time.
  func read(into samples: inout MutableSpan<Float>) throws(AudioFileError) -> Int
}

/// Which of an Ogg Opus file's gains to apply (RFC 7845, 5.1 and 5.2.1). Other formats have none.
public enum GainTags: Sendable, Equatable, CaseIterable {
  /// The output gain of the header alone, which every player must apply.
  case header
  /// The header's and `R128_TRACK_GAIN`, where present.
  case track
  /// The header's and `R128_ALBUM_GAIN`, where present.
  case album
}

/// Opens an audio file for reading. What it is, is told by its content; its name may end as it likes.
///
/// Ogg Opus is read by libopusfile, all else by libsndfile: WAV, RF64, W64, FLAC, AIFF, Ogg Vorbis, MP3, CAF, AU and more.
/// Only regular files can be read: a pipe or device is refused without waiting for it. A file with a sound header and no
/// samples is good, and 0 frames long.
public func openAudioFile(
  at path: String, gainTags: GainTags = .header
) throws(AudioFileError) -> any AudioFileReader {
  let file = try InputFile(path: path)
  let start = file.bytes(at: 0, count: OggPage.longest)
  if OggPage.startsOpus(in: start.span) {
    return try OggOpusReader(file, gainTags: gainTags)
  }
  if let reason = ForeignContent.reason(toRefuse: start.span) {
    throw .unreadable(path: path, reason: reason)
  }
  return try SoundFileReader(file)
}

/// Contents that libsndfile would only call unknown, and for which we can say more.
enum ForeignContent {
  /// Why it cannot be read, or `nil` if it is worth a try.
  static func reason(toRefuse start: Span<UInt8>) -> String? {
    if has("ftyp", at: 4, in: start) { return "MP4 is not supported: convert it with ffmpeg to FLAC or Ogg Opus" }
    if start.count >= 4, start[0] == 0x1A, start[1] == 0x45, start[2] == 0xDF, start[3] == 0xA3 {
      return "WebM and Matroska are not supported: convert it with ffmpeg to FLAC or Ogg Opus"
    }
    if start.count >= 2, start[0] == 0x1F, start[1] == 0x8B {
      return "it is compressed with gzip: unpack it first (gunzip)"
    }
    if CaptureFormat(startingWith: start) != nil { return "it is a packet capture, which is mixed alone" }
    return nil
  }

  static func has(_ magic: StaticString, at offset: Int, in bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= offset + magic.utf8CodeUnitCount else { return false }
    return magic.withUTF8Buffer { letters in
      letters.indices.allSatisfy { bytes[offset + $0] == letters[$0] }
    }
  }
}
