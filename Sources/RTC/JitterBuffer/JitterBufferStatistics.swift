/// What happened in a jitter buffer and to the voice that played from it: counts since it was made, and where it stands.
public struct JitterBufferStatistics: Sendable, Hashable {
  /// Packets taken.
  public var packetsAccepted: UInt64 = 0
  /// Packets whose time had been played already.
  public var packetsLate: UInt64 = 0
  /// Packets that came before.
  public var packetsDuplicate: UInt64 = 0
  /// Packets that were not of the codec, or too long.
  public var packetsMalformed: UInt64 = 0
  /// Packets that found no room in the pool.
  public var packetsRefused: UInt64 = 0
  /// Packets dropped, oldest first, because the buffer held as much as it may.
  public var packetsDropped: UInt64 = 0
  /// Missing packets rebuilt from the next one's FEC.
  public var packetsRecovered: UInt64 = 0
  /// Samples at 48 kHz invented for what was missing or late; not for what was never sent.
  public var samplesConcealed: UInt64 = 0
  /// Samples at 48 kHz put in to get deeper.
  public var samplesStretched: UInt64 = 0
  /// Samples at 48 kHz taken out to get shallower.
  public var samplesShrunk: UInt64 = 0
  /// Times that the timestamps were tied anew to the bridge's clock: another SSRC, a restart, a jump.
  public var restarts: UInt64 = 0
  /// How long the fastest packet of the last seconds waits from its arrival until it is played, in milliseconds.
  public var depthMilliseconds: Float = 0
  /// What `depthMilliseconds` is moving to.
  public var targetMilliseconds: Float = 0
  /// How fast the sender's clock runs against the bridge's, in millionths; 0 until known.
  public var driftPPM: Float = 0

  /// Nothing counted yet.
  public init() {}
}
