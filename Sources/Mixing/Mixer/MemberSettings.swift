import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How one member's voice enters the mix.
public struct MemberSettings: Sendable, Hashable {
  /// Gain on their voice; `silence` is allowed. At most +60 dB.
  public var gain: Decibels
  /// Whether their voice is left out.
  public var isMuted: Bool
  /// Where their voice stands in a stereo mix. A mono mix has no places and leaves it aside.
  public var pan: Pan

  /// As the voice comes: unity gain, in the middle.
  public init(gain: Decibels = .unity, isMuted: Bool = false, pan: Pan = .centre) {
    self.gain = gain
    self.isMuted = isMuted
    self.pan = pan
  }

  /// The highest gain: beyond it a mistyped number, not a wish.
  public static let highestGain = Decibels(60)

  /// The gains towards the left and right channel for a source of this layout in a mix of that layout.
  func gains(source: ChannelLayout, mix: ChannelLayout) -> StereoGain {
    guard !isMuted else { return .silence }
    let level = Float(min(gain, Self.highestGain).linear)
    switch (source, mix) {
    case (_, .mono):
      return StereoGain(left: level, right: level)
    case (.mono, .stereo):
      let (left, right) = pan.constantPower
      return StereoGain(left: level * left, right: level * right)
    case (.stereo, .stereo):
      let (left, right) = pan.balance
      return StereoGain(left: level * left, right: level * right)
    }
  }
}

/// A place between the left (−1) and the right (+1) loudspeaker; 0 is the middle.
public struct Pan: Sendable, Hashable {
  /// −1 to +1.
  public let position: Double

  /// A place; values outside −1 to +1 are brought to the nearest end, and what is no number to the middle.
  public init(_ position: Double) {
    self.position = position.isNaN ? 0 : min(1, max(-1, position))
  }

  /// In the middle.
  public static let centre = Pan(0)

  /// Constant-power pan of a mono voice: cos θ and sin θ with θ from 0 (left) to π/2 (right), so that the power, and with
  /// it the loudness by ITU-R BS.1770, is the same everywhere; in the middle each channel has −3 dB.
  var constantPower: (left: Float, right: Float) {
    let angle = (position + 1) * Double.pi / 4
    // cos(π/2) is not quite zero in floating point: the far channel must be silent, not nearly so.
    return (position == 1 ? 0 : Float(cos(angle)), position == -1 ? 0 : Float(sin(angle)))
  }

  /// Balance of a voice that is stereo already: the side that it moves towards stays as it is, the other falls by the
  /// same law.
  var balance: (left: Float, right: Float) {
    let (left, right) = constantPower
    let middle = Float(0.5.squareRoot())
    return (position <= 0 ? 1 : left / middle, position >= 0 ? 1 : right / middle)
  }
}

extension MemberSettings {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&gain.value)
    coder.code(&isMuted)
    var position = pan.position
    coder.code(&position)
    pan = Pan(position)
  }
}
