import MediaBase
import MediaFiles
import Mixing

/// One leg whose file has been looked at: what the pipeline mixes.
///
/// A plain value; the file is closed again until the mix reaches the leg.
public struct Leg: Sendable {
  /// How it was asked for; `channel` is `all` or `one`.
  public var specification: LegSpecification
  /// What it is called: unique within the mix.
  public var name: String
  /// What the file holds.
  public var format: AudioFileFormat
  /// Its first sample in the mix, in samples at 48 kHz.
  public var start: Int64
  /// Its length in the mix, drift taken out, in samples at 48 kHz.
  public var length: Int64
  /// Channels that it has in the mix.
  public var layout: ChannelLayout

  /// One sample past its last.
  public var end: Int64 { start + length }

  /// Its rate as the mix sees it: the file's own, faster or slower by the drift of the clock that recorded it.
  var effectiveRate: Double {
    Double(format.sampleRate) * (1 + specification.driftPPM * 1e-6)
  }

  /// Whether its samples can be taken as they are.
  var needsResampling: Bool { effectiveRate != Double(AudioRate.samplesPerSecond) }

  /// Length at 48 kHz of so many of the file's frames.
  static func mixLength(fileFrames: Int64, effectiveRate: Double) -> Int64 {
    Int64((Double(fileFrames) * Double(AudioRate.samplesPerSecond) / effectiveRate).rounded())
  }
}
