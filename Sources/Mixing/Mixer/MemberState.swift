import MediaBase

/// What the mixer keeps of one place in the room.
struct MemberState {
  var isTaken: Bool
  var settings: MemberSettings
  /// Whether the member's voice is in this frame's sum.
  var contributes = false
  var ramp = GainRamp(.unity)
  /// The channels of what they sent last; nothing before their first frame.
  private var source: ChannelLayout?

  /// An empty place.
  init() {
    isTaken = false
    settings = MemberSettings()
  }

  /// A member who has not spoken yet.
  init(settings: MemberSettings) {
    isTaken = true
    self.settings = settings
  }

  /// Turns the ramp to where the settings want it; false where the voice is silent throughout this frame.
  ///
  /// Before a member's first frame, and where their channels change, there is nothing to ramp from: the gains are set.
  mutating func prepareRamp(source: ChannelLayout, mix: ChannelLayout) -> Bool {
    let gains = settings.gains(source: source, mix: mix)
    if self.source == source {
      ramp.turn(to: gains)
    } else {
      ramp = GainRamp(gains)
      self.source = source
    }
    return !ramp.rests(at: .silence)
  }
}

extension MemberState {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&isTaken)
    settings.code(&coder)
    ramp.code(&coder)
    coder.code(&source, of: [nil, .mono, .stereo])
  }
}
