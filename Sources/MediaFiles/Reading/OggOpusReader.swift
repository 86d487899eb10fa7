import MediaBase

/// An Ogg Opus file (RFC 7845), chained or not, read with its timeline whole.
///
///     decode ─▶ does it begin where we are? ─ yes ─▶ repair ─▶ caller
///                        │ no: a gap
///                        └▶ kept aside, silence first, then it
///
/// All links are delivered with the channels of the widest: a mono link in a stereo file on both sides, any other on its
/// first channels. Pre-skip, end trimming and gain are the decoder's; exactly `format.frames` frames are delivered, unless
/// the file breaks beyond repair. A stretch that the granule positions leave out without a missing page (a recorder that
/// was paused) is silence, and no damage.
final class OggOpusReader: AudioFileReader {
  let path: String
  let format: AudioFileFormat
  private(set) var position: Int64 = 0
  private(set) var repairedSamples = 0

  private let decoder: OggOpusDecoder
  private let total: Int64
  /// Not all links have the same number of channels.
  private let isMixed: Bool
  /// The file ends without saying so; told once, at the end.
  private var isCutOff: Bool
  /// Damage found behind frames that were delivered first; thrown next, before the silence that stands for it.
  private var pendingDamage: AudioFileError?
  /// Frames of silence to deliver before anything is decoded.
  private var silence: Int64 = 0
  private var kept: KeptFrames
  /// A gap without a missing page is believed from 20 ms on: some writers round their granule positions.
  private static let leastGap: Int64 = 960

  init(_ file: InputFile, gainTags: GainTags) throws(AudioFileError) {
    decoder = try OggOpusDecoder(file, gainTags: gainTags)
    let links = decoder.linkChannels
    let channels = links.max() ?? 1
    isMixed = links.contains { $0 != channels }
    path = file.path
    total = decoder.totalFrames
    kept = KeptFrames(channels: channels)
    format = AudioFileFormat(
      description: "Ogg Opus", sampleRate: AudioRate.samplesPerSecond, channels: channels, frames: total,
      estimatedFrames: total)
    isCutOff = OggEnding.isCutOff(file, serial: decoder.lastSerial)
  }

  func read(into samples: inout MutableSpan<Float>) throws(AudioFileError) -> Int {
    let channels = format.channels
    let room = samples.count / channels
    var filled = 0
    while filled < room && position < total {
      if let found = pendingDamage {
        if filled > 0 { break }
        pendingDamage = nil
        throw found
      }
      let wanted = Int(min(Int64(room - filled), total - position))
      let count: Int
      if silence > 0 {
        count = Int(min(Int64(wanted), silence))
        SampleRepair.silence(&samples, in: filled * channels..<(filled + count) * channels)
        silence -= Int64(count)
      } else if !kept.isEmpty {
        count = kept.take(wanted, into: &samples, at: filled)
      } else {
        count = decode(into: &samples, at: filled, wanted: wanted)
      }
      filled += count
      position += Int64(count)
    }
    if filled == 0 && room > 0 && position >= total && isCutOff {
      isCutOff = false
      throw damage("it ends without an end-of-stream mark: the file was probably cut off here")
    }
    return filled
  }

  /// Decodes one packet: the frames put at `filled`, or 0 if damage, silence or frames kept aside come first.
  private func decode(into samples: inout MutableSpan<Float>, at filled: Int, wanted: Int) -> Int {
    let outcome: OggOpusDecoder.Outcome
    if isMixed {
      outcome = kept.decode(with: decoder)
    } else {
      outcome = decoder.decode(into: &samples, from: filled * format.channels)
    }
    switch outcome {
    case .frames(let count, let channels):
      return accept(count, of: channels, into: &samples, at: filled, wanted: wanted)
    case .hole: reportLoss("damaged or missing Ogg pages")
    case .badPacket: reportLoss("a packet that cannot be decoded")
    case .end: reportLoss("the audio ends early", upTo: total)
    case .broken(let reason): reportLoss(reason, upTo: total)
    }
    return 0
  }

  /// Notes damage at the present place and the silence that stands for it.
  private func reportLoss(_ cause: String, upTo end: Int64? = nil) {
    let lost = max(0, min(end ?? decoder.frameOffset, total) - position)
    let seconds = AudioFileError.text(Double(lost) / Double(format.sampleRate))
    pendingDamage = damage(lost > 0 ? "\(seconds) s lost: \(cause)" : cause)
    silence = lost
  }

  private func damage(_ detail: String) -> AudioFileError {
    .damaged(path: path, second: Double(position) / Double(format.sampleRate), detail: detail)
  }

  /// Takes decoded frames in: where they were decoded to, or kept if a gap comes before them or their channels must be
  /// spread.
  private func accept(
    _ count: Int, of channels: Int, into samples: inout MutableSpan<Float>, at filled: Int, wanted: Int
  ) -> Int {
    let gap = decoder.frameOffset - Int64(count) - position
    if gap >= Self.leastGap { silence = min(gap, total - position) }
    if isMixed {
      repairedSamples += kept.widen(count, from: channels)
      return 0
    }
    let first = filled * format.channels
    repairedSamples += SampleRepair.repair(&samples, in: first..<first + count * format.channels)
    if silence == 0 { return min(count, wanted) }
    kept.keep(count, of: samples, from: filled)
    return 0
  }
}

/// How an Ogg file ends.
enum OggEnding {
  /// Whether the last whole page of the stream does not carry the end-of-stream flag (RFC 3533, 6): the file was cut off,
  /// or its writer died. Only the end of the file is read.
  static func isCutOff(_ file: InputFile, serial: UInt32?) -> Bool {
    let count = Int(min(file.size, Int64(2 * OggPage.longest)))
    let tail = file.bytes(at: file.size - Int64(count), count: count)
    guard let page = OggPage.last(of: serial, in: tail.span) else { return false }
    return !page.isLast
  }
}
