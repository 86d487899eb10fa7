import MediaBase

/// How a stream's losses lie in time: apart, where concealment hides them, or in bursts, where it cannot (RFC 3611,
/// 4.7.2).
///
///     . . . . x . . . . . . x . x x . . . . . .      . heard   x lost or discarded
///     ───────────gap───────┘└burst┘└───gap────       (here with a gap minimum of 4)
///
/// A burst begins and ends with a loss, and holds no run of heard packets as long as the gap minimum; a loss alone belongs
/// to the gap around it. Told each packet's fate in the order of playout, by whoever plays them out. A value of its leg;
/// costs a few additions a packet.
public struct LossPattern: Hashable, Sendable {
  /// What became of a packet.
  public enum Fate: Hashable, Sendable {
    /// It was there when it was due.
    case heard
    /// It never came, or has not come when it was due.
    case lost
    /// It came too late, too early or twice.
    case discarded
  }

  private let gapMinimum: Int
  private var packets: Int64 = 0, lost: Int64 = 0, discarded: Int64 = 0

  /// From the first loss to the last of those that lie close together.
  private var clusterPackets: Int64 = 0, clusterLosses: Int64 = 0
  /// Heard since the last loss.
  private var heardSinceLoss: Int64 = 0

  private var bursts: Int64 = 0, burstPackets: Int64 = 0, burstLosses: Int64 = 0
  private var gaps: Int64 = 0, gapPackets: Int64 = 0, gapLosses: Int64 = 0
  /// Whether the gap before the present cluster has been counted.
  private var isInGap = false

  /// Of a stream of which nothing has been played. A gap minimum of 16 is what RFC 3611 recommends.
  public init(gapMinimum: Int = 16) {
    precondition((1...255).contains(gapMinimum), "a gap minimum of \(gapMinimum) packets does not fit a report")
    self.gapMinimum = gapMinimum
  }

  /// Takes in what became of the next packet.
  public mutating func note(_ fate: Fate) {
    packets += 1
    switch fate {
    case .heard:
      heardSinceLoss += 1
      return
    case .lost: lost += 1
    case .discarded: discarded += 1
    }
    if clusterLosses > 0, heardSinceLoss < gapMinimum {
      clusterPackets += heardSinceLoss + 1
      clusterLosses += 1
    } else {
      closeCluster()
      clusterPackets = 1
      clusterLosses = 1
    }
    heardSinceLoss = 0
  }

  /// Counts the present cluster as burst or as part of a gap, and what was heard behind it as gap.
  private mutating func closeCluster() {
    if clusterLosses > 1 {
      bursts += 1
      burstPackets += clusterPackets
      burstLosses += clusterLosses
      isInGap = false
    } else {
      extendGap(by: clusterPackets, losses: clusterLosses)
    }
    extendGap(by: heardSinceLoss, losses: 0)
    (clusterPackets, clusterLosses, heardSinceLoss) = (0, 0, 0)
  }

  private mutating func extendGap(by packets: Int64, losses: Int64) {
    guard packets > 0 else { return }
    if !isInGap { gaps += 1 }
    isInGap = true
    gapPackets += packets
    gapLosses += losses
  }

  /// The metrics of a report sent now, as far as losses tell them. Packets are so many milliseconds long.
  public func metrics(of source: SSRC, packetMilliseconds: Double) -> RTCPVoIPMetrics {
    var whole = self
    whole.closeCluster()
    var metrics = RTCPVoIPMetrics(source: source)
    metrics.gapMinimum = UInt8(gapMinimum)
    metrics.lossRate = Self.rate(lost, of: packets)
    metrics.discardRate = Self.rate(discarded, of: packets)
    metrics.burstDensity = Self.rate(whole.burstLosses, of: whole.burstPackets)
    metrics.gapDensity = Self.rate(whole.gapLosses, of: whole.gapPackets)
    metrics.burstMilliseconds = Self.mean(whole.burstPackets, of: whole.bursts, packetMilliseconds)
    metrics.gapMilliseconds = Self.mean(whole.gapPackets, of: whole.gaps, packetMilliseconds)
    return metrics
  }

  /// In 1/256; 0 of none, and 255 for all.
  private static func rate(_ part: Int64, of all: Int64) -> UInt8 {
    all > 0 ? UInt8(min(255, part * 256 / all)) : 0
  }

  private static func mean(_ packets: Int64, of periods: Int64, _ milliseconds: Double) -> UInt16 {
    periods > 0 ? UInt16(min(65_535, Double(packets) * milliseconds / Double(periods))) : 0
  }
}
