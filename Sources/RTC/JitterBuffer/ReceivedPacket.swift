import MediaBase

/// What a jitter buffer has to know of an RTP packet besides its payload: fields of its header (RFC 3550, 5.1), the level
/// in its extension, and when it came.
///
/// A plain value, made for each packet of speech; telephone events and comfort-noise payloads are not for the buffer.
public struct ReceivedPacket: Sendable, Hashable {
  /// Whose.
  public var ssrc: SSRC
  /// Its number.
  public var sequence: SequenceNumber
  /// When its first sample was taken, on the sender's clock.
  public var timestamp: RTPTimestamp
  /// The marker bit: for speech, the first packet after a silence (RFC 3551, 4.1).
  public var isMarked: Bool
  /// The audio level (RFC 6464): 0 (full scale) to 127 (silence) in −dBov; `nil` where the packet tells none.
  public var level: UInt8?
  /// When it came, on the bridge's clock: the kernel's time of arrival.
  public var arrival: PacketTime

  /// A packet with these fields.
  public init(
    ssrc: SSRC, sequence: SequenceNumber, timestamp: RTPTimestamp, isMarked: Bool = false, level: UInt8? = nil,
    arrival: PacketTime
  ) {
    self.ssrc = ssrc
    self.sequence = sequence
    self.timestamp = timestamp
    self.isMarked = isMarked
    self.level = level
    self.arrival = arrival
  }
}
