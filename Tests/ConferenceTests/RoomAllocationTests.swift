import AllocationCounter
import Conference
import MediaBase
import Testing

/// A room may allocate when somebody joins, leaves or is changed, and never at a tick or for a packet.
@Suite struct RoomAllocationTests {
  @Test func noTickAllocatesOnceJoinsHaveSettled() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let conference = VirtualConference()
    let talker = try conference.join()
    for _ in 0..<10 { try conference.join() }
    try conference.join(LegFormat(codec: .pcma, payloadType: 8))
    // Speech in bursts, so that the talker is selected, lingers, is handed over and selected again.
    var packets = PacketTrain()
    talker.keepsSending = true
    for _ in 0..<4 {
      talker.say(Sounds.tone(440, seconds: 0.5))
      for _ in 0..<150 { packets.append(talker.nextPacket() ?? []) }
    }
    conference.runQuietly(&packets, from: talker, ticks: 0..<300)
    let before = allocation_count()
    conference.runQuietly(&packets, from: talker, ticks: 300..<600)
    #expect(allocation_count() - before == 0)
    #expect(conference.room.quality.encodesOwn > 40)
  }
}
