import MediaBase

/// What an encoder is made for; fixed for its life.
public enum OpusApplication: Sendable, Hashable, CaseIterable {
  /// Speech that must be understood: speech mode where it pays, and a high-pass filter.
  case voip
  /// Sound that should come out as it went in.
  case audio
  /// The least delay there is, 2.5 ms instead of 6.5; without the speech mode, so without in-band FEC.
  case restrictedLowDelay
}

/// How many bits a second an encoder may spend.
public enum OpusBitrate: Sendable, Hashable {
  /// What libopus thinks right for the frame size and channels.
  case automatic
  /// As many as the packet's buffer holds.
  case maximum
  /// About this many, without headers; libopus keeps it within 500 to 300,000 a channel.
  case bitsPerSecond(Int)
}

/// How packet sizes follow the sound.
public enum OpusRateControl: Sendable, Hashable, CaseIterable {
  /// All packets of one size.
  case constant
  /// Sizes follow the sound freely.
  case variable
  /// Sizes follow the sound, with no more than one frame of buffering at the nominal rate.
  case constrainedVariable
}

/// What kind of sound an encoder is told to expect.
public enum OpusSignal: Sendable, Hashable, CaseIterable {
  /// It finds out by itself.
  case automatic
  /// Prefer the speech mode.
  case voice
  /// Prefer the music mode.
  case music
}

/// All that can be changed on a running encoder; a value of its own, so that a room keeps one and every encoder shares it.
///
/// The defaults are libopus's own. What is out of range throws `OpusError.badArgument` when it is applied.
public struct OpusEncoderSettings: Sendable, Hashable {
  /// Bits a second.
  public var bitrate = OpusBitrate.automatic
  /// How packet sizes follow the sound.
  public var rateControl = OpusRateControl.constrainedVariable
  /// Work spent for quality, 0 to 10.
  public var complexity = 9
  /// The kind of sound.
  public var signal = OpusSignal.automatic
  /// Always this bandwidth; `nil`: chosen by bit rate and sound.
  public var bandwidth: OpusBandwidth?
  /// Never more than this bandwidth, where `bandwidth` is `nil`.
  public var maximumBandwidth = OpusBandwidth.fullband
  /// Code as mono or stereo whatever the input; `nil`: chosen. A mono encoder cannot be forced to stereo.
  public var forcedLayout: ChannelLayout?
  /// Repeat the last frame in small inside each packet, in the speech mode and once loss is expected (RFC 6716, 2.1.7).
  public var usesInbandFEC = false
  /// How many of 100 packets get lost, 0 to 100: makes frames lean less on each other, and pays for in-band FEC.
  public var expectedLossPercent = 0
  /// Send next to nothing while nobody talks (RFC 6716, 2.1.9).
  public var usesDTX = false
  /// Bits of the sound before it became float, 8 to 24: what lies below is taken for noise.
  public var inputBitDepth = 24
  /// Every packet's duration; `nil`: that of the sound given.
  public var frameDuration: OpusFrameDuration?
  /// Code each frame without leaning on the one before: dearer, and loss harms one packet only.
  public var isPredictionDisabled = false
  /// Never code one channel of stereo as the other turned around: better where listeners mix stereo down to mono.
  public var isPhaseInversionDisabled = false

  /// libopus's defaults.
  public init() {}
}
