import MediaBase
import RTC

/// Telephone keys on their way to one leg: those that wait, and the one whose packets stand in the voice's place now.
///
/// ```
/// voice  key key key key key key-end key-end key-end voice  key …
///        └──── the tone, 100 ms ───┘└── the pause, 50 ms ──┘
/// ```
/// Made when a member's first keys are pressed, and kept until they leave. Part of a member, on the media thread of the
/// room; a packet costs a few nanoseconds and allocates nothing.
struct KeyQueue: ~Copyable {
  private struct Press {
    var key: TelephoneKey?
    var toneTicks = 0
    var pausePackets = 0
  }

  private var waiting: FixedArray<Press>
  private var first = 0
  private var count = 0
  private var sender: TelephoneEventSender
  /// Packets of voice before the next key.
  private var pauseLeft = 0
  private let format: LegFormat

  init(_ format: LegFormat) {
    self.format = format
    waiting = FixedArray(count: KeyPresses.mostWaiting) { _ in Press() }
    sender = TelephoneEventSender(packetTicks: format.packet.samples * format.clockRate / AudioRate.samplesPerSecond)
  }

  /// Whether nothing is left to be sent or to be waited for.
  var isIdle: Bool { count == 0 && pauseLeft == 0 && !sender.isSending }

  /// Lets keys wait; false, and none of them does, where there is no room for all.
  mutating func append(_ presses: KeyPresses) -> Bool {
    guard count + presses.keys.count <= waiting.count else { return false }
    let lengths = KeyPresses.lengths
    let tone = min(max(presses.toneMilliseconds, lengths.lowerBound), lengths.upperBound)
    let pause = min(max(presses.pauseMilliseconds, lengths.lowerBound), lengths.upperBound)
    // The two repeated ends are sent in the pause (RFC 4733, 2.5.1.4).
    let packets = Int((Double(pause) / format.packet.milliseconds).rounded(.up)) - 2
    for key in presses.keys {
      waiting[(first + count) % waiting.count] = Press(
        key: key, toneTicks: tone * format.clockRate / 1_000, pausePackets: max(0, packets))
      count += 1
    }
    return true
  }

  /// The packet that stands in place of the voice's packet of that timestamp; `nil` where the voice's is to be sent.
  mutating func nextPacket(at timestamp: RTPTimestamp) -> TelephoneEventPacket? {
    if let packet = sender.nextPacket() { return packet }
    if pauseLeft > 0 {
      pauseLeft -= 1
      return nil
    }
    guard count > 0, let key = waiting[first].key else { return nil }
    let press = waiting[first]
    first = (first + 1) % waiting.count
    count -= 1
    pauseLeft = press.pausePackets
    sender.press(key, toneTicks: press.toneTicks, at: timestamp)
    return sender.nextPacket()
  }
}
