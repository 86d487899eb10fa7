import MediaBase
import RTC
import Testing

@Suite struct TelephoneEventReceiverTests {
  /// One packet of a script: event code, end, duration, timestamp, marker.
  struct Step {
    var code: UInt8 = 5
    var isEnd = false
    var duration: Int
    var timestamp: UInt32 = 1000
    var isMarked = false
  }

  static let five = TelephoneKey(code: 5)!
  static let seven = TelephoneKey(code: 7)!

  static func play(_ steps: [Step], clockRate: Int = 8000) -> [TelephoneEvent] {
    var receiver = TelephoneEventReceiver(clockRate: clockRate)
    var events: [TelephoneEvent] = []
    for (index, step) in steps.enumerated() {
      feed(step, to: &receiver, at: PacketTime(nanoseconds: Int64(index) * 20_000_000))
      while let event = receiver.popEvent() { events.append(event) }
    }
    return events
  }

  static func feed(_ step: Step, to receiver: inout TelephoneEventReceiver, at now: PacketTime) {
    let payload: [UInt8] = [
      step.code, (step.isEnd ? 0x80 : 0) | 10, UInt8(step.duration >> 8 & 0xff), UInt8(step.duration & 0xff),
    ]
    let header = RTPHeader(
      payloadType: 101, isMarked: step.isMarked, sequenceNumber: SequenceNumber(rawValue: 0),
      timestamp: RTPTimestamp(rawValue: step.timestamp), ssrc: SSRC(rawValue: 1))
    receiver.receive(header, payload: payload.span, at: now)
  }

  /// A whole press of 80 ms: four updates and three ends, as `TelephoneEventSender` draws it.
  static let press = [
    Step(duration: 160, isMarked: true), Step(duration: 320), Step(duration: 480), Step(isEnd: true, duration: 640),
    Step(isEnd: true, duration: 640), Step(isEnd: true, duration: 640),
  ]

  @Test func aPressIsToldOnce() {
    #expect(Self.play(Self.press) == [.pressed(Self.five), .released(Self.five, milliseconds: 80)])
  }

  /// Every subset of its packets that is not empty, in order.
  @Test func aPressIsToldOnceWhateverIsLost() {
    for kept in 1..<1 << Self.press.count {
      let steps = Self.press.indices.filter { kept >> $0 & 1 == 1 }.map { Self.press[$0] }
      let events = Self.play(steps)
      #expect(events.first == .pressed(Self.five))
      if steps.contains(where: \.isEnd) {
        #expect(events == [.pressed(Self.five), .released(Self.five, milliseconds: 80)])
      } else {
        #expect(events.count == 1)
      }
    }
  }

  /// Every order of five of its packets.
  @Test func aPressIsToldOnceInAnyOrder() {
    func orders(_ steps: [Step]) -> [[Step]] {
      steps.isEmpty
        ? [[]]
        : steps.indices.flatMap { index in
          var rest = steps
          let step = rest.remove(at: index)
          return orders(rest).map { [step] + $0 }
        }
    }
    for order in orders(Array(Self.press.dropLast())) {
      #expect(Self.play(order) == [.pressed(Self.five), .released(Self.five, milliseconds: 80)])
    }
  }

