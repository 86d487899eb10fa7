import COpus
import COpusFile

/// libopusfile's handle on one file.
///
/// Owns the `OggOpusFile` and the file beneath it, and frees both. One thread at a time. Costs the decoder's state, about
/// 30 KiB a stereo file, and no allocation while reading.
final class OggOpusDecoder {
  /// What one call to the library came to.
  enum Outcome {
    /// So many frames were decoded, of so many channels.
    case frames(Int, channels: Int)
    /// Pages are missing or were damaged; `frameOffset` is now behind them.
    case hole
    /// One packet could not be decoded; `frameOffset` is now behind it.
    case badPacket
    /// Nothing more can be had from the file.
    case broken(String)
    case end
  }

  private let handle: OpaquePointer
  private let source: Source
  private let oneStream: OneStreamDecoding

  /// What the library's callbacks read from: a file and a position in it.
  private final class Source {
    let file: InputFile
    var position: Int64 = 0
    init(_ file: InputFile) { self.file = file }
  }

  /// Reads the headers of all links of the chain.
  init(_ file: InputFile, gainTags: GainTags) throws(AudioFileError) {
    source = Source(file)
    var callbacks = OpusFileCallbacks(
      read: { stream, bytes, count in
        guard let stream, let bytes, count > 0 else { return count == 0 ? 0 : -1 }
        let source = Unmanaged<Source>.fromOpaque(stream).takeUnretainedValue()
        let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
        let got = source.file.read(into: buffer, at: source.position)
        source.position += Int64(max(got, 0))
        return Int32(got)
      },
      seek: { stream, offset, whence in
        guard let stream else { return -1 }
        let source = Unmanaged<Source>.fromOpaque(stream).takeUnretainedValue()
        let base: Int64 = whence == 0 ? 0 : whence == 1 ? source.position : source.file.size
        let (place, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, place >= 0 else { return -1 }
        source.position = place
        return 0
      },
      tell: { stream in
        guard let stream else { return -1 }
        return Unmanaged<Source>.fromOpaque(stream).takeUnretainedValue().position
      },
      close: nil)
    var code: Int32 = 0
    let stream = Unmanaged.passUnretained(source).toOpaque()
    guard let handle = op_open_callbacks(stream, &callbacks, nil, 0, &code) else {
      throw .unreadable(path: file.path, reason: Self.text(of: code))
    }
    self.handle = handle
    oneStream = OneStreamDecoding(handle)
    oneStream.takeOver()
    switch gainTags {
    case .header: break
    case .track: op_set_gain_offset(handle, OP_TRACK_GAIN, 0)
    case .album: op_set_gain_offset(handle, OP_ALBUM_GAIN, 0)
    }
  }

  deinit {
    op_free(handle)
  }

  /// Frames of all links together, as their granule positions declare it, without pre-skip and what is trimmed at the end.
  var totalFrames: Int64 { max(0, op_pcm_total(handle, -1)) }

  /// Where the next decoded frame belongs.
  var frameOffset: Int64 { max(0, op_pcm_tell(handle)) }

  /// The serial number of the last link's stream.
  var lastSerial: UInt32 { op_serialno(handle, op_link_count(handle) - 1) }

  /// Channels of each link: one or more numbers from 1 to 8.
  var linkChannels: [Int] {
    (0..<max(1, op_link_count(handle))).map { max(1, Int(op_channel_count(handle, $0))) }
  }

  /// Decodes into `samples` from `start`; straight into it where 120 ms (5,760 frames) of the file's channels fit.
  func decode(into samples: inout MutableSpan<Float>, from start: Int) -> Outcome {
    let room = Int32(clamping: samples.count - start)
    var link: Int32 = 0
    let code = samples.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { op_read_float(handle, $0 + start, room, &link) } ?? 0
    }
    switch code {
    case 1...: return .frames(Int(code), channels: max(1, Int(op_channel_count(handle, link))))
    case 0: return .end
    case OP_HOLE: return .hole
    case OP_EBADPACKET: return .badPacket
    default: return .broken(Self.text(of: code))
    }
  }

  private static func text(of code: Int32) -> String {
    switch code {
    case OP_EREAD: "the disk reports an error, or the file became shorter while it was read"
    case OP_EFAULT: "there is not enough memory to decode it"
    case OP_EIMPL: "its channel mapping is not supported"
    case OP_ENOTFORMAT: "it contains no Opus stream"
    case OP_EBADHEADER: "its Opus header is damaged"
    case OP_EVERSION: "its Opus version is unknown"
    case OP_EBADLINK: "its Ogg pages are out of order"
    case OP_EBADTIMESTAMP: "its time stamps are damaged"
    default: "libopusfile reports error \(code)"
    }
  }
}
