import MediaBase
import RTC
import Testing

@Suite struct ReceptionStatisticsTests {
  static let source = SSRC(rawValue: 1), other = SSRC(rawValue: 2)
  static let start = PacketTime(nanoseconds: 3_000_000_000)

  static func header(_ number: Int, from source: SSRC = source, ticks: Int? = nil) -> RTPHeader {
    RTPHeader(
      payloadType: 0, sequenceNumber: SequenceNumber(rawValue: UInt16(truncatingIfNeeded: number)),
      timestamp: RTPTimestamp(rawValue: UInt32(truncatingIfNeeded: ticks ?? number * 160)), ssrc: source)
  }

  /// Packet `number` of 20 ms, so many milliseconds late.
  static func time(_ number: Int, late milliseconds: Int = 0) -> PacketTime {
    start.advanced(byMilliseconds: number * 20 + milliseconds)
  }

  @Test func aStreamIsTakenAfterItsProbation() {
    var statistics = ReceptionStatistics(clockRate: 8000)
    #expect(statistics.receive(Self.header(1), at: Self.time(1)) == .refused)
    #expect(statistics.source == nil && statistics.takeReportBlock(at: Self.start) == nil)
    #expect(statistics.receive(Self.header(2), at: Self.time(2)) == .newSource)
    #expect(statistics.receive(Self.header(3), at: Self.time(3)) == .packet(.next(missing: 0)))
    #expect(statistics.source == Self.source)
    #expect(statistics.packetsReceived == 2 && statistics.packetsRefused == 1 && statistics.packetsLost == 0)
  }

  @Test func ofTwoWhoSendByTurnsTheFirstIsHeard() {
    var statistics = ReceptionStatistics(clockRate: 8000)
    for number in 0..<10 {
      _ = statistics.receive(Self.header(number), at: Self.time(number))
      #expect(statistics.receive(Self.header(number, from: Self.other), at: Self.time(number)) == .refused)
    }
    #expect(statistics.source == Self.source)
    #expect(statistics.packetsReceived == 9 && statistics.packetsRefused == 11)
  }

  @Test func aStrayPacketBeforeTheStreamDelaysItByOne() {
    var statistics = ReceptionStatistics(clockRate: 8000)
    #expect(statistics.receive(Self.header(500, from: Self.other), at: Self.time(0)) == .refused)
    let arrivals = (0..<4).map { statistics.receive(Self.header($0), at: Self.time($0)) }
    #expect(arrivals == [.refused, .refused, .newSource, .packet(.next(missing: 0))])
  }

  @Test func anotherSourceTakesOverWhenTheFirstIsSilent() {
    var statistics = ReceptionStatistics(clockRate: 8000)
    for number in [0, 1, 2, 5] { _ = statistics.receive(Self.header(number), at: Self.time(number)) }
    #expect(statistics.packetsLost == 2)
    statistics.noteSenderReport(from: Self.source, time: NTPTimestamp(rawValue: 1 << 40), at: Self.start)
    #expect(statistics.receive(Self.header(900, from: Self.other), at: Self.time(6)) == .refused)
    #expect(statistics.receive(Self.header(901, from: Self.other), at: Self.time(7)) == .newSource)
    #expect(statistics.source == Self.other)
    // The leg's losses stay; the report is on the new stream alone.
    #expect(statistics.packetsLost == 2)
    let block = statistics.takeReportBlock(at: Self.time(8))
    #expect(block?.source == Self.other && block?.packetsLost == 0 && block?.fractionLost == 0)
    #expect(block?.extendedHighest == 901 && block?.lastSenderReport == 0 && block?.delaySinceLastSenderReport == 0)
    // What the old one still sends is stray.
    #expect(statistics.receive(Self.header(6), at: Self.time(9)) == .refused)
  }

  /// RFC 3550 A.3.
  @Test func theFractionLostIsThatOfTheInterval() {
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    for number in 0..<8 where number % 4 != 1 { _ = statistics.receive(Self.header(number), at: Self.time(number)) }
    #expect(statistics.takeReportBlock(at: Self.start)?.fractionLost == 64)
    for number in 8..<12 { _ = statistics.receive(Self.header(number), at: Self.time(number)) }
    let block = statistics.takeReportBlock(at: Self.start)
    #expect(block?.fractionLost == 0 && block?.packetsLost == 2)
    // Two late ones: more came than was expected.
    _ = statistics.receive(Self.header(1), at: Self.time(13))
    _ = statistics.receive(Self.header(5), at: Self.time(13))
    #expect(statistics.takeReportBlock(at: Self.start)?.fractionLost == 0)
    #expect(statistics.packetsLost == 0)
  }

