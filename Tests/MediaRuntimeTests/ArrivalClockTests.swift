import MediaBase
import MediaRuntime
import Testing

/// Milliseconds on both clocks: the wall clock begins 1,000 s ahead.
@Suite("Kernel arrival times on the monotonic clock")
struct ArrivalClockTests {
  private static let ahead: Int64 = 1_000_000_000_000

  private static func time(_ milliseconds: Int) -> PacketTime {
    PacketTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds)
  }

  private static func wall(_ milliseconds: Int) -> Int64 { time(milliseconds).nanoseconds + ahead }

  private static func clock(batchAt milliseconds: Int, wallSetBy set: Int = 0) -> ArrivalClock {
    var clock = ArrivalClock(monotonic: time(0), wallNanoseconds: wall(0))
    clock.beginBatch(monotonic: time(milliseconds), wallNanoseconds: wall(milliseconds + set))
    return clock
  }

  @Test("a stamp becomes the monotonic time of the same instant", arguments: [5_000, 4_999, 4_980, 4_000])
  func stampIsTranslated(milliseconds: Int) {
    let arrival = Self.clock(batchAt: 5_000).arrival(stampNanoseconds: Self.wall(milliseconds))
    #expect(arrival == Self.time(milliseconds))
  }

  @Test("an arrival is never later than now, nor more than a second ago", arguments: [(5_001, 5_000), (3_000, 4_000)])
  func arrivalIsClamped(stamp: Int, expected: Int) {
    #expect(Self.clock(batchAt: 5_000).arrival(stampNanoseconds: Self.wall(stamp)) == Self.time(expected))
  }

  @Test("without a stamp a packet came now")
  func noStamp() {
    #expect(Self.clock(batchAt: 5_000).arrival(stampNanoseconds: nil) == Self.time(5_000))
  }

  @Test("a wall clock that is set while packets wait fools nobody", arguments: [-86_400_000, -500, 10, 500, 3_600_000])
  func wallClockIsSet(by milliseconds: Int) {
    var clock = Self.clock(batchAt: 5_000, wallSetBy: milliseconds)
    for stamp in [4_990, 4_990 + milliseconds] {
      #expect(clock.arrival(stampNanoseconds: Self.wall(stamp)) == Self.time(5_000))
    }
    // From the next batch on stamps are believed again.
    clock.beginBatch(monotonic: Self.time(5_020), wallNanoseconds: Self.wall(5_020 + milliseconds))
    #expect(clock.arrival(stampNanoseconds: Self.wall(5_013 + milliseconds)) == Self.time(5_013))
  }

  @Test("a wall clock that is slewed is followed")
  func wallClockIsSlewed() {
    var clock = ArrivalClock(monotonic: Self.time(0), wallNanoseconds: Self.wall(0))
    for second in 1...100 {
      let slewed = Self.wall(second * 1_000) + Int64(second) * 500_000
      clock.beginBatch(monotonic: Self.time(second * 1_000), wallNanoseconds: slewed)
      #expect(clock.arrival(stampNanoseconds: slewed - 7_000_000) == Self.time(second * 1_000 - 7))
    }
  }
}
