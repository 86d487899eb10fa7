import AllocationCounter
import Conference
import MediaBase
import Mixing
import Testing

/// Sounds that are played to everybody in a room, and tones.
@Suite struct SoundsInTheRoomTests {
  static func sound(
    _ hertz: Double, seconds: Double, amplitude: Double = 0.2, layout: ChannelLayout = .mono
  ) -> RoomSound {
    let mono = Sounds.tone(hertz, seconds: seconds, amplitude: amplitude).map { Int16($0 * 32_767) }
    guard layout == .stereo else { return RoomSound(mono, layout: .mono) }
    // On the left alone.
    return RoomSound(mono.flatMap { [$0, 0] }, layout: .stereo)
  }

  /// 200 Hz that begin and end at their highest: without a ramp there is a step.
  static func wave(seconds: Double, amplitude: Double) -> RoomSound {
    let quarter = 60
    let tone = Sounds.tone(200, seconds: seconds + 0.01, amplitude: amplitude)
    return RoomSound(tone[quarter..<quarter + Int(seconds * 48_000)].map { Int16($0 * 32_767) }, layout: .mono)
  }

  static func play(
    _ sound: RoomSound, as id: UInt64 = 1, gain: Decibels = .unity, loops: Bool = false,
    in conference: VirtualConference
  ) throws {
    try conference.room.change(
      .play(sound, as: PlaybackID(rawValue: id), gain: gain, loops: loops), at: conference.now)
  }

  static func ends(_ conference: VirtualConference) -> [UInt64] {
    conference.told.compactMap { if case .playbackEnded(let id) = $0.kind { id.rawValue } else { nil } }
  }

