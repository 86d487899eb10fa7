import Foundation
import MediaBase
import MediaFiles
import Mixing

/// Everything that one run of the offline mixer is asked to do. A plain value.
public struct OfflineMixJob: Sendable {
  /// The legs to mix.
  public var legs: [LegSpecification]
  /// The conference's title: the report's heading, and the mix's tag where no other is given.
  public var title: String?
  /// Where the mix goes, `-` for standard output; nothing for no mix.
  public var output: String?
  /// How mix and mix-minus are coded; nothing to tell by the output's name.
  public var encoding: AudioFileEncoding?
  /// Channels of the mix; nothing for mono, or stereo where a leg asks for a place.
  public var layout: ChannelLayout?
  /// Folder for each leg's mix without itself.
  public var mixMinusFolder: String?
  /// Folder for all legs aligned and of one length.
  public var stemsFolder: String?
  /// Loudness to bring the mix to, LUFS.
  public var targetLUFS: Double?
  /// What the mix's file says of itself.
  public var tags = AudioFileTags()
  /// Which gains written in Ogg Opus files to apply.
  public var gainTags = GainTags.header
  /// Whether damaged legs are mixed as far as they can be read.
  public var keepsGoing = false
  /// Whether a report is wanted: it costs about as much as decoding.
  public var wantsReport = false
  /// Cores to use.
  public var jobs = ProcessInfo.processInfo.activeProcessorCount
  /// The limiter of every mix.
  public var limiter = LimiterSettings()

  /// A mix of these legs, with nothing asked for yet.
  public init(legs: [LegSpecification]) {
    self.legs = legs
  }

  /// The loudness that can be asked for.
  public static let targets = -70.0...(-5.0)

  /// Channels of the mix.
  var mixLayout: ChannelLayout {
    layout ?? (legs.contains { $0.pan != nil } ? .stereo : .mono)
  }
}
