import MediaBase

/// What a seat and the bridge agreed on when it joined: how its packets look.
///
/// A plain value, made from what the API answered.
public struct SeatSettings: Sendable, Hashable {
  /// Channels of what is heard.
  public var layout = ChannelLayout.mono
  /// The payload type of Opus, both ways.
  public var payloadType = 111
  /// The number of the RFC 6464 level in the header extension, 1 to 14.
  public var audioLevelExtension = 1
  /// Whose packets come.
  public var remoteSSRC: SSRC
  /// Whose packets we send.
  public var localSSRC: SSRC
  /// The first sequence number and timestamp, which are to be random (RFC 3550, 5.1).
  public var firstSequence: UInt16, firstTimestamp: UInt32

  /// A seat that hears the packets of `remoteSSRC`.
  public init(remoteSSRC: SSRC, generator: inout some RandomNumberGenerator) {
    self.remoteSSRC = remoteSSRC
    localSSRC = SSRC(rawValue: generator.next())
    firstSequence = generator.next()
    firstTimestamp = generator.next()
  }
}