  @Test func theNextPressReleasesOneWhoseEndsWereLost() {
    let steps = Self.press.prefix(3) + [Step(code: 7, duration: 160, timestamp: 3000, isMarked: true)]
    #expect(
      Self.play(Array(steps))
        == [.pressed(Self.five), .released(Self.five, milliseconds: 60), .pressed(Self.seven)])
  }

  @Test func theSameKeyTwiceIsTwoPresses() {
    let again = Self.press.map { step in
      var step = step
      step.timestamp = 2600
      return step
    }
    let events = Self.play(Self.press + again)
    let once: [TelephoneEvent] = [.pressed(Self.five), .released(Self.five, milliseconds: 80)]
    #expect(events == once + once)
    // With all of the middle lost, so that the key never seemed to come up: another timestamp is another press.
    #expect(Self.play([Self.press[0], again[0], again[4]]).filter { $0 == .pressed(Self.five) }.count == 2)
  }

  @Test func latePacketsOfAnEarlierPressAreNoPress() {
    let steps =
      Self.press + [Step(code: 7, duration: 160, timestamp: 3000, isMarked: true), Self.press[3], Self.press[1]]
    #expect(Self.play(steps).last == .pressed(Self.seven))
  }

  @Test func timestampsWrapAround() {
    let steps = [
      Step(isEnd: true, duration: 100, timestamp: 0xffff_ff00), Step(code: 7, isEnd: true, duration: 80, timestamp: 50),
      Step(isEnd: true, duration: 100, timestamp: 0xffff_ff00),
    ]
    #expect(Self.play(steps).count == 4)
  }

  @Test func timestampsThatBeginAnewAreTaken() {
    let steps = [
      Step(isEnd: true, duration: 100, timestamp: 1_000_000), Step(isEnd: true, duration: 100, timestamp: 5),
    ]
    #expect(Self.play(steps).filter { $0 == .pressed(Self.five) }.count == 2)
  }

  /// RFC 4733, 2.5.1.3: a press of 70 s at 8 kHz has nine segments.
  @Test func aLongPressIsOnePress() {
    var steps: [Step] = []
    for segment in 0..<9 {
      for duration in [160, 30_000, 0xffff] {
        steps.append(
          Step(
            isEnd: segment == 8 && duration == 0xffff, duration: duration,
            timestamp: 0xffff_0000 &+ UInt32(segment * 0xffff), isMarked: segment == 0 && duration == 160))
      }
    }
    #expect(Self.play(steps) == [.pressed(Self.five), .released(Self.five, milliseconds: 9 * 65_535 / 8)])
  }

  @Test func aCounterThatTurnsOverIsOnePress() {
    let steps = [
      Step(duration: 30_000), Step(duration: 60_000), Step(duration: 2000), Step(isEnd: true, duration: 10_000),
    ]
    #expect(Self.play(steps).last == .released(Self.five, milliseconds: (65_536 + 10_000) / 8))
  }

  @Test func theClockRateGivesTheMilliseconds() {
    #expect(
      Self.play([Step(isEnd: true, duration: 4800)], clockRate: 48_000).last == .released(Self.five, milliseconds: 100))
  }

  @Test func everyKeyHasItsSign() {
    #expect(String(String.UnicodeScalarView(TelephoneKey.allCases.map(\.sign))) == "0123456789*#ABCD")
    for key in TelephoneKey.allCases { #expect(TelephoneKey(key.sign) == key) }
    #expect(TelephoneKey("d")?.code == 15 && TelephoneKey("e") == nil && TelephoneKey(code: 16) == nil)
  }

  @Test func eventsThatAreNoKeyAreIgnored() {
    for code in UInt8(16)...255 { #expect(Self.play([Step(code: code, isEnd: true, duration: 100)]) == []) }
  }

  @Test func aKeyComesUpWhenNothingMoreComes() {
    var receiver = TelephoneEventReceiver(clockRate: 8000)
    #expect(receiver.deadline == nil)
    Self.feed(Step(duration: 480), to: &receiver, at: PacketTime(nanoseconds: 0))
    let deadline = PacketTime(nanoseconds: 300_000_000)
    #expect(receiver.deadline == deadline)
    receiver.expire(at: deadline.advanced(byNanoseconds: -1))
    #expect(receiver.popEvent() == .pressed(Self.five) && receiver.popEvent() == nil)
    receiver.expire(at: deadline)
    #expect(receiver.popEvent() == .released(Self.five, milliseconds: 60))
    #expect(receiver.deadline == nil && receiver.popEvent() == nil)
    // Its end comes after all: told already.
    Self.feed(Step(isEnd: true, duration: 640), to: &receiver, at: deadline)
    #expect(receiver.popEvent() == nil)
  }

  @Test func aRestartReleasesAndForgets() {
    var receiver = TelephoneEventReceiver(clockRate: 8000)
    Self.feed(Step(duration: 480), to: &receiver, at: PacketTime(nanoseconds: 0))
    receiver.restart()
    Self.feed(Step(duration: 480, timestamp: 900), to: &receiver, at: PacketTime(nanoseconds: 0))
    var events: [TelephoneEvent] = []
    while let event = receiver.popEvent() { events.append(event) }
    #expect(events == [.pressed(Self.five), .released(Self.five, milliseconds: 60), .pressed(Self.five)])
  }

  @Test func severalEventsInOnePacketFollowEachOther() {
    var receiver = TelephoneEventReceiver(clockRate: 8000)
    let payload: [UInt8] = [5, 0x8a, 0x03, 0x20, 7, 0x0a, 0x00, 0xa0]
    let header = RTPHeader(
      payloadType: 101, sequenceNumber: SequenceNumber(rawValue: 0), timestamp: RTPTimestamp(rawValue: 0),
      ssrc: SSRC(rawValue: 1))
    receiver.receive(header, payload: payload.span, at: PacketTime(nanoseconds: 0))
    receiver.receive(header, payload: payload.span, at: PacketTime(nanoseconds: 0))
    var events: [TelephoneEvent] = []
    while let event = receiver.popEvent() { events.append(event) }
    #expect(events == [.pressed(Self.five), .released(Self.five, milliseconds: 100), .pressed(Self.seven)])
  }

  @Test func aPayloadTooShortIsNothing() {
    var receiver = TelephoneEventReceiver(clockRate: 8000)
    let header = RTPHeader(
      payloadType: 101, sequenceNumber: SequenceNumber(rawValue: 0), timestamp: RTPTimestamp(rawValue: 0),
      ssrc: SSRC(rawValue: 1))
    for count in 0..<4 {
      receiver.receive(header, payload: [UInt8](repeating: 1, count: count).span, at: PacketTime(nanoseconds: 0))
    }
    #expect(receiver.popEvent() == nil)
  }
}
