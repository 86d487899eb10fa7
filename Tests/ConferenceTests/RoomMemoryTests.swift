import AllocationCounter
import Conference
import MediaBase
import Testing

/// What a member takes in memory, allocated by a room for them: numbers to be held, not hopes.
@Suite struct RoomMemoryTests {
  /// Opens a room, lets so many join, who send so many packets each, and gives the bytes that this took for each.
  private static func bytesPerMember(
    _ settings: RoomSettings, members: Int, packets: Int, sendsLevel: Bool = true
  ) throws -> Int {
    // One leg's packets, which every member sends.
    let voice = try VirtualConference().join(sendsLevel: sendsLevel)
    voice.say(Sounds.tone(440, seconds: 2))
    var train = PacketTrain()
    for _ in 0..<packets { train.append(voice.nextPacket() ?? []) }
    let conference = VirtualConference(settings)
    conference.pool.grow(to: members * 8)
    var sink = CountingSink()
    var indices: [Int] = []
    indices.reserveCapacity(members)
    let before = allocated_bytes()
    for number in 0..<members {
      var leg = voice.settings
      leg.remote = TransportAddress(ipv4: 0x7f00_0001, port: UInt16(10_000 + number))
      let joined = try conference.room.join(
        MemberID(rawValue: UInt64(number + 1)), leg: leg, socket: 0, at: conference.now, pool: &conference.pool)
      indices.append(joined.index)
    }
    var now = conference.now
    for tick in 0..<max(5, packets) {
      for (number, index) in indices.enumerated() where tick < packets {
        let range = train.ranges[tick]
        var all = train.bytes.mutableSpan
        var packet = all._mutatingExtracting(range)
        conference.room.receive(
          &packet, from: TransportAddress(ipv4: 0x7f00_0001, port: UInt16(10_000 + number)), for: index, at: now,
          pool: &conference.pool)
      }
      now = now.advanced(byMilliseconds: 20)
      conference.room.tick(at: now, pool: &conference.pool, into: &sink)
    }
    #expect(packets == 0 || conference.room.quality.talkers == (settings.talkers == .all ? members : 6))
    return Int(allocated_bytes() - before) / members
  }

  private static let poolBytesPerMember = 8 * 256

  @Test(arguments: [RoomSettings.Talkers.loudest(6), .all])
  func aListenerTakesLessThanTwelveKibibytes(talkers: RoomSettings.Talkers) throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    for members in [600, 1_000, 1_100] {
      let bytes = try Self.bytesPerMember(
        RoomSettings(talkers: talkers, capacity: 2_000), members: members, packets: 0)
      #expect(bytes + Self.poolBytesPerMember < 12 << 10, "\(members) listeners")
    }
  }

  @Test func aTalkerTakesLessThan160KibibytesWhereAllAreMixed() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    for members in [20, 40, 75] {
      let bytes = try Self.bytesPerMember(
        RoomSettings(talkers: .all, capacity: 100), members: members, packets: 10)
      #expect(bytes + Self.poolBytesPerMember < 160 << 10, "\(members) talkers")
    }
  }

  @Test func whoIsNotAmongTheLoudestTakesNoMoreThanAListener() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let silent = try Self.bytesPerMember(RoomSettings(capacity: 1_000), members: 1_000, packets: 0)
    let talking = try Self.bytesPerMember(RoomSettings(capacity: 1_000), members: 1_000, packets: 10)
    #expect(talking < silent + 1_024)
  }
}
