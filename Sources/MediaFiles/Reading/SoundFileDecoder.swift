import CSndFile
import Foundation

/// libsndfile's handle on one file.
///
/// Owns the `SNDFILE` and the file beneath it, and frees both. One thread at a time.
final class SoundFileDecoder {
  private let source: SoundFileSource
  private var handle: OpaquePointer?

  let sampleRate: Int
  let channels: Int
  /// As the header says or the library counted; `nil` where it does not know.
  let frames: Int64?
  /// The kind of file and of its samples.
  let format: SoundFileFormat

  init(_ file: InputFile, overlay: SoundFileSource.Overlay?) throws(AudioFileError) {
    source = SoundFileSource(file, overlay: overlay)
    var info = SF_INFO()
    guard let handle = source.open(&info) else {
      throw .unreadable(path: file.path, reason: Self.reasonForRefusal())
    }
    // The library checks both too, but a header must never be able to make us divide by zero.
    guard info.samplerate > 0, (1...1024).contains(info.channels) else {
      sf_close(handle)
      let claim = "\(info.channels) channels at \(info.samplerate) Hz"
      throw .unreadable(path: file.path, reason: "its header is damaged: \(claim)")
    }
    self.handle = handle
    sampleRate = Int(info.samplerate)
    channels = Int(info.channels)
    frames = info.frames >= 0 && info.frames < Int64.max / 2 ? Int64(info.frames) : nil
    format = SoundFileFormat(code: info.format)
  }

  deinit {
    if let handle { sf_close(handle) }
  }

  private static func reasonForRefusal() -> String {
    let code = sf_error(nil)
    let words = String(cString: sf_strerror(nil)).replacing("Error : ", with: "")
    let text = words.hasSuffix(".") ? String(words.dropLast()) : words
    switch code {
    case Int32(SF_ERR_UNRECOGNISED_FORMAT):
      return "it is no audio file that can be read (known: WAV, FLAC, AIFF, Ogg Opus, Ogg Vorbis, MP3, CAF, AU)"
    case Int32(SF_ERR_UNSUPPORTED_ENCODING):
      return "its encoding is not supported: convert it with ffmpeg or sox to WAV"
    default: return "its header is damaged (\(text))"
    }
  }

  /// Reads up to `frames` frames to `samples` from sample `start` on. An error text means that decoding stopped there.
  func read(_ frames: Int, into samples: inout MutableSpan<Float>, from start: Int) -> (frames: Int, error: String?) {
    guard let handle, frames > 0, start + frames * channels <= samples.count else { return (0, nil) }
    let count = samples.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { sf_readf_float(handle, $0 + start, sf_count_t(frames)) } ?? 0
    }
    let code = sf_error(handle)
    let error = code == 0 ? nil : String(cString: sf_error_number(code))
    return (max(0, min(Int(count), frames)), error)
  }

  /// Opens the file anew and goes to `frame`, and tells whether audio can be had there: the only way on for a FLAC decoder
  /// that has lost its way.
  func reopen(at frame: Int64) -> Bool {
    if let handle { sf_close(handle) }
    var info = SF_INFO()
    handle = source.open(&info)
    guard let handle, Int(info.channels) == channels else { return false }
    guard sf_seek(handle, sf_count_t(frame), Int32(SF_SEEK_SET)) == frame else { return false }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { probe in
      sf_readf_float(handle, probe.baseAddress, 1) == 1 && sf_error(handle) == 0
        && sf_seek(handle, sf_count_t(frame), Int32(SF_SEEK_SET)) == frame
    }
  }
}
