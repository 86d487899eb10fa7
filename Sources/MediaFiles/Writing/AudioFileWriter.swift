import MediaBase

/// An audio file being written at 48 kHz, from front to back.
///
/// One owner, one thread at a time. Until `finish` returns, nothing is to be seen under the file's name; a writer that is
/// let go before, or whose `write` or `finish` threw, leaves no trace. The same samples, settings and tags give the same
/// bytes.
public protocol AudioFileWriter: AnyObject {
  /// As it was given; `-` is standard output.
  var path: String { get }

  /// Frames written so far.
  var frames: Int64 { get }

  /// Appends whole frames, interleaved, full scale ±1. Integer formats saturate beyond it; a sample that is no number
  /// becomes silence.
  func write(_ samples: Span<Float>) throws(AudioFileError)

  /// Writes what is still held back and puts the file in its place. Nothing may be written after it. A file of 0 frames is
  /// a good file.
  func finish() throws(AudioFileError)
}

/// Begins an audio file at `path`, or on standard output if that is `-`.
///
/// Fails at once where it can be known at once: no such directory, a directory in its place, no permission. A file that is
/// there stays as it is until `finish`; a symbolic link stays one, and what it points to is replaced; a device or pipe is
/// written into. Ogg Opus goes to standard output and pipes as it is made, WAV and FLAC when they are finished.
public func createAudioFile(
  at path: String, encoding: AudioFileEncoding, layout: ChannelLayout, tags: AudioFileTags = AudioFileTags()
) throws(AudioFileError) -> any AudioFileWriter {
  switch encoding {
  case .oggOpus(let settings):
    let file = try OutputFile(path: path, access: .sequential)
    return try OggOpusWriter(file, settings: settings, layout: layout, tags: tags)
  case .wav(let samples):
    let file = try OutputFile(path: path, access: .random)
    return try SoundFileWriter(file, format: .wav(samples), layout: layout, tags: tags)
  case .flac(let samples):
    let file = try OutputFile(path: path, access: .random)
    return try SoundFileWriter(file, format: .flac(samples), layout: layout, tags: tags)
  }
}

/// Begins an Ogg Opus file that grows under its own name, a page of a second at a time: one whose writer is killed plays to
/// its last second. A file that is there already is not touched: that throws.
public func createGrowingOpusFile(
  at path: String, settings: AudioFileEncoding.OpusSettings, layout: ChannelLayout,
  tags: AudioFileTags = AudioFileTags()
) throws(AudioFileError) -> any AudioFileWriter {
  let file = try OutputFile(growingAt: path)
  return try OggOpusWriter(file, settings: settings, layout: layout, tags: tags, delivery: .pageByPage)
}
