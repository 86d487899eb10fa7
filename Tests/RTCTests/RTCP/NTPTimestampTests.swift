import MediaBase
import RTC
import Testing

@Suite struct NTPTimestampTests {
  /// The example of RFC 3550, 6.4.1: there and back in 6.125 s.
  @Test func theStandardsRoundTripIsFound() {
    let now = NTPTimestamp(rawValue: 0xb44d_b710_8000_0000)
    let block = RTCPReportBlock(
      source: SSRC(rawValue: 1), fractionLost: 0, packetsLost: 0, extendedHighest: 0, jitterTicks: 0,
      lastSenderReport: 0xb705_2000, delaySinceLastSenderReport: 0x0005_4000)
    #expect(now.middle == 0xb710_8000)
    #expect(block.roundTripNanoseconds(at: now) == 6_125_000_000)
    let delay = RTCPReceiverDelay(
      source: SSRC(rawValue: 1), lastReceiverReport: 0xb705_2000, delaySinceLastReceiverReport: 0x0005_4000)
    #expect(delay.roundTripNanoseconds(at: now) == 6_125_000_000)
  }

  @Test(arguments: [
    // LSR, DLSR, round trip in nanoseconds; now is 0x0001_0000.
    (UInt32(0), UInt32(0), Int64?.none), (0x0001_0000, 0, 0), (0x0000_8000, 0x8000, 0), (0xffff_0000, 0, 2_000_000_000),
    // A rounding below 0, and an answer before the question.
    (0x0001_0000, 655, 0), (0x0001_0000, 656, nil), (0x0002_0000, 0, nil), (1, 0xffff_ffff, 1_000_000_000),
  ])
  func roundTripsAreSane(last: UInt32, delay: UInt32, expected: Int64?) {
    let block = RTCPReportBlock(
      source: SSRC(rawValue: 1), fractionLost: 0, packetsLost: 0, extendedHighest: 0, jitterTicks: 0,
      lastSenderReport: last, delaySinceLastSenderReport: delay)
    #expect(block.roundTripNanoseconds(at: NTPTimestamp(rawValue: 0x1_0000_0000)) == expected)
  }

  @Test func theEpochIsOf1900() {
    #expect(NTPTimestamp(secondsSince1970: 0).rawValue == 0x83aa_7e80_0000_0000)
    #expect(NTPTimestamp(secondsSince1970: 0, nanoseconds: 500_000_000).rawValue == 0x83aa_7e80_8000_0000)
    // It wraps around in February 2036.
    #expect(NTPTimestamp(secondsSince1970: 2_085_978_496).rawValue == 0)
  }

  @Test func theClockGoesBothWays() {
    let wall = NTPTimestamp(secondsSince1970: 1_000_000_000)
    let clock = NTPClock(at: PacketTime(nanoseconds: 5_000_000_000), is: wall)
    #expect(clock.timestamp(at: PacketTime(nanoseconds: 5_000_000_000)) == wall)
    #expect(clock.timestamp(at: PacketTime(nanoseconds: 6_250_000_000)).rawValue == wall.rawValue + 0x1_4000_0000)
    #expect(clock.timestamp(at: PacketTime(nanoseconds: 3_750_000_000)).rawValue == wall.rawValue - 0x1_4000_0000)
  }
}
