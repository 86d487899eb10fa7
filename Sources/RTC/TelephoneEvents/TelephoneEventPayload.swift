import MediaBase

/// One event as it stands in a packet (RFC 4733, 2.3).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |     event     |E|R|  volume   |           duration            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// The packet's timestamp is when the event began, in all packets of one event. A value.
public struct TelephoneEventPayload: Hashable, Sendable {
  /// 0 to 15 are keys.
  public var code: UInt8
  /// Whether the event is over.
  public var isEnd: Bool
  /// How far the tone lies under 0 dBm0, 0 to 63 dB.
  public var dBUnder0dBm0: UInt8
  /// How long it has lasted, in ticks of the RTP clock.
  public var durationTicks: UInt16

  /// Bytes of one event.
  public static let bytes = 4

  /// One with these values.
  public init(code: UInt8, isEnd: Bool, dBUnder0dBm0: UInt8, durationTicks: UInt16) {
    self.code = code
    self.isEnd = isEnd
    self.dBUnder0dBm0 = dBUnder0dBm0
    self.durationTicks = durationTicks
  }

  /// The next event of a payload; `nil` where fewer than four bytes are left.
  init?(_ reader: inout ByteReader) {
    guard let code = reader.readUInt8(), let flags = reader.readUInt8(), let duration = reader.readUInt16()
    else { return nil }
    self.init(code: code, isEnd: flags & 0x80 != 0, dBUnder0dBm0: flags & 0x3f, durationTicks: duration)
  }

  /// Writes the four bytes to the front of a payload.
  public func write(into payload: inout MutableSpan<UInt8>) throws(RTPError) {
    guard payload.count >= Self.bytes else { throw .noRoom }
    payload[0] = code
    payload[1] = (isEnd ? 0x80 : 0) | dBUnder0dBm0 & 0x3f
    payload[2] = UInt8(durationTicks >> 8)
    payload[3] = UInt8(truncatingIfNeeded: durationTicks)
  }
}
