import AllocationCounter
import Conference
import MediaBase
import Mixing
import RTC
import Testing

/// What a tap tells is enough to do all of it again.
@Suite struct RoomTapTests {
  /// Keeps the mixes that the room made, and has them made again.
  struct Twice: RoomTapReader, ~Copyable {
    var replay: RoomReplay?
    var ticks = 0, differing = 0, loud = 0
    var commands: [RoomCommand] = []

    mutating func tick(at time: PacketTime, mix: Span<Float>) throws(ReplayError) {
      replay?.tick(at: time, mix: mix)
      ticks += 1
      var isSame = false
      replay?.withMix { again in
        isSame = again.count == mix.count
        for index in mix.indices where isSame && again[index].bitPattern != mix[index].bitPattern { isSame = false }
      }
      if !isSame { differing += 1 }
      for index in mix.indices where abs(mix[index]) > 0.1 {
        loud += 1
        break
      }
    }

    mutating func packet(
      _ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime
    ) throws(ReplayError) {
      try replay?.packet(datagram, from: source, for: member, at: arrival)
    }

    mutating func command(_ command: RoomCommand, at time: PacketTime) throws(ReplayError) {
      commands.append(command)
      if replay == nil { replay = try RoomReplay(command, at: time) } else { try replay?.command(command, at: time) }
    }
  }

  @Test func theMixOfATappedRoomComesAgainBitForBit() throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(2), layout: .stereo))
    let tap = RoomTap([.mix, .packets], capacityBytes: 64 << 20)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    let alice = try conference.join()
    let bob = try conference.join(LegFormat(codec: .pcma, payloadType: 8), sendsLevel: false)
    let carol = try conference.join()
    var reader = Twice()
    for round in 0..<4 {
      alice.say(Sounds.tone(300, seconds: 0.7))
      conference.run(ticks: 20)
      bob.say(Sounds.tone(500, seconds: 0.5))
      carol.say(Sounds.tone(700, seconds: 0.3))
      try conference.room.change(bob.index, .voice(MemberSettings(gain: Decibels(-6), isMuted: false, pan: Pan(0.5))))
      conference.run(ticks: 15)
      // Packets are lost, and come late.
      _ = alice.nextPacket()
      conference.run(ticks: 10)
      if round == 1 { conference.room.shed(.complexity, at: conference.now) }
      if round == 2 {
        try conference.room.change(carol.index, .level(Decibels(-20), of: alice.id), source: alice.index)
      }
      _ = conference.room.skip(ticks: 6)
      conference.run(ticks: 30)
    }
    conference.leave(bob)
    conference.run(ticks: 20)
    conference.room.detach(tap, at: conference.now)
    try tap.drain(into: &reader)
    #expect(reader.replay?.isExact == true)
    #expect(reader.ticks == 4 * 75 + 20)
    #expect(reader.loud > 100)
    #expect(reader.differing == 0)
    #expect(reader.commands.last == .ended)
    #expect(tap.droppedCount == 0)
  }

  @Test func aTapPutInLaterIsToldWhoIsThereAndHowTheyAre() throws {
    let conference = VirtualConference()
    let alice = try conference.join()
    let bob = try conference.join()
    try conference.room.change(alice.index, .voice(MemberSettings(gain: Decibels(3))))
    try conference.room.change(bob.index, .level(Decibels(-10), of: alice.id), source: alice.index)
    conference.run(ticks: 3)
    let tap = RoomTap(.packets)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    var reader = Twice()
    try tap.drain(into: &reader)
    #expect(reader.replay?.isExact == true)
    let last = reader.commands.popLast()
    if case .checkpoint = last {} else { Issue.record("\(String(describing: last)) is no checkpoint") }
    var leg = alice.settings
    leg.voice = MemberSettings(gain: Decibels(3))
    #expect(
      reader.commands == [
        .began(conference.room.settings, .none, isFresh: false),
        .joined(alice.id, leg, local: .unspecified), .joined(bob.id, bob.settings, local: .unspecified),
        .changed(bob.id, .level(Decibels(-10), of: alice.id)),
      ])
  }

  @Test func aTapThatNobodyReadsCostsTheRoomNothingButACount() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let conference = VirtualConference()
    let tap = RoomTap([.mix, .packets], capacityBytes: 64 << 10)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    let alice = try conference.join()
    alice.keepsSending = true
    var packets = PacketTrain()
    alice.say(Sounds.tone(440, seconds: 2))
    for _ in 0..<100 { packets.append(alice.nextPacket() ?? []) }
    conference.runQuietly(&packets, from: alice, ticks: 0..<50)
    let before = allocation_count()
    conference.runQuietly(&packets, from: alice, ticks: 50..<100)
    #expect(allocation_count() - before == 0)
    #expect(tap.droppedCount > 50)
  }

  /// What found no room is missing, and is not told in the place of what comes later.
  @Test func aCommandThatWasDroppedIsNotTakenForTheNextOne() throws {
    let conference = VirtualConference()
    let tap = RoomTap(.packets, capacityBytes: 4_096)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    let alice = try conference.join()
    conference.run(ticks: 100)
    try conference.room.change(alice.index, .canTalk(false))
    var reader = Twice()
    try tap.drain(into: &reader)
    try conference.room.change(alice.index, .canTalk(true))
    conference.room.detach(tap, at: conference.now)
    try tap.drain(into: &reader)
    #expect(Array(reader.commands.dropFirst(2)) == [.changed(alice.id, .canTalk(true)), .ended])
    #expect(tap.droppedCount > 1)
  }

  @Test func aTapIsToldNoKeys() throws {
    let conference = VirtualConference()
    let tap = RoomTap(.packets)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    let key = SRTPKeys(
      suite: .aesCM128HMACSHA180, send: Array(repeating: 1, count: 30), receive: Array(repeating: 2, count: 30))
    try conference.join { $0.srtp = key }
    var reader = Twice()
    try tap.drain(into: &reader)
    guard case .joined(_, let leg, _) = reader.commands.last else {
      Issue.record("nobody was told of")
      return
    }
    #expect(leg.srtp == nil)
  }
}
