import MediaBase
import RTC
import Testing

@Suite struct RTCPScheduleTests {
  private static let start = PacketTime(nanoseconds: 1_000_000_000)

  /// Seconds to the first report, and between the others.
  private static func intervals(
    bitsPerSecond: Int, usesReducedMinimum: Bool = false, bytes: Int = 100, seed: UInt64 = 1
  ) -> (first: Double, others: [Double]) {
    var random = SeededGenerator(seed: seed)
    var schedule = RTCPSchedule(
      joining: start, sessionBitsPerSecond: bitsPerSecond, usesReducedMinimum: usesReducedMinimum, generator: &random)
    let first = Double(schedule.nextReport.nanoseconds(since: start)) / 1e9
    let others = (0..<2000).map { _ in
      let now = schedule.nextReport
      schedule.noteReceived(bytes: bytes)
      schedule.noteSent(bytes: bytes, at: now, generator: &random)
      return Double(schedule.nextReport.nanoseconds(since: now)) / 1e9
    }
    return (first, others)
  }

  /// RFC 3550, 6.3.1: uniform over half to one and a half of 5 s, divided by e − 3/2.
  @Test func reportsAreSpreadAroundFiveSeconds() {
    let (first, others) = Self.intervals(bitsPerSecond: 64_000)
    let factor = 1.21828
    #expect((1.25 / factor..<3.75 / factor).contains(first))
    #expect(others.allSatisfy { (2.5 / factor..<7.5 / factor).contains($0) })
    let mean = others.reduce(0, +) / Double(others.count)
    #expect(abs(mean - 5 / factor) < 0.1)
    #expect(others.min()! < 2.6 / factor && others.max()! > 7.4 / factor)
  }

  @Test func theReducedMinimumIsSmallerAbove72Kilobits() {
    let narrow = Self.intervals(bitsPerSecond: 64_000, usesReducedMinimum: true).others
    #expect(narrow == Self.intervals(bitsPerSecond: 64_000).others)
    let wide = Self.intervals(bitsPerSecond: 360_000, usesReducedMinimum: true).others
    #expect(wide.allSatisfy { (0.5 / 1.21828..<1.5 / 1.21828).contains($0) })
  }

  /// 5 % of 8 kbit/s are 50 bytes a second: two participants' reports of 128 bytes take 5.12 s.
  @Test func aNarrowSessionReportsLessOften() {
    let others = Self.intervals(bitsPerSecond: 4000).others
    let mean = others.reduce(0, +) / Double(others.count)
    #expect(abs(mean - 128 * 2 / 25 / 1.21828) < 0.2)
  }

  @Test func theSameSeedGivesTheSameTimes() {
    #expect(
      Self.intervals(bitsPerSecond: 64_000, seed: 3).others == Self.intervals(bitsPerSecond: 64_000, seed: 3).others)
    #expect(
      Self.intervals(bitsPerSecond: 64_000, seed: 3).others != Self.intervals(bitsPerSecond: 64_000, seed: 4).others)
  }
}
