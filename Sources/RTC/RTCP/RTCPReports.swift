import MediaBase

/// What a sender report says of its sender (RFC 3550, 6.4.1).
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                 NTP timestamp, 64 bits                        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                         RTP timestamp                         |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                     sender's packet count                     |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                      sender's octet count                     |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
public struct RTCPSenderInfo: Hashable, Sendable {
  /// When the report was sent, on the sender's wall clock.
  public var time: NTPTimestamp
  /// The same instant on the stream's clock.
  public var timestamp: RTPTimestamp
  /// Packets sent so far, modulo 2³².
  public var packetCount: UInt32
  /// Bytes of payload sent so far, modulo 2³².
  public var octetCount: UInt32

  /// One with these values.
  public init(time: NTPTimestamp, timestamp: RTPTimestamp, packetCount: UInt32, octetCount: UInt32) {
    self.time = time
    self.timestamp = timestamp
    self.packetCount = packetCount
    self.octetCount = octetCount
  }
}

/// What a report says of one stream that its sender receives (RFC 3550, 6.4.1).
///
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
///     |                 SSRC of the stream reported on                |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     | fraction lost |       cumulative number of packets lost       |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           extended highest sequence number received           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                      interarrival jitter                      |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                         last SR (LSR)                         |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                   delay since last SR (DLSR)                  |
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
public struct RTCPReportBlock: Hashable, Sendable {
  /// Whose stream is reported on.
  public var source: SSRC
  /// Lost since the report before, in 1/256.
  public var fractionLost: UInt8
  /// Lost since the beginning: −8,388,608 to 8,388,607, and less than none where some came twice.
  public var packetsLost: Int32
  /// The highest sequence number received, and above it how often they wrapped around.
  public var extendedHighest: UInt32
  /// Interarrival jitter in ticks of the stream's clock.
  public var jitterTicks: UInt32
  /// The middle 32 bits of the last sender report's time; 0 where none came.
  public var lastSenderReport: UInt32
  /// How long ago it came, in 1/65536 s; 0 where none came.
  public var delaySinceLastSenderReport: UInt32

  /// One with these values.
  public init(
    source: SSRC, fractionLost: UInt8, packetsLost: Int32, extendedHighest: UInt32, jitterTicks: UInt32,
    lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
  ) {
    self.source = source
    self.fractionLost = fractionLost
    self.packetsLost = packetsLost
    self.extendedHighest = extendedHighest
    self.jitterTicks = jitterTicks
    self.lastSenderReport = lastSenderReport
    self.delaySinceLastSenderReport = delaySinceLastSenderReport
  }

  /// The bytes of a block.
  static let bytes = 24

  /// Lost since the report before, 0 to 1.
  public var lossFraction: Float { Float(fractionLost) / 256 }

  /// The time to them and back, in nanoseconds, by a block that came at `now`, about what we send (RFC 3550, 6.4.1). `nil`
  /// where they have had no report of ours, or name one of the future.
  public func roundTripNanoseconds(at now: NTPTimestamp) -> Int64? {
    NTPTimestamp.roundTripNanoseconds(at: now, last: lastSenderReport, delay: delaySinceLastSenderReport)
  }
}