  @Test func everybodyHearsASoundAndTheTalkers() throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(1)))
    let talker = try conference.join(), listener = try conference.join()
    let phone = try conference.join(LegFormat(codec: .pcma, payloadType: 8), sendsLevel: false)
    talker.say(Sounds.tone(440, seconds: 3))
    try Self.play(Self.sound(1_000, seconds: 3), gain: Decibels(-6), in: conference)
    conference.run(ticks: 95)
    for leg in [talker, listener, phone] {
      #expect(abs(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(24_000)) - 0.1) < 0.015)
      let voice = Sounds.amplitude(of: 440, in: leg.heard.suffix(24_000))
      #expect(leg === talker ? voice < 0.002 : abs(voice - 0.2) < 0.03)
    }
    #expect(conference.room.quality.talkers == 1, "it takes no talker's place")
    // The shared mix in two formats, and the talker's own.
    #expect(conference.room.quality.encodesShared == 190 && conference.room.quality.encodesOwn <= 95)
  }

  @Test(arguments: [FrameDuration.ms20, .ms2point5])
  func aSoundComesAndGoesInRampsAndItsEndIsTold(frame: FrameDuration) throws {
    let conference = VirtualConference(RoomSettings(frame: frame))
    var format = LegFormat(codec: .opus, payloadType: 111)
    format.packet = try #require(PacketDuration(rawValue: frame.samples))
    format.bitsPerSecond = 128_000
    let listener = try conference.join(format)
    conference.run(ticks: 4_800 / frame.samples)
    try Self.play(Self.wave(seconds: 0.5, amplitude: 0.5), in: conference)
    conference.run(ticks: 33_600 / frame.samples)
    #expect(Self.ends(conference) == [1])
    let steps = zip(listener.heard, listener.heard.dropFirst()).map { abs($1 - $0) }.max() ?? 1
    #expect(steps < 0.05, "\(steps)")
    #expect((listener.heard.map(abs).max() ?? 0) > 0.3)
    #expect(listener.heard.suffix(960).allSatisfy { abs($0) < 0.01 })
  }

  @Test func aLoopGoesOnUntilItIsStopped() throws {
    let conference = VirtualConference()
    let listener = try conference.join()
    // 100 ms hold whole waves: no seam is heard where it begins again.
    try Self.play(Self.sound(1_000, seconds: 0.1), loops: true, in: conference)
    conference.run(ticks: 100)
    #expect(abs(Sounds.amplitude(of: 1_000, in: listener.heard.suffix(24_000)) - 0.2) < 0.02)
    #expect(Self.ends(conference).isEmpty)
    try conference.room.change(.stop(PlaybackID(rawValue: 1)), at: conference.now)
    try conference.room.change(.stop(PlaybackID(rawValue: 9)), at: conference.now)
    conference.run(ticks: 10)
    #expect(Self.ends(conference) == [1])
    #expect(listener.heard.suffix(2_400).allSatisfy { abs($0) < 0.01 })
  }

  @Test func asManySoundsAsMayPlayAtOneTime() throws {
    let conference = VirtualConference()
    let listener = try conference.join()
    let tones = [400.0, 700, 1_100, 1_600]
    for (number, hertz) in tones.enumerated() {
      try Self.play(Self.sound(hertz, seconds: 2, amplitude: 0.1), as: UInt64(number), in: conference)
    }
    #expect(throws: ConferenceMediaError.tooManySounds(limit: Room.mostSounds)) {
      try Self.play(Self.sound(300, seconds: 1), as: 9, in: conference)
    }
    // A tone has a place of its own.
    try conference.room.change(.tone(RoomSound(.joining)), at: conference.now)
    conference.run(ticks: 60)
    for hertz in tones { #expect(abs(Sounds.amplitude(of: hertz, in: listener.heard.suffix(24_000)) - 0.1) < 0.03) }
    conference.run(ticks: 60)
    #expect(Self.ends(conference).sorted() == [0, 1, 2, 3])
    try Self.play(Self.sound(300, seconds: 1), as: 9, in: conference)
  }

  @Test func aStereoSoundKeepsItsPlaceInAStereoRoom() throws {
    let conference = VirtualConference(RoomSettings(layout: .stereo))
    var format = LegFormat(codec: .opus, payloadType: 111)
    format.layout = .stereo
    format.bitsPerSecond = 96_000
    let wide = try conference.join(format), narrow = try conference.join()
    try Self.play(Self.sound(1_000, seconds: 2, layout: .stereo), in: conference)
    conference.run(ticks: 80)
    let last = Array(wide.heard.suffix(48_000))
    let left = stride(from: 0, to: last.count, by: 2).map { last[$0] }
    let right = stride(from: 1, to: last.count, by: 2).map { last[$0] }
    #expect(abs(Sounds.amplitude(of: 1_000, in: left[...]) - 0.2) < 0.02)
    #expect(Sounds.amplitude(of: 1_000, in: right[...]) < 0.01)
    #expect(abs(Sounds.amplitude(of: 1_000, in: narrow.heard.suffix(24_000)) - 0.1) < 0.015)
  }

  @Test func fiftyWhoJoinAtOnceMakeOneTone() throws {
    let conference = VirtualConference(RoomSettings(capacity: 60))
    let listener = try conference.join()
    let tone = RoomSound(.joining)
    for _ in 0..<50 {
      try conference.room.change(.tone(tone), at: conference.now)
      conference.run(ticks: 1)
    }
    let once = VirtualConference(RoomSettings(capacity: 60))
    let other = try once.join()
    try once.room.change(.tone(tone), at: once.now)
    once.run(ticks: 50)
    #expect(listener.payloads == other.payloads)
    #expect((listener.heard.map(abs).max() ?? 0) > 0.02)
    // A second later there is another one.
    try conference.room.change(.tone(tone), at: conference.now)
    let before = listener.heard.count
    conference.run(ticks: 30)
    #expect((listener.heard[before...].map(abs).max() ?? 0) > 0.02)
    #expect(Self.ends(conference).isEmpty)
  }

  @Test func theSameCommandsGiveTheSamePackets() throws {
    func run() throws -> [[UInt8]] {
      let conference = VirtualConference()
      let talker = try conference.join(), listener = try conference.join()
      talker.say(Sounds.tone(440, seconds: 1))
      conference.run(ticks: 7)
      try Self.play(Self.sound(900, seconds: 0.3), as: 1, loops: true, in: conference)
      conference.run(ticks: 30)
      try conference.room.change(.stop(PlaybackID(rawValue: 1)), at: conference.now)
      try conference.room.change(.tone(RoomSound(.leaving)), at: conference.now)
      conference.run(ticks: 30)
      return talker.payloads + listener.payloads
    }
    #expect(try run() == run())
  }

  @Test func aSoundAllocatesNothingAtATick() throws {
    let conference = VirtualConference()
    let talker = try conference.join()
    for _ in 0..<4 { try conference.join() }
    talker.say(Sounds.tone(440, seconds: 4))
    var packets = PacketTrain()
    for _ in 0..<200 { packets.append(talker.nextPacket() ?? []) }
    conference.runQuietly(&packets, from: talker, ticks: 0..<50)
    let sounds = [Self.sound(900, seconds: 0.5), Self.sound(600, seconds: 9, layout: .stereo)]
    for (number, sound) in sounds.enumerated() { try Self.play(sound, as: UInt64(number), in: conference) }
    let before = allocation_count()
    conference.runQuietly(&packets, from: talker, ticks: 50..<200)
    #expect(allocation_count() - before == 0)
  }
}
