import MediaBase

/// How a room mixes: fixed when it is opened.
public struct RoomSettings: Sendable, Hashable {
  /// Who is mixed.
  public enum Talkers: Sendable, Hashable {
    /// The loudest so many, 1 to 32.
    case loudest(Int)
    /// Everybody: choirs, and rooms of a few.
    case all
  }

  /// Who is mixed; the loudest 6 unless said otherwise.
  public var talkers: Talkers
  /// Channels of the mix. Mono legs of a stereo room hear both channels as one.
  public var layout: ChannelLayout
  /// The length of a tick: 2.5 to 20 ms; a leg's packets hold one or more of them, or a part of one.
  public var frame: FrameDuration
  /// The most members at one time.
  public var capacity: Int
  /// The most (listener, source) pairs that hear each other at a level of their own at one time.
  public var levelCapacity: Int
  /// Whether members are sent their mixes. Where nobody is there to get them, as in a replay, nothing is encoded: the
  /// shared mix is the same, and a tick costs a fraction.
  public var sendsMixes: Bool

  /// Ordinary settings.
  public init(
    talkers: Talkers = .loudest(6), layout: ChannelLayout = .mono, frame: FrameDuration = .ms20, capacity: Int = 500,
    levelCapacity: Int = 256, sendsMixes: Bool = true
  ) {
    self.talkers = talkers
    self.layout = layout
    self.frame = frame
    self.capacity = capacity
    self.levelCapacity = levelCapacity
    self.sendsMixes = sendsMixes
  }
}
