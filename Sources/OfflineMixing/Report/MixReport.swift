import MediaBase

/// What one run of the offline mixer heard and did: what `--json` writes, and what the page of `--report` draws.
///
/// Times are seconds from the start of the mix. Levels are in the unit that each name ends in; a value that does not exist
/// (the loudness of a silent leg) is left out.
public struct MixReport: Codable, Sendable {
  /// Version of this format: raised when a field changes its meaning.
  public var version = 1
  /// The program and version that wrote it, such as `partyline 0.1.0`.
  public var program: String
  /// The mix as the user titled it, or the output's name.
  public var title: String
  /// The mix itself.
  public var mix: Mix
  /// The legs, in the order given.
  public var legs: [Leg]
  /// Stretches in which two legs or more spoke at once, in order.
  public var overlaps: [Overlap]
  /// Conference figures taken over all legs.
  public var talk: Talk
  /// The files that were written.
  public var outputs: [Output]
  /// What was damaged, mended or worth a look, one sentence each.
  public var warnings: [String]

  /// A stretch of time.
  public struct Interval: Codable, Sendable, Hashable {
    /// Seconds from the start of the mix.
    public var start: Double
    /// Seconds from the start of the mix; greater than `start`.
    public var end: Double

    package init(start: Double, end: Double) {
      self.start = start
      self.end = end
    }
  }

  /// A stretch in which several legs spoke.
  public struct Overlap: Codable, Sendable, Hashable {
    /// When it was.
    public var interval: Interval
    /// Indices into `legs`, two or more, rising.
    public var legs: [Int]
  }

  /// A level over time, in equal bins from the start of the mix to its end.
  public struct Envelope: Codable, Sendable {
    /// Length of one bin.
    public var secondsPerBin: Double
    /// Highest sample of each bin, dB below full scale; -120 stands for digital silence.
    public var peakdBFS: [Double]
    /// Root mean square of each bin, dB below full scale; -120 stands for digital silence.
    public var rmsdBFS: [Double]
  }

  /// EBU R 128 figures of one signal (ITU-R BS.1770-4).
  public struct Loudness: Codable, Sendable {
    /// Integrated loudness; left out where nothing passed the gate.
    public var integratedLUFS: Double?
    /// Loudness range (EBU Tech 3342).
    public var rangeLU: Double?
    /// Highest inter-sample peak; left out for digital silence.
    public var truePeakdBTP: Double?
    /// Highest sample; left out for digital silence.
    public var samplePeakdBFS: Double?
  }

  /// One recorded leg.
  public struct Leg: Codable, Sendable {
    /// The name it was given, or its file's.
    public var name: String
    /// The file, as given.
    public var file: String
    /// Container and codec, such as `Ogg Opus` or `WAV, 16-bit PCM`.
    public var format: String
    /// The file's own rate, in hertz.
    public var sampleRate: Int
    /// The file's own channels.
    public var channels: Int
    /// The channel that was taken (1 is the first), or nothing for all of them.
    public var channel: Int?
    /// Where it lies in the mix.
    public var interval: Interval
    /// Gain that was applied.
    public var gaindB: Double
    /// -1 left to +1 right; left out where none was asked for.
    public var pan: Double?
    /// The clock drift that was corrected, parts per million.
    public var driftPPM: Double
    /// Loudness as it entered the mix, after its gain.
    public var loudness: Loudness
    /// Level as it entered the mix, after its gain.
    public var envelope: Envelope
    /// When it spoke, in order, not touching one another.
    public var speech: [Interval]
    /// Sum of `speech`.
    public var speechSeconds: Double
    /// Samples of the file at full scale in runs of three or more: it was recorded clipped.
    public var clippedSamples: Int
    /// Where the file was found damaged, if it was.
    public var damage: [Damage]
  }

  /// A place where a leg's file could not be read.
  public struct Damage: Codable, Sendable, Hashable {
    /// Seconds from the start of the file.
    public var second: Double
    /// What was found there.
    public var detail: String
  }

  /// The mix of all legs.
  public struct Mix: Codable, Sendable {
    /// Its length.
    public var seconds: Double
    /// 1 or 2.
    public var channels: Int
    /// Loudness of the finished mix, before any lossy encoding.
    public var loudness: Loudness
    /// Level of the finished mix.
    public var envelope: Envelope
    /// The loudness asked for with `--normalize`, if it was.
    public var targetLUFS: Double?
    /// The gain that `--normalize` applied to everything.
    public var normalizationGaindB: Double
    /// What the limiter did.
    public var limiter: Limiter
  }

  /// What the limiter did to the mix.
  public struct Limiter: Codable, Sendable {
    /// Inter-sample level above which it works.
    public var thresholddBTP: Double
    /// Time in which it held the mix down by more than 0.1 dB.
    public var activeSeconds: Double
    /// The most it took away, 0 or positive, in dB.
    public var deepestReductiondB: Double
    /// Length of one bin of `reductiondB`.
    public var secondsPerBin: Double
    /// The most that it took away in each bin, 0 or positive.
    public var reductiondB: [Double]
  }

  /// How the conversation was shared out.
  public struct Talk: Codable, Sendable {
    /// Time in which nobody spoke.
    public var silenceSeconds: Double
    /// Time in which exactly one leg spoke.
    public var singleSeconds: Double
    /// Time in which two legs or more spoke.
    public var overlapSeconds: Double
  }

  /// One file that was written.
  public struct Output: Codable, Sendable {
    /// Its path, as given.
    public var file: String
    /// `mix`, `mix-minus` or `stem`.
    public var kind: String
    /// Index into `legs` for a mix-minus or stem.
    public var leg: Int?
    /// Container and codec.
    public var format: String
    /// Its size.
    public var bytes: Int
  }
}
