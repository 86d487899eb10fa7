import Conference
import MediaBase
import MediaRuntime
import Testing

@Suite("Events on their way to listeners", .timeLimit(.minutes(1)))
struct EventPumpTests {
  private static func event(_ number: Int) -> MediaEvent {
    MediaEvent(
      room: RoomID(rawValue: 1), time: PacketTime(nanoseconds: Int64(number)),
      kind: .mediaStarted(MemberID(rawValue: UInt64(number))))
  }

  private static func number(_ event: MediaEvent) -> Int { Int(event.time.nanoseconds) }

  @Test("each is carried as soon as the bell rings, in order, however the pump goes to sleep in between")
  func oneByOne() async throws {
    let (ring, bell) = (BoundedRing<MediaEvent>(capacity: 64), try EventBell())
    let pump = try EventPump(rings: [ring], bell: bell)
    var events = pump.stream().makeAsyncIterator()
    for number in 0..<2_000 {
      ring.push(Self.event(number))
      bell.ring()
      #expect(await events.next().map(Self.number) == number)
    }
    // At the most one wake for each time that there was something.
    #expect(bell.ringCount <= 2_000)
    pump.stop()
  }

  @Test("a thread that pushes without a pause is never missed, and several rings are read")
  func withoutAPause() async throws {
    let bell = try EventBell()
    let rings = [BoundedRing<MediaEvent>(capacity: 8_192), BoundedRing<MediaEvent>(capacity: 8_192)]
    let pump = try EventPump(rings: rings, bell: bell)
    let stream = pump.stream()
    let threads = try rings.map { ring in
      try MediaThread(.init(name: "pusher")) { _ in
        for number in 0..<4_000 {
          ring.push(Self.event(number))
          bell.ring()
        }
      }
    }
    var seen = 0
    for await _ in stream {
      seen += 1
      if seen == 8_000 { break }
    }
    #expect(seen == 8_000)
    for thread in threads { thread.join() }
    pump.stop()
  }

  @Test("where nothing happens nobody is woken, and a bell without a sleeper costs no wake")
  func silence() async throws {
    let (ring, bell) = (BoundedRing<MediaEvent>(capacity: 64), try EventBell())
    bell.ring()
    #expect(bell.ringCount == 0)
    let pump = try EventPump(rings: [ring], bell: bell)
    var events = pump.stream().makeAsyncIterator()
    ring.push(Self.event(7))
    bell.ring()
    #expect(await events.next().map(Self.number) == 7)
    #expect(bell.ringCount <= 1)
    pump.stop()
  }

  @Test("what was pushed before the end still comes, and then the streams end")
  func theEnd() async throws {
    let (ring, bell) = (BoundedRing<MediaEvent>(capacity: 64), try EventBell())
    let pump = try EventPump(rings: [ring], bell: bell)
    let stream = pump.stream()
    for number in 0..<5 { ring.push(Self.event(number)) }
    pump.stop()
    var numbers: [Int] = []
    for await event in stream { numbers.append(Self.number(event)) }
    #expect(numbers == [0, 1, 2, 3, 4])
    for await event in pump.stream() { Issue.record("told after the end: \(event)") }
  }
}
