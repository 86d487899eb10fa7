/// What one frame of a voice holds.
public struct RenderedFrame: Sendable, Hashable {
  /// Where the sound of a frame comes from; of several, the one of its end.
  public enum Content: Sendable, Hashable {
    /// Nothing has been heard of the member yet: zeros.
    case silence
    /// Decoded packets, or their copies in FEC.
    case speech
    /// Invented for packets that are missing or late.
    case concealment
    /// Noise of the level of the member's pauses: nothing is being sent.
    case comfortNoise
  }

  /// Where its sound comes from.
  public var content: Content
  /// Packets decoded for it: 0 where the queue still held enough.
  public var packetsDecoded: Int
  /// The loudest RFC 6464 level of those, 0 (full scale) to 127 (silence); `nil` where none told one.
  public var level: UInt8?

  /// Whether the member is not being heard at present: `silence` or `comfortNoise`.
  public var isSilent: Bool { content == .silence || content == .comfortNoise }
}
