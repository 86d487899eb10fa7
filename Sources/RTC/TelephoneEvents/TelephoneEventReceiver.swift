import MediaBase

/// What a leg's telephone keys did.
public enum TelephoneEvent: Hashable, Sendable {
  /// A key went down: once for each press, whatever was lost or repeated.
  case pressed(TelephoneKey)
  /// It came up again, after so long as its sender says.
  case released(TelephoneKey, milliseconds: Int)
}

/// Turns telephone event packets (RFC 4733) into presses of keys.
///
/// A press is one timestamp: its first packet, whichever that is, presses the key, and its end releases it. If all ends are
/// lost, the next press releases it, or the time that has passed without a packet. Packets of a press that is over or
/// older than the present one are late, and passed over, as are events that are no key.
///
/// Belongs to its leg: `receive` packets, `expire` when `deadline` has come, and take what happened by `popEvent` until
/// there is none. A value of fixed size; allocates nothing.
public struct TelephoneEventReceiver: Sendable {
  private struct Press: Sendable {
    let key: TelephoneKey
    /// When its present segment began.
    var timestamp: RTPTimestamp
    /// What its earlier segments, and turns of the counter within this one, lasted.
    var ticksBefore = 0
    var ticks: UInt16 = 0
    var isDown = true
    var lastPacket: PacketTime
  }

  private let clockRate: Int
  private var press: Press?
  private var queue = EventQueue()

  /// How long a key stays down without a packet: six times the 50 ms at which senders update (RFC 4733, 2.5.1.2).
  public static let patienceMilliseconds = 300
  /// The most events of one payload that are read.
  private static let mostEventsInPacket = 4

  /// For events whose timestamps and durations count so many ticks a second.
  public init(clockRate: Int) {
    precondition((1...1_000_000).contains(clockRate), "there is no RTP clock of \(clockRate) ticks a second")
    self.clockRate = clockRate
  }

  /// When a key that is down must be given up; `nil` where none is.
  public var deadline: PacketTime? {
    guard let press, press.isDown else { return nil }
    return press.lastPacket.advanced(byMilliseconds: Self.patienceMilliseconds)
  }

  /// What happened next; `nil` where everything was told.
  public mutating func popEvent() -> TelephoneEvent? {
    queue.pop()
  }

  /// Takes in a packet with the leg's payload type for telephone events.
  public mutating func receive(_ header: RTPHeader, payload: Span<UInt8>, at now: PacketTime) {
    var reader = ByteReader(payload)
    var timestamp = header.timestamp
    var isMarked = header.isMarked
    for _ in 0..<Self.mostEventsInPacket {
      guard let event = TelephoneEventPayload(&reader) else { return }
      if let key = TelephoneKey(code: event.code) {
        receive(event, key, at: timestamp, isMarked: isMarked, now)
      }
      // RFC 4733, 2.5.1.5: further events of one packet follow upon each other.
      timestamp = timestamp.advanced(by: Int(event.durationTicks))
      isMarked = true
    }
  }

  private mutating func receive(
    _ event: TelephoneEventPayload, _ key: TelephoneKey, at timestamp: RTPTimestamp, isMarked: Bool, _ now: PacketTime
  ) {
    if let present = press {
      let ahead = timestamp.distance(from: present.timestamp)
      if ahead == 0 {
        if key == present.key, present.isDown { update(with: event, now) }
        return
      }
      if ahead < 0, -ahead < Self.lateSeconds * clockRate { return }
      if continues(present, event, key, ahead: ahead, isMarked: isMarked) {
        beginSegment(at: timestamp)
        update(with: event, now)
        return
      }
      release()
    }
    press = Press(key: key, timestamp: timestamp, ticks: event.durationTicks, lastPacket: now)
    queue.push(.pressed(key))
    if event.isEnd { release() }
  }

  /// Further back than this, a timestamp is not late: the sender has begun to count anew.
  private static let lateSeconds = 5

  /// RFC 4733, 2.5.1.3: an event longer than the counter goes on as a new one, 65,535 ticks later, without a marker.
  private func continues(
    _ present: Press, _ event: TelephoneEventPayload, _ key: TelephoneKey, ahead: Int, isMarked: Bool
  ) -> Bool {
    present.isDown && key == present.key && !isMarked && ahead == 0xffff
  }

  private mutating func beginSegment(at timestamp: RTPTimestamp) {
    press?.timestamp = timestamp
    press?.ticksBefore += 0xffff
    press?.ticks = 0
  }

  private mutating func update(with event: TelephoneEventPayload, _ now: PacketTime) {
    guard var present = press else { return }
    if present.ticks > 0xc000, event.durationTicks < 0x4000 {
      // Not as the standard has it, but done: the counter turned over.
      present.ticksBefore += 0x1_0000
      present.ticks = event.durationTicks
    } else {
      present.ticks = max(present.ticks, event.durationTicks)
    }
    present.lastPacket = now
    press = present
    if event.isEnd { release() }
  }

  private mutating func release() {
    guard let present = press, present.isDown else { return }
    press?.isDown = false
    let ticks = present.ticksBefore + Int(present.ticks)
    queue.push(.released(present.key, milliseconds: ticks * 1000 / clockRate))
  }

  /// Releases a key whose ends were all lost, once its `deadline` has come.
  public mutating func expire(at now: PacketTime) {
    if let deadline, now >= deadline { release() }
  }

  /// Forgets the present press, as for a new source: its timestamps begin anywhere.
  public mutating func restart() {
    release()
    press = nil
  }
}

/// Events that wait to be taken. One packet makes eight at the most; one who does not take them loses the newest.
private struct EventQueue: Sendable {
  private var events = InlineArray<16, TelephoneEvent?>(repeating: nil)
  private var first = 0
  private var count = 0

  mutating func push(_ event: TelephoneEvent) {
    guard count < 16 else { return }
    events[(first + count) % 16] = event
    count += 1
  }

  mutating func pop() -> TelephoneEvent? {
    guard count > 0 else { return nil }
    defer {
      first = (first + 1) % 16
      count -= 1
    }
    return events[first]
  }
}