  @Test func theCumulativeLossStaysWithin24Bits() {
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    for number in 0..<3000 { _ = statistics.receive(Self.header(number * 2900), at: Self.time(number)) }
    #expect(statistics.packetsLost > 0x7f_ffff)
    let block = statistics.takeReportBlock(at: Self.start)
    #expect(block?.packetsLost == 0x7f_ffff && block?.fractionLost == 255)
  }

  @Test func aRestartKeepsTheLossesOfTheLeg() {
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    for number in [0, 3, 30_000, 30_001, 30_003] { _ = statistics.receive(Self.header(number), at: Self.time(number)) }
    #expect(statistics.packetsLost == 3)
    #expect(statistics.takeReportBlock(at: Self.start)?.packetsLost == 1)
  }

  /// RFC 3550 A.8 in floating point, against the integers.
  @Test func jitterFollowsTheStandardsFormula() {
    var random = SeededGenerator(seed: 4)
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    var expected = 0.0
    var lastTransit: Double?
    for number in 0..<2000 {
      let late = Int.random(in: 0...40, using: &random)
      _ = statistics.receive(Self.header(number), at: Self.time(number, late: late))
      let transit = Double(late * 8)
      if let lastTransit { expected += (abs(transit - lastTransit) - expected) / 16 }
      lastTransit = transit
      #expect(abs(Double(statistics.jitter.ticks) - expected) <= 2)
    }
    #expect(abs(Double(statistics.jitter.milliseconds) - expected / 8) < 0.3)
  }

  @Test func anEvenStreamHasNoJitterWhereverItsTimestampsWrap() {
    var statistics = ReceptionStatistics(clockRate: 48_000, minimumInSequence: 1)
    for number in 0..<1000 {
      _ = statistics.receive(Self.header(number, ticks: 0xffff_ff00 + number * 960), at: Self.time(number))
    }
    #expect(statistics.jitter.ticks == 0)
  }

  /// RFC 4733, 2.2.1: all packets of an event have the timestamp of its start.
  @Test func repeatedTimestampsAreNoJitter() {
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    for number in 0..<200 {
      _ = statistics.receive(Self.header(number, ticks: number / 20 * 20 * 160), at: Self.time(number))
    }
    #expect(statistics.jitter.ticks == 0)
  }

  @Test func jitterSurvivesLeapsOfTimestamps() {
    var random = SeededGenerator(seed: 5)
    var jitter = InterarrivalJitter(clockRate: 48_000)
    for _ in 0..<10_000 {
      jitter.note(
        RTPTimestamp(rawValue: .random(in: 0...0xffff_ffff, using: &random)),
        at: PacketTime(nanoseconds: .random(in: .min ... .max, using: &random)))
    }
    #expect(jitter.ticks > 0 && jitter.milliseconds.isFinite)
  }

  @Test func theReportTellsWhenTheLastSenderReportCame() {
    var statistics = ReceptionStatistics(clockRate: 8000, minimumInSequence: 1)
    _ = statistics.receive(Self.header(0), at: Self.start)
    statistics.noteSenderReport(
      from: Self.source, time: NTPTimestamp(rawValue: 0x1234_5678_9abc_def0), at: Self.start)
    statistics.noteSenderReport(from: Self.other, time: NTPTimestamp(rawValue: 0), at: Self.start)
    let block = statistics.takeReportBlock(at: Self.start.advanced(byMilliseconds: 5250))
    #expect(block?.lastSenderReport == 0x5678_9abc)
    #expect(block?.delaySinceLastSenderReport == 0x0005_4000)
  }

  @Test func aSenderReportTellsWhatWasSent() {
    let clock = NTPClock(at: Self.start, is: NTPTimestamp(secondsSince1970: 0))
    var statistics = SendingStatistics(clockRate: 48_000)
    #expect(statistics.senderInfo(at: Self.start, clock: clock) == nil)
    statistics.noteSent(RTPTimestamp(rawValue: 0xffff_ffff), payloadBytes: 100, at: Self.start)
    statistics.noteSent(RTPTimestamp(rawValue: 959), payloadBytes: 60, at: Self.time(1))
    let info = statistics.senderInfo(at: Self.time(1, late: 10), clock: clock)
    #expect(info?.packetCount == 2 && info?.octetCount == 160)
    #expect(info?.timestamp == RTPTimestamp(rawValue: 959 + 480))
    #expect(info?.time == NTPTimestamp(secondsSince1970: 0, nanoseconds: 30_000_000))
  }
}
