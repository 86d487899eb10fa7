import Conference

/// What is recorded of a room.
public struct RecordingContent: Sendable, Hashable {
  /// What everybody hears who does not talk, as Ogg Opus: `mix.opus`.
  public var mix: Bool
  /// Each leg's own packets, not decoded: `legs/`, and `conference.json`, from which `partyline mix` makes the call anew.
  public var legs: Bool
  /// All packets and commands: `call.pcapng` and `call.jsonl`, which `partyline mix` replays.
  public var packets: Bool

  /// What is chosen; all of it where nothing is said.
  public init(mix: Bool = true, legs: Bool = true, packets: Bool = true) {
    self.mix = mix
    self.legs = legs
    self.packets = packets
  }

  /// What a tap has to tell for it.
  var tapped: RoomTap.Content {
    var content: RoomTap.Content = []
    // The log holds the fingerprint of the mix.
    if mix || packets { content.insert(.mix) }
    if legs || packets { content.insert(.packets) }
    return content
  }
}

/// How a recording ended.
public enum RecordingEnd: Sendable, Hashable {
  /// It was asked to, or the room closed.
  case finished
  /// The disk failed, in words; what was written until then stays. The call goes on.
  case failed(String)
}
