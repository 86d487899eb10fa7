import Conference

/// What a replay measured of its streams and legs.
public struct ReplayFigures: Sendable {
  /// Of a stream, mixed or not, in the plan's order.
  public struct Stream: Sendable, Hashable {
    /// Packets that came too late to be heard.
    public var late = 0
    /// Interarrival jitter (RFC 3550 A.8) of the capture's times: its mean over the packets.
    public var meanJitterMilliseconds: Double { packets > 0 ? jitterSum / Double(packets) : 0 }
    /// And the most.
    public private(set) var mostJitterMilliseconds = 0.0

    private var jitterSum = 0.0
    private var packets = 0

    mutating func note(jitterMilliseconds: Float) {
      jitterSum += Double(jitterMilliseconds)
      mostJitterMilliseconds = max(mostJitterMilliseconds, Double(jitterMilliseconds))
      packets += 1
    }
  }

  /// Of a leg, as the room counted it, in the plan's order. Samples are at 48 kHz.
  public struct Leg: Sendable, Hashable {
    /// Packets that came too late, and that were rebuilt from the next one's FEC.
    public var packetsLate: UInt64 = 0, packetsRecovered: UInt64 = 0
    /// Invented for what was missing.
    public var samplesConcealed: UInt64 = 0
    /// Put in and taken out to move the buffer's depth.
    public var samplesStretched: UInt64 = 0, samplesShrunk: UInt64 = 0
    /// How long the jitter buffer held a packet while the leg sent.
    public var depthMilliseconds: Float = 0
    /// How fast the leg's clock ran against the capture's, in millionths.
    public var driftPPM: Float = 0

    mutating func update(_ quality: LegQuality) {
      packetsLate = quality.packetsLate
      packetsRecovered = quality.packetsRecovered
      samplesConcealed = quality.samplesConcealed
      samplesStretched = quality.samplesStretched
      samplesShrunk = quality.samplesShrunk
      depthMilliseconds = quality.depthMilliseconds
      driftPPM = quality.driftPPM
    }
  }

  /// One for each stream of the plan.
  public internal(set) var streams: [Stream]
  /// One for each leg of the plan.
  public internal(set) var legs: [Leg]
  /// Samples per channel of the mix.
  public internal(set) var samples: Int64 = 0

  init(streams: Int, legs: Int) {
    self.streams = Array(repeating: Stream(), count: streams)
    self.legs = Array(repeating: Leg(), count: legs)
  }
}
