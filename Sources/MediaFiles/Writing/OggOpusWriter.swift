import AudioCodecs
import MediaBase

/// An Ogg Opus file in the making: an encoder, and a writer of its packets.
///
/// ```
/// samples ─▶ frame of 20 ms ─▶ OpusEncoder ─▶ OggOpusPacketWriter
/// ```
/// The encoder's delay is the file's pre-skip, and the last page trims what was added to fill the last frame, so the decoded
/// file has exactly as many frames as were written.
///
/// Costs the encoder's time: about 250 times real time at complexity 10.
final class OggOpusWriter: AudioFileWriter {
  private(set) var frames: Int64 = 0
  let path: String

  private let channels: Int
  private let preSkipSamples: Int
  private var encoder: OpusEncoder
  private let packets: OggOpusPacketWriter
  /// The frame being filled, interleaved, and how many samples of it are there.
  private var frame: [Float]
  private var filled = 0
  private var packet = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
  private var isOpen = true

  private static let frameSamples = OpusFrameDuration.ms20.samples

  init(
    _ file: OutputFile, settings: AudioFileEncoding.OpusSettings, layout: ChannelLayout, tags: AudioFileTags,
    delivery: OggOpusPacketWriter.Delivery = .inLargePieces
  ) throws(AudioFileError) {
    path = file.path
    channels = layout.count
    frame = [Float](repeating: 0, count: Self.frameSamples * layout.count)
    do {
      encoder = try OpusEncoder(layout: layout, application: .audio, settings: settings.encoderSettings(for: layout))
    } catch {
      throw Self.failure(file.path, error)
    }
    preSkipSamples = encoder.lookaheadSamples
    packets = try OggOpusPacketWriter(
      file, head: OggOpusHead(layout: layout, preSkipSamples: preSkipSamples), vendor: OpusEncoder.libraryVersion,
      tags: tags, serial: settings.serial, delivery: delivery)
  }

  func write(_ samples: Span<Float>) throws(AudioFileError) {
    precondition(samples.count % channels == 0, "\(samples.count) samples are no whole frames of \(channels) channels")
    precondition(isOpen, "an audio file cannot be written after its end")
    frames += Int64(samples.count / channels)
    var start = 0
    while start < samples.count {
      let count = min(samples.count - start, frame.count - filled)
      fill(with: samples.extracting(start..<start + count))
      start += count
      if filled == frame.count { try encodeFrame() }
    }
  }

  func finish() throws(AudioFileError) {
    precondition(isOpen, "an audio file can be finished once")
    isOpen = false
    let end = Int64(preSkipSamples) + frames
    while packets.positionSamples < end {
      // Zeros: the last 10 ms of speech or noise cut anywhere come out as well as those before; a loud tone, which ends with
      // a click in any case, within 27 dB.
      for index in filled..<frame.count { frame[index] = 0 }
      try encodeFrame()
    }
    try packets.finish(trimming: Int(packets.positionSamples - end))
  }

  private func fill(with samples: Span<Float>) {
    var room = frame.mutableSpan
    for index in 0..<samples.count {
      let sample = samples[unchecked: index]
      // The encoder would silence the whole frame.
      room[filled + index] = sample.isNaN ? 0 : sample
    }
    filled += samples.count
  }

  private func encodeFrame() throws(AudioFileError) {
    filled = 0
    let count: Int
    do {
      var room = packet.mutableSpan
      count = try encoder.encode(frame.span, into: &room)
    } catch {
      throw Self.failure(path, error)
    }
    // The compiler accepts no span of a class's property in a call that throws.
    let encoded = packet
    try packets.write(encoded.span.extracting(first: count), durationSamples: Self.frameSamples)
  }

  private static func failure(_ path: String, _ error: OpusError) -> AudioFileError {
    switch error {
    case .allocationFailed: .cannotWrite(path: path, reason: "there is not enough memory")
    case .badArgument: .cannotWrite(path: path, reason: "the Opus encoder refuses its settings")
    default: .cannotWrite(path: path, reason: "the Opus encoder reports \(error)")
    }
  }
}

extension AudioFileEncoding.OpusSettings {
  fileprivate func encoderSettings(for layout: ChannelLayout) -> OpusEncoderSettings {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(bitrate ?? Self.defaultBitrate(for: layout))
    settings.complexity = complexity
    return settings
  }
}
