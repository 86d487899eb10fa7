import Conference
import MediaBase
import MediaRuntime
import Testing

@Suite("What a core gives up, and when")
struct CoreLoadTests {
  /// A thread that uses so much of each second in turn, so much of that for commands; what it sheds after each.
  private static func shedding(_ seconds: [(busy: Double, commands: Double)]) -> [LoadShedding] {
    var load = CoreLoad()
    var now = PacketTime(nanoseconds: 5_000_000_000)
    var used: Int64 = 123_000_000
    _ = load.note(used: used, at: now)
    return seconds.map { second in
      load.noteCommands(Int64(second.commands * 1e9))
      // Ticks of 20 ms: it is asked more often than it judges.
      for _ in 0..<50 {
        now = now.advanced(byMilliseconds: 20)
        used += Int64(second.busy * 2e7)
        _ = load.note(used: used, at: now)
      }
      return load.shedding
    }
  }

  @Test("each second of more than nine tenths sheds a step, five calm ones take one back")
  func stepByStep() {
    let busy = Array(repeating: (0.95, 0.0), count: 4), calm = Array(repeating: (0.3, 0.0), count: 10)
    #expect(
      Self.shedding(busy + calm) == [
        .complexity, .talkers, .admission, .admission, .admission, .admission, .admission, .admission, .talkers,
        .talkers, .talkers, .talkers, .talkers, .complexity,
      ])
  }

  @Test("a second between calm and busy changes nothing, and begins the calm anew")
  func between() {
    let seconds = [(0.95, 0.0)] + Array(repeating: (0.3, 0.0), count: 4) + [(0.8, 0.0)]
    #expect(Self.shedding(seconds + Array(repeating: (0.3, 0.0), count: 4)).last == .complexity)
  }

  @Test("a second that only joins made busy sheds nothing")
  func joins() {
    #expect(Self.shedding([(0.99, 0.6), (0.7, 0)]) == [.none, .none])
    #expect(Self.shedding([(0.99, 0.05), (0.7, 0)]) == [.complexity, .complexity])
  }

  @Test("joins without end are load like any other")
  func endlessJoins() {
    let seconds = Self.shedding(Array(repeating: (0.99, 0.6), count: 8))
    #expect(seconds == Array(repeating: .none, count: 5) + [.complexity, .talkers, .admission])
  }
}
