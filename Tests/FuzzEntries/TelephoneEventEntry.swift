import MediaBase
import RTC

/// Each step: flags, a timestamp, how long after the one before in milliseconds, and up to 15 bytes of payload.
func feedTelephoneEvents(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  var receiver = TelephoneEventReceiver(clockRate: script.byte() & 1 == 0 ? 8000 : 48_000)
  var now = PacketTime(nanoseconds: 0)
  var pressed: TelephoneKey?
  while !script.isAtEnd {
    let flags = script.byte()
    let header = RTPHeader(
      payloadType: 101, isMarked: flags & 1 == 1, sequenceNumber: SequenceNumber(rawValue: 0),
      timestamp: RTPTimestamp(rawValue: script.word()), ssrc: SSRC(rawValue: 1))
    now = now.advanced(byMilliseconds: Int(script.byte()))
    switch flags >> 1 & 7 {
    case 0: receiver.expire(at: now)
    case 1: receiver.restart()
    default: receiver.receive(header, payload: script.take(Int(flags >> 4)), at: now)
    }
    while let event = receiver.popEvent() { follow(event, &pressed) }
    precondition((receiver.deadline == nil) == (pressed == nil), "a key that is down has a deadline")
  }
}

private func follow(_ event: TelephoneEvent, _ pressed: inout TelephoneKey?) {
  switch event {
  case .pressed(let key):
    precondition(pressed == nil, "\(key) pressed before another was released")
    pressed = key
  case .released(let key, let milliseconds):
    precondition(pressed == key, "\(key) released, which was not pressed")
    precondition(milliseconds >= 0, "a press of \(milliseconds) ms")
    pressed = nil
  }
}
