import MediaBase

/// How a call sounds to one end, by the end's own account (RFC 3611, 4.7: VoIP metrics report block).
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |     BT=7      |   reserved    |       block length = 8        |
///     |                        SSRC of source                         |
///     |   loss rate   | discard rate  | burst density |  gap density  |
///     |       burst duration          |         gap duration          |
///     |     round trip delay          |       end system delay        |
///     | signal level  |  noise level  |     RERL      |     Gmin      |
///     |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
///     |   RX config   |   reserved    |          JB nominal           |
///     |          JB maximum           |          JB abs max           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// Loss and discards come from `LossPattern`. R factor and MOS stay unavailable in what we send: the E-model needs an
/// equipment impairment for each codec, which ITU-T G.113 does not have for Opus. A value.
public struct RTCPVoIPMetrics: Hashable, Sendable {
  /// What levels, R factors and MOS hold where they are not known.
  public static let unavailable: UInt8 = 127

  /// Whose stream is reported on.
  public var source: SSRC
  /// Packets lost, in 1/256 of those expected since the beginning.
  public var lossRate: UInt8 = 0
  /// Packets that came too late or too early to be heard, in 1/256.
  public var discardRate: UInt8 = 0
  /// Lost and discarded within bursts, in 1/256.
  public var burstDensity: UInt8 = 0
  /// Lost and discarded within gaps, in 1/256.
  public var gapDensity: UInt8 = 0
  /// Mean length of bursts and gaps.
  public var burstMilliseconds: UInt16 = 0, gapMilliseconds: UInt16 = 0
  /// Round trip between the two ends' RTP; 0 where not known.
  public var roundTripMilliseconds: UInt16 = 0
  /// What one end adds to it: encoding, decoding and the jitter buffer; 0 where not known.
  public var endSystemMilliseconds: UInt16 = 0
  /// Speech and noise level in dBm0; 127 where not known.
  public var signalLeveldBm0: Int8 = 127, noiseLeveldBm0: Int8 = 127
  /// Residual echo return loss in decibels; 127 where not known.
  public var echoReturnLossdB = Self.unavailable
  /// How many packets must come between two losses of different bursts; 16 is recommended.
  public var gapMinimum: UInt8 = 16
  /// Quality 0 to 100, and with that of a network beyond; 127 where not known.
  public var rFactor = Self.unavailable, externalRFactor = Self.unavailable
  /// Opinion of listening and of conversation, 10 to 50 for 1.0 to 5.0; 127 where not known.
  public var listeningMOS = Self.unavailable, conversationMOS = Self.unavailable
  /// Two bits each of loss concealment and jitter buffer, and four of how fast that adapts (RFC 3611, 4.7.6).
  public var receiverConfiguration: UInt8 = 0
  /// Depth of the jitter buffer now, the most it has been at, and the most it can have.
  public var nominalDepthMilliseconds: UInt16 = 0, maximumDepthMilliseconds: UInt16 = 0
  /// The most that the jitter buffer can hold.
  public var absoluteMaximumDepthMilliseconds: UInt16 = 0

  /// Metrics of a stream of which nothing is known.
  public init(source: SSRC) {
    self.source = source
  }

  /// The words of the block, without its header.
  static let words: UInt16 = 8

  /// From the block's body; `nil` where it is too short.
  init?(_ reader: inout ByteReader) {
    guard reader.remaining >= 4 * Int(Self.words) else { return nil }
    self.init(source: SSRC(rawValue: reader.readUInt32() ?? 0))
    (lossRate, discardRate, burstDensity, gapDensity) = (reader.byte(), reader.byte(), reader.byte(), reader.byte())
    (burstMilliseconds, gapMilliseconds) = (reader.pair(), reader.pair())
    (roundTripMilliseconds, endSystemMilliseconds) = (reader.pair(), reader.pair())
    (signalLeveldBm0, noiseLeveldBm0) = (Int8(bitPattern: reader.byte()), Int8(bitPattern: reader.byte()))
    (echoReturnLossdB, gapMinimum) = (reader.byte(), reader.byte())
    (rFactor, externalRFactor) = (reader.byte(), reader.byte())
    (listeningMOS, conversationMOS) = (reader.byte(), reader.byte())
    receiverConfiguration = reader.byte()
    _ = reader.byte()
    (nominalDepthMilliseconds, maximumDepthMilliseconds) = (reader.pair(), reader.pair())
    absoluteMaximumDepthMilliseconds = reader.pair()
  }

  /// The block's body.
  func write(to writer: inout ByteWriter) {
    writer.write(source.rawValue)
    writer.write(lossRate)
    writer.write(discardRate)
    writer.write(burstDensity)
    writer.write(gapDensity)
    writer.write(burstMilliseconds)
    writer.write(gapMilliseconds)
    writer.write(roundTripMilliseconds)
    writer.write(endSystemMilliseconds)
    writer.write(UInt8(bitPattern: signalLeveldBm0))
    writer.write(UInt8(bitPattern: noiseLeveldBm0))
    writer.write(echoReturnLossdB)
    writer.write(gapMinimum)
    writer.write(rFactor)
    writer.write(externalRFactor)
    writer.write(listeningMOS)
    writer.write(conversationMOS)
    writer.write(receiverConfiguration)
    writer.write(UInt8(0))
    writer.write(nominalDepthMilliseconds)
    writer.write(maximumDepthMilliseconds)
    writer.write(absoluteMaximumDepthMilliseconds)
  }
}

extension ByteReader {
  /// Behind a check that the bytes are there.
  fileprivate mutating func byte() -> UInt8 { readUInt8() ?? 0 }
  fileprivate mutating func pair() -> UInt16 { readUInt16() ?? 0 }
}
