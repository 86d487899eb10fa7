import CSndFile
import MediaBase

/// A WAV or FLAC file in the making, by libsndfile.
///
/// Owns the library's handle and frees it; the bytes go to an `OutputFile`. Samples are rounded here, not by the library,
/// whose own conversion wraps around or truncates depending on the format. WAV begins as RF64 and becomes a plain WAV at
/// the end if it stayed under 4 GiB.
final class SoundFileWriter: AudioFileWriter {
  /// The formats that go this way.
  enum Format {
    case wav(AudioFileEncoding.WAVSamples)
    case flac(AudioFileEncoding.FLACSamples)
  }

  private enum Samples { case pcm16, pcm24, float32 }

  private(set) var frames: Int64 = 0
  var path: String { file.path }

  private let file: OutputFile
  private let channels: Int
  private let samples: Samples
  private var handle: OpaquePointer?
  /// Where whole numbers are made, in pieces.
  private var shorts: [Int16] = []
  private var integers: [Int32] = []
  private static let pieceSamples = 8192

  init(_ file: OutputFile, format: Format, layout: ChannelLayout, tags: AudioFileTags) throws(AudioFileError) {
    self.file = file
    channels = layout.count
    samples = Self.samples(of: format)
    if samples == .pcm16 { shorts = [Int16](repeating: 0, count: Self.pieceSamples) }
    if samples == .pcm24 { integers = [Int32](repeating: 0, count: Self.pieceSamples) }
    var info = SF_INFO()
    info.samplerate = Int32(AudioRate.samplesPerSecond)
    info.channels = Int32(channels)
    info.format = Self.code(of: format)
    var access = Self.access
    handle = sf_open_virtual(&access, Int32(SFM_WRITE), &info, Unmanaged.passUnretained(file).toOpaque())
    guard let handle else { throw failure(sf_error(nil)) }
    if case .wav = format { sf_command(handle, Int32(SFC_RF64_AUTO_DOWNGRADE), nil, Int32(SF_TRUE)) }
    for (kind, value) in tags.soundFileStrings { sf_set_string(handle, kind, value) }
    try file.check()
  }

  deinit {
    close()
  }

  func write(_ samples: Span<Float>) throws(AudioFileError) {
    precondition(samples.count % channels == 0, "\(samples.count) samples are no whole frames of \(channels) channels")
    guard let handle else { preconditionFailure("an audio file cannot be written after its end") }
    var start = 0
    while start < samples.count {
      let piece = samples.extracting(start..<min(samples.count, start + Self.pieceSamples))
      let written = writePiece(piece, to: handle)
      try file.check()
      if written != piece.count { throw failure(sf_error(handle)) }
      start += piece.count
    }
    frames += Int64(samples.count / channels)
  }

  private func writePiece(_ piece: Span<Float>, to handle: OpaquePointer) -> Int {
    let count = sf_count_t(piece.count)
    switch samples {
    case .pcm16:
      var output = shorts.mutableSpan
      PCMRounding.round16(piece, to: &output)
      return Int(shorts.withUnsafeBufferPointer { sf_write_short(handle, $0.baseAddress, count) })
    case .pcm24:
      var output = integers.mutableSpan
      PCMRounding.round24(piece, to: &output)
      return Int(integers.withUnsafeBufferPointer { sf_write_int(handle, $0.baseAddress, count) })
    case .float32:
      return Int(piece.withUnsafeBufferPointer { sf_write_float(handle, $0.baseAddress, count) })
    }
  }

  func finish() throws(AudioFileError) {
    guard let handle else { preconditionFailure("an audio file can be finished once") }
    // FLAC's header is otherwise written with the first sample.
    if frames == 0 { sf_command(handle, Int32(SFC_UPDATE_HEADER_NOW), nil, 0) }
    let code = close()
    try file.check()
    if code != 0 { throw failure(code) }
    try file.commit()
  }

  /// Lets the library complete the header.
  @discardableResult private func close() -> Int32 {
    guard let handle else { return 0 }
    self.handle = nil
    return sf_close(handle)
  }

  private func failure(_ code: Int32) -> AudioFileError {
    .cannotWrite(path: file.path, reason: "libsndfile reports: \(String(cString: sf_error_number(code)))")
  }

  private static func samples(of format: Format) -> Samples {
    switch format {
    case .wav(.pcm16), .flac(.pcm16): .pcm16
    case .wav(.pcm24), .flac(.pcm24): .pcm24
    case .wav(.float32): .float32
    }
  }

  private static func code(of format: Format) -> Int32 {
    let container = if case .wav = format { SF_FORMAT_RF64 } else { SF_FORMAT_FLAC }
    let encoding =
      switch samples(of: format) {
      case .pcm16: SF_FORMAT_PCM_16
      case .pcm24: SF_FORMAT_PCM_24
      case .float32: SF_FORMAT_FLOAT
      }
    return Int32(container | encoding)
  }

  /// The library's way to the file. It never reads what it wrote.
  private static let access = SF_VIRTUAL_IO(
    get_filelen: { file in file.map { output($0).size } ?? 0 },
    seek: { offset, whence, file in
      guard let file else { return -1 }
      let output = output(file)
      let base: Int64 = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? output.position : output.size
      let (place, overflow) = base.addingReportingOverflow(offset)
      guard !overflow, place >= 0, (try? output.seek(to: place)) != nil else { return -1 }
      return place
    },
    read: { _, _, _ in 0 },
    write: { bytes, count, file in
      guard let bytes, let file, count >= 0 else { return 0 }
      let output = output(file)
      let written = UnsafeRawBufferPointer(start: bytes, count: Int(count))
      if output.position == 0 { PeakChunk.writeTimeless(written, to: output) } else { output.write(written) }
      return output.hasFailed ? 0 : count
    },
    tell: { file in file.map { output($0).position } ?? 0 })

  private static func output(_ pointer: UnsafeMutableRawPointer) -> OutputFile {
    Unmanaged<OutputFile>.fromOpaque(pointer).takeUnretainedValue()
  }
}

/// The PEAK chunk of a float file's header: where the loudest samples are, and when the file was written.
///
/// ```
/// "PEAK" │ size, 4 bytes │ version, 4 bytes │ time, 4 bytes │ peaks …
/// ```
/// libsndfile cannot be told to leave it out of RF64, and the same samples must give the same bytes: the time becomes 0.
private enum PeakChunk {
  private static let name = Array("PEAK".utf8)
  private static let timeOffset = 12
  private static let timeSize = 4

  static func writeTimeless(_ header: UnsafeRawBufferPointer, to output: OutputFile) {
    var bytes = Array(header)
    let last = bytes.count - timeOffset - timeSize
    let chunk = last < 0 ? nil : (0...last).first { bytes[$0..<$0 + name.count].elementsEqual(name) }
    if let time = chunk.map({ $0 + timeOffset }) {
      for index in time..<time + timeSize { bytes[index] = 0 }
    }
    bytes.withUnsafeBytes { output.write($0) }
  }
}

extension AudioFileTags {
  /// What libsndfile can store, by its kinds of string.
  fileprivate var soundFileStrings: [(kind: Int32, value: String)] {
    [
      (SF_STR_TITLE, title), (SF_STR_ARTIST, artist), (SF_STR_DATE, date), (SF_STR_COMMENT, comment),
      (SF_STR_SOFTWARE, encoder),
    ].filter { !$0.1.isEmpty }.map { (Int32($0.0), $0.1) }
  }
}
