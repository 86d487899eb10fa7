import MediaBase
import Monitor
import Testing

/// Who keeps time where a card does not, and when what failed is tried again.
@Suite struct PaceTests {
  @Test func aDeviceWithoutAClockIsServedByOurs() {
    var pace = OwnPace()
    var now = PacketTime(nanoseconds: 1_000)
    for period in 1...6_000 {
      now = pace.advance(by: 480, now: now)
      #expect(now.nanoseconds == 1_000 + Int64(period) * 10_000_000)
    }
    #expect(pace.restarts == 0)
  }

  @Test func aThreadThatIsALittleLateCatchesUp() {
    var pace = OwnPace()
    let start = PacketTime(nanoseconds: 0)
    _ = pace.advance(by: 480, now: start)
    let due = pace.advance(by: 480, now: start.advanced(byMilliseconds: 45))
    #expect(due == start.advanced(byMilliseconds: 20) && pace.restarts == 0)
  }

  @Test func aThreadThatWasHeldUpForLongGoesOnFromNow() {
    var pace = OwnPace()
    let start = PacketTime(nanoseconds: 0)
    _ = pace.advance(by: 480, now: start)
    let due = pace.advance(by: 480, now: start.advanced(byMilliseconds: 700))
    #expect(due == start.advanced(byMilliseconds: 710) && pace.restarts == 1)
    pace.rest()
    _ = pace.advance(by: 480, now: start.advanced(byMilliseconds: 5_000))
    #expect(pace.restarts == 1, "a card kept time meanwhile")
  }

  @Test func pausesGrowToEightSecondsAndBeginAnewAfterASuccess() {
    var pause = RetryPause()
    var now = PacketTime(nanoseconds: 0)
    #expect(pause.isOver(at: now))
    for milliseconds in [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000] {
      pause.noteFailure(at: now)
      #expect(!pause.isOver(at: now.advanced(byMilliseconds: milliseconds - 1)))
      now = now.advanced(byMilliseconds: milliseconds)
      #expect(pause.isOver(at: now))
    }
    pause.noteSuccess()
    pause.noteFailure(at: now)
    #expect(pause.isOver(at: now.advanced(byMilliseconds: 250)))
  }
}
