import MediaBase

/// The first byte of an Opus packet, its "table of contents": what kind of frames it holds (RFC 6716, 3.1).
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     | config  |s| c |      bit 0 is the highest
///     +-+-+-+-+-+-+-+-+
///
/// - config: mode, bandwidth and frame size (table 2)
/// - s: 0 mono, 1 stereo
/// - c: 0 one frame, 1 two of equal size, 2 two of different size, 3 any number
///
/// Every byte is a valid one. A plain value; it costs nothing to make.
public struct OpusTOC: Hashable, Sendable {
  /// The byte as it stands in the packet.
  public let byte: UInt8

  /// The meaning of `byte`.
  public init(_ byte: UInt8) {
    self.byte = byte
  }

  /// Which of Opus's two codecs is at work.
  public enum Mode: Sendable, Hashable, CaseIterable {
    /// Speech, up to wideband.
    case silk
    /// Speech below 8 kHz, music's codec above.
    case hybrid
    /// Music and low delay.
    case celt
  }

  /// How the packet's frames are packed (RFC 6716, 3.2).
  public enum FrameCountCode: UInt8, Sendable, Hashable, CaseIterable {
    case one = 0
    case twoEqual = 1
    case twoDifferent = 2
    case any = 3
  }

  /// 0 to 31, the row of RFC 6716's table 2.
  public var configuration: Int { Int(byte >> 3) }

  /// Which codec.
  public var mode: Mode {
    switch configuration {
    case ..<12: .silk
    case ..<16: .hybrid
    default: .celt
    }
  }

  /// How much of the spectrum.
  public var bandwidth: OpusBandwidth {
    switch configuration {
    case 0...3, 16...19: .narrowband
    case 4...7: .mediumband
    case 8...11, 20...23: .wideband
    case 12...13, 24...27: .superWideband
    default: .fullband
    }
  }

  /// Samples per channel at 48 kHz in each frame: 120 to 2,880.
  public var frameSamples: Int {
    switch mode {
    case .silk: configuration % 4 == 3 ? 2_880 : 480 << (configuration % 4)
    case .hybrid: 480 << (configuration % 2)
    case .celt: 120 << (configuration % 4)
    }
  }

  /// Channels coded; a decoder gives either layout from both.
  public var layout: ChannelLayout { byte & 0b100 == 0 ? .mono : .stereo }

  /// How frames are packed.
  public var frameCountCode: FrameCountCode {
    switch byte & 0b11 {
    case 0: .one
    case 1: .twoEqual
    case 2: .twoDifferent
    default: .any
    }
  }
}
