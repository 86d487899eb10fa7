/// PJSIP conference bridge: each listener's sources are summed in 32 bits, and a frame that would clip is turned down as a
/// whole.
///
/// The gain counts in 128ths. Each time the growing sum passes 16 bits it falls to `32,767·128 / |sum|`, cut to a whole
/// number. A frame whose gain is lower than the frame's before takes it at once, at the frame's first sample; one that may
/// be louder moves up by `(50·(last + 1) + wanted) / 51`, 50 being the frames of a second, so from half level it takes most
/// of a second. The gain stays the same within a frame.
public struct PJSIPMix: MixArithmetic {
  /// The bridge's name.
  public static let title = "PJSIP"
  /// It has none.
  public let latencySamples = 0
  private let talkers: Int
  private var lastGains: [Int32]
  private var sum: [Int32]

  private static let unity: Int32 = 128
  private static let framesPerSecond: Int32 = 50

  /// A room in which `talkers` speak and listen; at least 2.
  public init(talkers: Int) {
    self.talkers = talkers
    lastGains = Array(repeating: Self.unity, count: talkers)
    sum = Array(repeating: 0, count: MixFrame.samples)
  }

  /// Mixes one frame, as `MixArithmetic` says.
  public mutating func mix(_ voices: Span<Int16>, listeners: Int, into mixes: inout MutableSpan<Int16>) {
    for listener in 0..<listeners {
      let wanted = Self.add(voices, of: talkers, but: listener, into: &sum)
      let last = lastGains[listener]
      let gain =
        wanted >= last ? (Self.framesPerSecond * (last + 1) + wanted) / (Self.framesPerSecond + 1) : wanted
      lastGains[listener] = gain
      for at in 0..<MixFrame.samples {
        let value = gain == Self.unity ? sum[at] : (sum[at] &* gain) >> 7
        mixes[listener * MixFrame.samples + at] = Int16(saturating: value)
      }
    }
  }

  /// Sums all voices but the listener's own and returns the gain that the frame would need.
  private static func add(_ voices: Span<Int16>, of talkers: Int, but listener: Int, into sum: inout [Int32]) -> Int32 {
    var total = sum.mutableSpan
    for at in 0..<MixFrame.samples { total[at] = 0 }
    var wanted = unity
    for talker in 0..<talkers where talker != listener {
      for at in 0..<MixFrame.samples {
        let value = total[at] &+ Int32(voices[talker * MixFrame.samples + at])
        total[at] = value
        if value > 32_767 || value < -32_768 {
          wanted = min(wanted, abs((32_767 * unity) / value))
        }
      }
    }
    return wanted
  }
}
