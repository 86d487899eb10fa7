import ArgumentParser
import MediaBase
import MediaFiles

/// A file format that `partyline mix` writes.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case opus, wav, flac

  /// The encoding that the options ask for: the format given, or the one that the output's name tells, or Opus.
  static func encoding(
    format: OutputFormat?, path: String?, bits: SampleBits?, opus: AudioFileEncoding.OpusSettings
  ) throws(OptionError) -> AudioFileEncoding {
    switch try chosen(format, path: path) {
    case .opus:
      guard bits == nil else { throw .bitsWithoutSamples }
      return .oggOpus(opus)
    case .wav:
      return .wav(bits?.wav ?? .pcm16)
    case .flac:
      guard bits != .float else { throw .floatFLAC }
      return .flac(bits == .twentyFour ? .pcm24 : .pcm16)
    }
  }

  private static func chosen(_ format: OutputFormat?, path: String?) throws(OptionError) -> OutputFormat {
    if let format { return format }
    guard let path, path != OutputFile.standardOutput else { return .opus }
    do {
      switch try AudioFileEncoding(forPath: path) {
      case .oggOpus: return .opus
      case .wav: return .wav
      case .flac: return .flac
      }
    } catch {
      throw .unknownName(path)
    }
  }
}

/// Options that do not go together.
enum OptionError: Error, CustomStringConvertible {
  case bitsWithoutSamples
  case floatFLAC
  case unknownName(String)

  var description: String {
    switch self {
    case .bitsWithoutSamples: "--bits is for WAV and FLAC: Opus has no sample format."
    case .floatFLAC: "FLAC has no floating point: use --bits 24, or WAV."
    case .unknownName(let path):
      "Cannot tell a format from '\(path)': end it in \(AudioFileEncoding.knownExtensions), or give --format."
    }
  }
}

/// A sample format of WAV or FLAC.
enum SampleBits: String, ExpressibleByArgument, CaseIterable {
  case sixteen = "16"
  case twentyFour = "24"
  case float

  var wav: AudioFileEncoding.WAVSamples {
    switch self {
    case .sixteen: .pcm16
    case .twentyFour: .pcm24
    case .float: .float32
    }
  }
}

/// Channels of the mix.
enum Channels: String, EnumerableFlag {
  case mono, stereo

  var layout: ChannelLayout { self == .mono ? .mono : .stereo }
}

/// Which gains of an Ogg Opus file are applied.
enum GainTagChoice: String, ExpressibleByArgument, CaseIterable {
  case header, track, album

  var tags: GainTags {
    switch self {
    case .header: .header
    case .track: .track
    case .album: .album
    }
  }
}
