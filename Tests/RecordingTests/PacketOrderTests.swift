import MediaBase
import Testing

import Recording

@Suite struct PacketOrderTests {
  private func packet(_ sequence: Int, at milliseconds: Int, ssrc: UInt32 = 1) -> PacketOrder.Packet {
    PacketOrder.Packet(
      sequence: SequenceNumber(rawValue: UInt16(truncatingIfNeeded: sequence)),
      timestamp: RTPTimestamp(rawValue: UInt32(truncatingIfNeeded: sequence * 960)), ssrc: SSRC(rawValue: ssrc),
      arrival: PacketTime(nanoseconds: Int64(milliseconds) * 1_000_000), payload: [])
  }

  /// Sequence numbers as they come out, for (number, milliseconds) as they come in.
  private func order(_ arrivals: [(Int, Int)]) -> (out: [UInt16], dropped: Int) {
    var order = PacketOrder()
    var out: [UInt16] = []
    for (sequence, time) in arrivals { out += order.insert(packet(sequence, at: time)).map(\.sequence.rawValue) }
    out += order.removeAll().map(\.sequence.rawValue)
    return (out, order.droppedCount)
  }

  @Test func packetsInOrderPassAtOnce() {
    var order = PacketOrder()
    for number in 65_530..<65_545 {
      #expect(order.insert(packet(number, at: number)).map(\.sequence.rawValue) == [UInt16(truncatingIfNeeded: number)])
    }
  }

  @Test func reorderedPacketsComeOutInOrderAlsoOverTheWrap() {
    let result = order([(65_534, 0), (0, 20), (65_535, 25), (2, 60), (1, 65), (3, 80)])
    #expect(result.out == [65_534, 65_535, 0, 1, 2, 3] && result.dropped == 0)
  }

  @Test func aLossIsWaitedForAndThenPassedOver() {
    var order = PacketOrder()
    #expect(order.insert(packet(1, at: 0)).count == 1)
    #expect(order.insert(packet(3, at: 40)).isEmpty)
    #expect(order.insert(packet(4, at: 200)).isEmpty)
    #expect(order.insert(packet(5, at: 241)).map(\.sequence.rawValue) == [3, 4, 5])
  }

  @Test func whatComesTwiceOrTooLateIsDropped() {
    let result = order([(1, 0), (2, 20), (2, 21), (4, 60), (4, 61), (5, 300), (3, 310)])
    #expect(result.out == [1, 2, 4, 5] && result.dropped == 3)
  }

  @Test func aNewSourceBeginsAfterAllOfTheOldOne() {
    var order = PacketOrder()
    _ = order.insert(packet(1, at: 0))
    _ = order.insert(packet(3, at: 40))
    let out = order.insert(packet(700, at: 60, ssrc: 2))
    #expect(out.map(\.sequence.rawValue) == [3, 700])
  }

  @Test func aSenderThatNobodyCanFollowHoldsNoMoreThanABoundedNumber() {
    var order = PacketOrder()
    var out = 0
    for number in 0..<1_000 { out += order.insert(packet(number * 2, at: 0)).count }
    #expect(out > 900)
  }
}
