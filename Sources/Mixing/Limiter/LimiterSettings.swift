import MediaBase

/// What a mix may reach at most, and how its limiter gets it there.
public struct LimiterSettings: Sendable, Hashable {
  /// Inter-sample level above which a mix is turned down, dBTP as the limiter's interpolator reads it; below it a mix
  /// passes unchanged, sample for sample. At most 0.
  ///
  /// −1.5 keeps every output under −1 dBTP: half a decibel is what a fourfold interpolator can read too low at 20 kHz.
  public var threshold: Decibels

  /// How far the limiter looks ahead, in samples per channel: the time in which the gain glides down to meet a peak. Part
  /// of every mix's latency. 16 to 480.
  public var lookAheadSamples: Int

  /// How long the gain stays down after a peak before it recovers, in samples: shorter than a pitch period of speech and
  /// it would follow the waveform, which is distortion.
  public var holdSamples: Int

  /// The time constant of the recovery, in samples: the gap to unity shrinks to 1/e in this time.
  public var releaseSamples: Int

  /// The bridge's own: 2 ms look-ahead.
  public init(
    threshold: Decibels = Decibels(-1.5), lookAheadSamples: Int = 96, holdSamples: Int = 960,
    releaseSamples: Int = 7200
  ) {
    precondition(threshold <= .unity, "a limiter's threshold is full scale or below")
    precondition((16...480).contains(lookAheadSamples), "a limiter looks ahead 16 to 480 samples")
    precondition(holdSamples >= 0 && releaseSamples > 0, "a limiter's hold and release are lengths of time")
    self.threshold = threshold
    self.lookAheadSamples = lookAheadSamples
    self.holdSamples = holdSamples
    self.releaseSamples = releaseSamples
  }
}
