import MediaBase
import RTC

/// What it takes to put a packet of a mix into a leg's own stream: its SSRC, numbers, place and counts.
///
/// One a member, side by side in one block: a room of thousands of listeners goes through them at each tick.
struct LegSender {
  var isTaken = false
  /// Nothing is sent before the leg's place is known.
  var isReady = false
  /// Whether what is sent is encrypted before.
  var isEncrypted = false
  /// Whether the next packet begins a talkspurt (RFC 3551, 4.1): the first one, and the first after a pause.
  var isMarkedNext = true
  /// Whether telephone keys may stand in the place of the next packets.
  var pressesKeys = false
  var route: SendRoute
  var payloadType: Int
  var ssrc: SSRC
  var sequence: SequenceNumber
  /// What is added to the room's clock, in the stream's ticks.
  var timestampOffset: UInt32
  /// Ticks of the stream's clock in one sample at 48 kHz are 1 over this: 1 for Opus, 6 for G.711.
  var samplesPerTick: Int64
  /// The shared stream that they hear, or would hear if they had no mix of their own.
  var stream: Int32 = -1
  /// The place with their own mix; −1 where they hear the shared one.
  var place: Int32 = -1
  var statistics: SendingStatistics

  /// An empty place.
  init() {
    route = SendRoute(address: TransportAddress(ipv4: 0, port: 0), socket: 0)
    payloadType = 0
    ssrc = SSRC(rawValue: 0)
    sequence = SequenceNumber(rawValue: 0)
    timestampOffset = 0
    samplesPerTick = 1
    statistics = SendingStatistics(clockRate: AudioRate.samplesPerSecond)
  }

  /// The stream's timestamp at a sample of the room's clock.
  func timestamp(at clock: Int64) -> RTPTimestamp {
    RTPTimestamp(rawValue: timestampOffset &+ UInt32(truncatingIfNeeded: clock / samplesPerTick))
  }

  /// The header of the next packet, which tells of a telephone key. The stream's voice has been left out for it, which is no
  /// pause: its next packet is not marked.
  mutating func nextHeader(of event: TelephoneEventPacket, payloadType: Int) -> RTPHeader {
    defer { sequence = sequence.advanced(by: 1) }
    return RTPHeader(
      payloadType: payloadType, isMarked: event.isMarked, sequenceNumber: sequence, timestamp: event.timestamp,
      ssrc: ssrc)
  }

  /// The header of the next packet, which begins at a sample of the room's clock.
  mutating func nextHeader(at clock: Int64) -> RTPHeader {
    defer {
      sequence = sequence.advanced(by: 1)
      isMarkedNext = false
    }
    return RTPHeader(
      payloadType: payloadType, isMarked: isMarkedNext, sequenceNumber: sequence, timestamp: timestamp(at: clock),
      ssrc: ssrc)
  }
}
