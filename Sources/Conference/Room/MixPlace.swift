import Mixing

/// The place of a member who has a mix of their own: one who talks, has talked just now, or hears somebody differently.
///
/// ```
///             selected               not selected              20 ms             400 ms, and a quiet moment
///  free ──────────────▶ talking ────────────────▶ fading ─────────────▶ parting ─────────▶ lingering ─────────▶ free
///        own encoder    ▲ sum − own, own limiter   own voice ramps       own mix fades      the shared mix by
///        copies the     │                          to nothing            into the shared    one's own encoder
///        shared one's   └─────────────────────────────────── selected again ────────────────────┘
/// ```
/// While lingering, both encoders hear the same sound, until a decoder can hardly tell which one it follows. A member with
/// levels of their own keeps the place (`isPinned`), and talks or listens in it.
struct MixPlace {
  enum Phase {
    case free
    /// Their voice is in the sum.
    case talking
    /// Their voice is going out of the sum.
    case fading
    /// Their own mix goes over into the shared one.
    case parting
    /// They hear the shared mix through their own encoder.
    case lingering
    /// They hear somebody differently, or nobody, and do not talk.
    case listening
  }

  var phase = Phase.free
  /// Who; −1 where it is free.
  var member: Int32 = -1
  /// Their place in the mixer, while they talk or hear differently.
  var mixerMember: Mixer.Member?
  /// Their own encoder.
  var encoder: Int32 = -1
  /// Ticks in this phase.
  var ticks = 0
}
