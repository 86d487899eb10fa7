/// Asterisk ConfBridge: voices are added one by one into 16 bits, saturating each time, and one's own voice is then
/// subtracted, saturating again.
///
/// Wherever the sum was clipped too little is left to subtract from: one's own voice comes back inverted.
public struct AsteriskMix: MixArithmetic {
  /// The bridge's name.
  public static let title = "Asterisk"
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
      var sum: Int16 = 0
      for talker in 0..<talkers {
        sum = Int16(saturating: Int32(sum) &+ Int32(voices[talker * MixFrame.samples + at]))
      }
      for listener in 0..<listeners {
        let own = Int32(voices[listener * MixFrame.samples + at])
        mixes[listener * MixFrame.samples + at] = Int16(saturating: Int32(sum) &- own)
      }
    }
  }
}
