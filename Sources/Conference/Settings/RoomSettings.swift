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

  /// How mixes are encoded as Opus: what is spent, and what it is spent for. docs/opus-modes.md has the figures.
  public enum Encoding: String, Sendable, Hashable, CaseIterable {
    /// As speech: the speech and hybrid modes below 62 kbit/s, and in-band FEC for legs that report loss.
    case speech
    /// As any sound, music before all: CELT alone from 18 kbit/s on, for a third of the work, and no FEC, which CELT does
    /// not have. For legs that report loss each frame leans less on the one before.
    case music
    /// As music, and with the least delay: 2.5 ms of look-ahead where the others have 6.5.
    case lowDelay
  }

  /// Who is mixed; the loudest 6 unless said otherwise.
  public var talkers: Talkers
  /// Channels of the mix. Mono legs of a stereo room hear both channels as one.
  public var layout: ChannelLayout
  /// How mixes are encoded as Opus; as speech unless said otherwise. G.711 legs are not concerned.
  public var encoding: Encoding
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
    talkers: Talkers = .loudest(6), layout: ChannelLayout = .mono, encoding: Encoding = .speech,
    frame: FrameDuration = .ms20, capacity: Int = 500, levelCapacity: Int = 256, sendsMixes: Bool = true
  ) {
    self.encoding = encoding
    self.talkers = talkers
    self.layout = layout
    self.frame = frame
    self.capacity = capacity
    self.levelCapacity = levelCapacity
    self.sendsMixes = sendsMixes
  }
}
