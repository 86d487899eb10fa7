import MediaBase
import Testing

import Recording

@Suite struct ClockComparisonTests {
  @Test(arguments: [-500.0, -20, 0, 50, 500])
  func aClockThatRunsOffIsFoundThroughJitter(ppm: Double) throws {
    var comparison = ClockComparison()
    var random = SeededGenerator(seed: 5)
    for packet in 0..<(50 * 600) {
      let own = Double(packet) * 0.02
      let real = own / (1 + ppm * 1e-6)
      let jitter = Double.random(in: 0...0.03, using: &random)
      comparison.note(own, at: PacketTime(nanoseconds: Int64((real + jitter) * 1e9)))
    }
    let found = try #require(comparison.driftPPM)
    #expect(abs(found - ppm) < 3, "\(found)")
  }

  @Test func nothingIsSaidOfLessThanAMinute() {
    var comparison = ClockComparison()
    for packet in 0..<(50 * 50) {
      comparison.note(Double(packet) * 0.02, at: PacketTime(nanoseconds: Int64(packet) * 20_000_000))
    }
    #expect(comparison.driftPPM == nil)
  }
}
