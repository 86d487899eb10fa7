/// FreeSWITCH mod_conference: a 32-bit sum of all, minus one's own voice, saturated once: exact until it clips hard.
public struct FreeSwitchMix: MixArithmetic {
  /// The bridge's name.
  public static let title = "FreeSWITCH"
  /// It has none.
  public let latencySamples = 0
  private let talkers: Int

  /// A room in which `talkers` speak and listen; at least 2.
  public init(talkers: Int) {
    self.talkers = talkers
  }

  /// Mixes one frame, as `MixArithmetic` says.
  public mutating func mix(_ voices: Span<Int16>, listeners: Int, into mixes: inout MutableSpan<Int16>) {
    for at in 0..<MixFrame.samples {
      var sum: Int32 = 0
      for talker in 0..<talkers { sum &+= Int32(voices[talker * MixFrame.samples + at]) }
      for listener in 0..<listeners {
        let own = Int32(voices[listener * MixFrame.samples + at])
        mixes[listener * MixFrame.samples + at] = Int16(saturating: sum &- own)
      }
    }
  }
}
