import MediaBase

/// What a mix may reach at most, and how its limiter gets it there.
public struct LimiterSettings: Sendable, Hashable {
  /// Inter-sample level above which a mix is turned down, dBTP as the limiter's interpolator reads it; below it a mix
  /// passes unchanged, sample for sample. At most 0.
  ///
  /// −1.2 keeps every output under −1 dBTP, with room for what the interpolator reads too low near 20 kHz.
  public var threshold: Decibels

  /// The length of the glide in which the gain comes down to meet a peak, in samples per channel: the look-ahead, and
  /// nearly all of a mix's latency. 16 to 480. Half of it costs 4 to 5 dB of signal to distortion in loud rooms.
  public var glideSamples: Int

  /// How long the gain stays down after a peak, in samples: longer than the longest pitch period of a voice (67 Hz), or
  /// the gain would follow its pulses, which is distortion. 0 to 2,400.
  public var holdSamples: Int

  /// The bridge's own: a glide of 3.25 ms, a hold of 15 ms.
  public init(threshold: Decibels = Decibels(-1.2), glideSamples: Int = 156, holdSamples: Int = 720) {
    precondition(threshold <= .unity, "a limiter's threshold is full scale or below")
    precondition((16...480).contains(glideSamples), "a limiter glides for 16 to 480 samples")
    precondition((0...2400).contains(holdSamples), "a limiter holds for 0 to 2,400 samples")
    self.threshold = threshold
    self.glideSamples = glideSamples
    self.holdSamples = holdSamples
  }

  /// How far back the deepest requirement is looked for.
  var memorySamples: Int { glideSamples + holdSamples }
}
