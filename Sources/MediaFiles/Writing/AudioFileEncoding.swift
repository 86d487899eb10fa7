import Foundation
import MediaBase

/// How an output file is coded.
public enum AudioFileEncoding: Sendable, Equatable {
  /// Ogg Opus (RFC 7845).
  case oggOpus(OpusSettings = OpusSettings())
  /// WAV; RF64 from 4 GiB on.
  case wav(WAVSamples = .pcm16)
  /// FLAC.
  case flac(FLACSamples = .pcm16)

  /// How Opus is coded.
  public struct OpusSettings: Sendable, Equatable {
    /// Bits a second, 500 to 512,000; `nil` for `defaultBitrate`.
    public var bitrate: Int?
    /// 0, quick, to 10, best.
    public var complexity: Int
    /// Names the stream in its pages. The caller chooses, so that the same input gives the same bytes.
    public var serial: UInt32

    /// 60,000 a channel, what opusenc takes unasked: just enough for mono speech to be coded in the music mode, which takes
    /// libopus half the time of its speech mode at 51,000.
    public static func defaultBitrate(for layout: ChannelLayout) -> Int { 60_000 * layout.count }

    /// Settings with what matters changed.
    public init(bitrate: Int? = nil, complexity: Int = 10, serial: UInt32 = 1) {
      self.bitrate = bitrate
      self.complexity = complexity
      self.serial = serial
    }
  }

  /// How WAV's samples are stored.
  public enum WAVSamples: Sendable, Equatable, CaseIterable {
    /// 16 or 24 bits, rounded to the nearest and saturated; no dither.
    case pcm16, pcm24
    /// 32-bit float, as it comes, over full scale too.
    case float32
  }

  /// How FLAC's samples are stored: rounded to the nearest and saturated; no dither.
  public enum FLACSamples: Sendable, Equatable, CaseIterable {
    case pcm16, pcm24
  }

  /// The encoding that a file's name asks for by its extension, in upper or lower case, with the default settings.
  public init(forPath path: String) throws(AudioFileError) {
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "opus", "ogg", "oga": self = .oggOpus()
    case "wav", "wave": self = .wav()
    case "flac": self = .flac()
    default: throw .unknownOutputFormat(path: path)
    }
  }

  /// The extensions that `init(forPath:)` knows, for people.
  public static let knownExtensions = ".opus, .ogg, .oga, .wav, .wave or .flac"

  /// The usual extension, without a dot.
  public var fileExtension: String {
    switch self {
    case .oggOpus: "opus"
    case .wav: "wav"
    case .flac: "flac"
    }
  }
}

/// What a file says about itself. Empty texts are left out.
public struct AudioFileTags: Sendable, Equatable {
  /// What it is: a meeting's name.
  public var title: String
  /// Who is to be heard.
  public var artist: String
  /// As it is to appear, such as 2026-03-01. Never filled in by itself: the same input gives the same bytes.
  public var date: String
  /// Anything else.
  public var comment: String
  /// The program that made the file.
  public var encoder: String

  /// Tags with what is known filled in.
  public init(
    title: String = "", artist: String = "", date: String = "", comment: String = "", encoder: String = "partyline"
  ) {
    self.title = title
    self.artist = artist
    self.date = date
    self.comment = comment
    self.encoder = encoder
  }
}
