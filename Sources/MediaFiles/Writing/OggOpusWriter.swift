import COpusEnc
import MediaBase

/// An Ogg Opus file in the making, by libopusenc.
///
/// Owns the encoder and frees it. Samples go in as floats; pages of about a second come out to the file. The decoded file
/// has exactly as many frames as were written. Costs the encoder's time: about 100 times real time at complexity 10.
final class OggOpusWriter: AudioFileWriter {
  private(set) var frames: Int64 = 0
  var path: String { file.path }

  private let file: OutputFile
  private let channels: Int
  private var encoder: OpaquePointer?

  init(
    _ file: OutputFile, settings: AudioFileEncoding.OpusSettings, layout: ChannelLayout, tags: AudioFileTags
  ) throws(AudioFileError) {
    self.file = file
    channels = layout.count
    guard let comments = ope_comments_create() else { throw Self.failure(file.path, OPE_ALLOC_FAIL) }
    defer { ope_comments_destroy(comments) }
    for (name, value) in tags.vorbisComments {
      ope_comments_add(comments, name, value)
    }
    var callbacks = OpusEncCallbacks(
      write: { file, bytes, count in
        guard let file, let bytes, count >= 0 else { return 1 }
        let output = Unmanaged<OutputFile>.fromOpaque(file).takeUnretainedValue()
        output.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        return output.hasFailed ? 1 : 0
      },
      close: { _ in 0 })
    var code: Int32 = 0
    encoder = ope_encoder_create_callbacks(
      &callbacks, Unmanaged.passUnretained(file).toOpaque(), comments, Int32(AudioRate.samplesPerSecond),
      Int32(channels), 0, &code)
    guard encoder != nil else { throw Self.failure(file.path, code) }
    try set(OPE_SET_SERIALNO_REQUEST, Int32(bitPattern: settings.serial))
    try set(OPE_SET_COMMENT_PADDING_REQUEST, 0)
    try set(OPUS_SET_COMPLEXITY_REQUEST, Int32(clamping: settings.complexity))
    if let bitrate = settings.bitrate { try set(OPUS_SET_BITRATE_REQUEST, Int32(clamping: bitrate)) }
  }

  deinit {
    if let encoder { ope_encoder_destroy(encoder) }
  }

  func write(_ samples: Span<Float>) throws(AudioFileError) {
    precondition(samples.count % channels == 0, "\(samples.count) samples are no whole frames of \(channels) channels")
    guard let encoder else { preconditionFailure("an audio file cannot be written after its end") }
    let code = samples.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { ope_encoder_write_float(encoder, $0, Int32(buffer.count / channels)) } ?? OPE_OK
    }
    frames += Int64(samples.count / channels)
    try check(code)
  }

  func finish() throws(AudioFileError) {
    guard let encoder else { preconditionFailure("an audio file can be finished once") }
    // The library aborts where it is drained before it was given anything, be it nothing.
    var none: Float = 0
    if frames == 0 { ope_encoder_write_float(encoder, &none, 0) }
    let code = ope_encoder_drain(encoder)
    ope_encoder_destroy(encoder)
    self.encoder = nil
    try check(code)
    try file.commit()
  }

  private func set(_ request: Int32, _ value: Int32) throws(AudioFileError) {
    guard let encoder else { return }
    try check(partyline_ope_encoder_set(encoder, request, value))
  }

  /// The file's own failure tells more than the library's, so it goes first.
  private func check(_ code: Int32) throws(AudioFileError) {
    try file.check()
    if code != OPE_OK { throw Self.failure(file.path, code) }
  }

  private static func failure(_ path: String, _ code: Int32) -> AudioFileError {
    .cannotWrite(path: path, reason: "the Opus encoder refuses: \(String(cString: ope_strerror(code)))")
  }
}

extension AudioFileTags {
  /// Names and values as Ogg and FLAC have them; a value ends at its first NUL.
  var vorbisComments: [(name: String, value: String)] {
    [("TITLE", title), ("ARTIST", artist), ("DATE", date), ("DESCRIPTION", comment), ("ENCODER", encoder)]
      .filter { !$0.1.isEmpty }
  }
}
