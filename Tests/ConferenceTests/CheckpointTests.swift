import Conference
import MediaBase
import Mixing
import RTC
import Testing

/// A tap that is put in at any moment is told enough to go on from there, sample for sample.
@Suite struct CheckpointTests {
  /// A call of random legs in which random things happen.
  private struct Scenario {
    let conference: VirtualConference
    var random: SeededGenerator

    init(seed: UInt64) throws {
      random = SeededGenerator(seed: seed)
      let talkers: [RoomSettings.Talkers] = [.loudest(1), .loudest(2), .loudest(3), .all]
      conference = VirtualConference(
        RoomSettings(
          talkers: talkers.randomElement(using: &random)!, layout: Bool.random(using: &random) ? .mono : .stereo,
          frame: [.ms5, .ms10, .ms20].randomElement(using: &random)!))
      for _ in 0..<5 { try join() }
    }

    private mutating func join() throws {
      let codecs: [(LegFormat.Codec, Int)] = [(.opus, 111), (.opus, 111), (.pcmu, 0), (.pcma, 8)]
      let (codec, type) = codecs.randomElement(using: &random)!
      var format = LegFormat(codec: codec, payloadType: type)
      format.packet = [.ms10, .ms20, .ms60].randomElement(using: &random)!
      try conference.join(format, sendsLevel: Bool.random(using: &random))
    }

    /// Lets something happen in about every third tick, and ticks.
    mutating func run(ticks: Int) throws {
      for _ in 0..<ticks {
        let present = conference.legs.filter { !$0.hasLeft }
        let leg = present.randomElement(using: &random)!
        switch Int.random(in: 0..<60, using: &random) {
        case 0..<6:
          let hertz = Double.random(in: 100..<2_000, using: &random)
          let amplitude = Double.random(in: 0.01..<0.9, using: &random)
          leg.say(Sounds.tone(hertz, seconds: 0.6, amplitude: amplitude))
        case 6..<14: _ = leg.nextPacket()
        case 14: conference.runWithoutPackets(ticks: 4)
        case 15: _ = conference.skip(ticks: 48)
        case 16:
          let gain = Decibels(Double.random(in: -20..<20, using: &random))
          let settings = MemberSettings(
            gain: gain, isMuted: Bool.random(using: &random), pan: Pan(Double.random(in: -1...1, using: &random)))
          try conference.room.change(leg.index, .voice(settings))
        case 17: try conference.room.change(leg.index, .canHear(Bool.random(using: &random)))
        case 18:
          let other = present.randomElement(using: &random)!
          guard other.index != leg.index else { break }
          try conference.room.change(
            leg.index, .level(Decibels(Double.random(in: -20..<6, using: &random)), of: other.id), source: other.index)
        case 19: conference.room.shed([.none, .talkers].randomElement(using: &random)!, at: conference.now)
        case 20 where present.count > 3: conference.leave(leg)
        case 21 where present.count < 7: try join()
        default: break
        }
        conference.run(ticks: 1)
      }
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func aRoomThatGoesOnFromACheckpointMixesTheSameBitForBit(seed: UInt64) throws {
    var scenario = try Scenario(seed: seed)
    try scenario.run(ticks: Int.random(in: 20..<400, using: &scenario.random))
    let conference = scenario.conference
    let tap = RoomTap([.mix, .packets], capacityBytes: 64 << 20)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    try scenario.run(ticks: 500)
    conference.room.detach(tap, at: conference.now)
    var reader = RoomTapTests.Twice()
    try tap.drain(into: &reader)
    #expect(reader.replay?.isExact == true)
    #expect(reader.loud > 20)
    #expect(reader.differing == 0, "of \(reader.ticks) ticks")
  }

  /// A checkpoint may come from anybody's file.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func aDamagedCheckpointCrashesNothing(seed: UInt64) throws {
    var scenario = try Scenario(seed: seed)
    try scenario.run(ticks: 80)
    let conference = scenario.conference
    let tap = RoomTap(.packets, capacityBytes: 16 << 20)
    conference.room.attach(tap, at: conference.now, pool: &conference.pool)
    var reader = RoomTapTests.Twice()
    try tap.drain(into: &reader)
    guard case .checkpoint(let bytes)? = reader.commands.last else {
      Issue.record("no checkpoint")
      return
    }
    for _ in 0..<60 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &scenario.random) {
        let place = Int.random(in: damaged.indices, using: &scenario.random)
        damaged[place] = UInt8.random(in: 0...255, using: &scenario.random)
      }
      if Bool.random(using: &scenario.random) {
        damaged.removeLast(Int.random(in: 0..<damaged.count, using: &scenario.random))
      }
      var replay = try RoomReplay(reader.commands[0], at: conference.now)
      for command in reader.commands[1..<reader.commands.count - 1] { try replay.command(command, at: conference.now) }
      try replay.command(.checkpoint(damaged), at: conference.now)
      for tick in 0..<20 { replay.tick(at: conference.now.advanced(byMilliseconds: tick * 20), mix: Span()) }
      replay.withMix { mix in for index in mix.indices { #expect(abs(mix[index]) <= 1) } }
    }
  }

  /// A decoder that is made anew from its last packets goes on so nearly as before that nobody hears it.
  @Test(arguments: [LegFormat.Codec.opus, .pcmu])
  func aCheckpointIsNotHeardInTheRoom(codec: LegFormat.Codec) throws {
    var mixes: [[Float]] = []
    for hasTap in [false, true] {
      let conference = VirtualConference()
      let ada = try conference.join(LegFormat(codec: codec, payloadType: codec == .opus ? 111 : 0))
      let voice = zip(Sounds.tone(220, seconds: 3), Sounds.tone(1_370, seconds: 3, amplitude: 0.1)).map { $0 + $1 }
      ada.say(voice)
      conference.run(ticks: 100)
      let tap = RoomTap(.packets, capacityBytes: 16 << 20)
      if hasTap { conference.room.attach(tap, at: conference.now, pool: &conference.pool) }
      var mix: [Float] = []
      for _ in 0..<40 {
        conference.run(ticks: 1)
        conference.room.withSharedMix { frame in for index in frame.indices { mix.append(frame[index]) } }
      }
      mixes.append(mix)
    }
    var signal = 0.0, noise = 0.0
    for (plain, tapped) in zip(mixes[0], mixes[1]) {
      signal += Double(plain * plain)
      noise += Double((plain - tapped) * (plain - tapped))
    }
    let difference = Decibels(power: noise / signal)
    #expect(signal > 10)
    #expect(difference < Decibels(-40), "the difference is at \(difference.value) dB of the mix")
  }
}
