import MediaBase

/// A telephone event packet to be sent: what goes into its header and payload besides the stream's own.
public struct TelephoneEventPacket: Hashable, Sendable {
  /// When the event began: the same in all its packets.
  public var timestamp: RTPTimestamp
  /// Whether it is the event's first.
  public var isMarked: Bool
  /// The payload.
  public var payload: TelephoneEventPayload
}

/// Makes the packets of one key press, one each packet interval, in place of the leg's audio (RFC 4733, 2.5.1).
///
///     interval      1     2     3     4     5     6
///     duration    160   320   480   640   640   640     (8 kHz, 20 ms, a tone of 80 ms)
///     marker        M
///     end                             E     E     E
///
/// Belongs to its leg. Sequence numbers are the stream's, one more each packet, the repeated ends too. A value; allocates
/// nothing.
public struct TelephoneEventSender: Hashable, Sendable {
  private let packetTicks: Int
  private var key: TelephoneKey?
  private var timestamp = RTPTimestamp(rawValue: 0)
  private var toneTicks = 0
  private var sentTicks = 0
  private var endsLeft = 0

  /// RFC 4733, 2.5.1.4.
  private static let ends = 3
  /// RFC 4733, 3.2 leaves the level to the sender; usual on telephone networks.
  private static let dBUnder0dBm0: UInt8 = 10
  private static let longestTicks = Int(UInt16.max)

  /// For a stream whose packets take so many ticks.
  public init(packetTicks: Int) {
    precondition((1...Self.longestTicks).contains(packetTicks), "a packet cannot last \(packetTicks) ticks")
    self.packetTicks = packetTicks
  }

  /// Whether a press has packets left.
  public var isSending: Bool { key != nil }

  /// Begins a press at the stream's timestamp, in place of one that is under way. The tone lasts whole packets, and at most
  /// as long as the counter does: 65,535 ticks, 1.3 s at 48 kHz.
  public mutating func press(_ key: TelephoneKey, toneTicks: Int, at timestamp: RTPTimestamp) {
    precondition(toneTicks > 0, "a tone cannot last \(toneTicks) ticks")
    self.key = key
    self.timestamp = timestamp
    let packets = (min(toneTicks, Self.longestTicks) + packetTicks - 1) / packetTicks
    self.toneTicks = min(packets * packetTicks, Self.longestTicks)
    sentTicks = 0
    endsLeft = Self.ends
  }

  /// The packet of the next interval; `nil` where no press has any left.
  public mutating func nextPacket() -> TelephoneEventPacket? {
    guard let key else { return nil }
    let isFirst = sentTicks == 0
    sentTicks = min(sentTicks + packetTicks, toneTicks)
    let isEnd = sentTicks == toneTicks
    if isEnd { endsLeft -= 1 }
    if endsLeft == 0 { self.key = nil }
    return TelephoneEventPacket(
      timestamp: timestamp, isMarked: isFirst,
      payload: TelephoneEventPayload(
        code: key.code, isEnd: isEnd, dBUnder0dBm0: Self.dBUnder0dBm0, durationTicks: UInt16(sentTicks)))
  }
}
