import Conference
import MediaBase
import Testing

/// Rooms of short frames, and legs whose packets hold several of the room's frames or a part of one.
@Suite struct PacketLengthTests {
  private static func opus(_ packet: PacketDuration, _ layout: ChannelLayout = .mono) -> LegFormat {
    var format = LegFormat(codec: .opus, payloadType: 111)
    format.packet = packet
    format.layout = layout
    format.bitsPerSecond = 96_000
    return format
  }

  private static func telephone(_ packet: PacketDuration) -> LegFormat {
    var format = LegFormat(codec: .pcma, payloadType: 8)
    format.packet = packet
    return format
  }

  /// The headers of a stream that lost nothing: numbered one by one, each as long after the other as a packet is.
  private static func expectWhole(_ leg: VirtualLeg, _ note: String = "") {
    let ticks = leg.packetSamples * leg.settings.format.clockRate / 48_000
    for (before, after) in zip(leg.headers, leg.headers.dropFirst()) {
      #expect(after.sequenceNumber.distance(from: before.sequenceNumber) == 1, "\(note)")
      #expect(after.timestamp.distance(from: before.timestamp) == Int32(ticks), "\(note)")
    }
  }

  /// Every frame a room may have, with every packet length of both codecs in it.
  @Test(arguments: [FrameDuration.ms2point5, .ms5, .ms10, .ms20])
  func legsOfEveryPacketLengthHearEachOther(frame: FrameDuration) throws {
    let conference = VirtualConference(RoomSettings(talkers: .all, frame: frame))
    let formats = PacketDuration.all(with: .opus).map { Self.opus($0) } + PacketDuration.allCases.map(Self.telephone)
    let legs = try formats.enumerated().map { number, format in
      let leg = try conference.join(format, sendsLevel: false)
      leg.say(Sounds.tone(300 + 150 * Double(number), seconds: 2, amplitude: 0.03))
      return leg
    }
    let ticks = 90_000 / frame.samples
    conference.run(ticks: ticks)
    for (own, leg) in legs.enumerated() {
      let note = "\(leg.settings.format.codec) of \(leg.settings.format.packet.milliseconds) ms"
      #expect(abs(leg.headers.count * leg.packetSamples - ticks * frame.samples) < leg.packetSamples, "\(note)")
      Self.expectWhole(leg, note)
      for number in legs.indices {
        let amplitude = Sounds.amplitude(of: 300 + 150 * Double(number), in: leg.heard.suffix(24_000))
        #expect(
          number == own ? amplitude < 0.003 : abs(amplitude - 0.03) < 0.008, "\(note) hears \(number) at \(amplitude)")
      }
    }
  }

  /// How long it takes from the talker's microphone to the packet that a listener gets, in milliseconds, with both encoders
  /// and packets that come a quarter of a frame before the tick.
  private static func delay(frame: FrameDuration, packet: PacketDuration) throws -> Double {
    let conference = VirtualConference(RoomSettings(frame: frame))
    let talker = try conference.join(opus(packet)), listener = try conference.join(opus(packet))
    talker.keepsSending = true
    conference.run(ticks: 24_000 / frame.samples)
    let before = listener.heard.count
    talker.say(Sounds.tone(1_000, seconds: 0.5, amplitude: 0.3))
    conference.run(ticks: 24_000 / frame.samples)
    let onset = try #require(listener.heard[before...].firstIndex { abs($0) > 0.1 })
    // The tone itself is there after 16 samples.
    return Double(onset - before - 16) / 48 + Double(packet.samples + frame.samples / 4) / 48
  }

  @Test func shortFramesAreHeardSooner() throws {
    let delays = try [
      Self.delay(frame: .ms2point5, packet: .ms2point5), Self.delay(frame: .ms5, packet: .ms5),
      Self.delay(frame: .ms10, packet: .ms10), Self.delay(frame: .ms20, packet: .ms20),
    ]
    // 6.5 ms of look-ahead in the talker's encoder and 3.6 in the limiter; in ours 2.5 where packets are shorter than 10 ms,
    // else 6.5. Then the packet itself, and its wait for the tick.
    let expected = [12.6 + 3.1, 12.6 + 6.25, 16.6 + 12.5, 16.6 + 25]
    for (delay, expected) in zip(delays, expected) { #expect(abs(delay - expected) < 0.5, "\(delays)") }
  }

  @Test func aStereoRoomHasStereoAndMonoLegs() throws {
    let conference = VirtualConference(RoomSettings(layout: .stereo, frame: .ms5))
    let talker = try conference.join(Self.opus(.ms5)) { $0.voice.pan = .init(-1) }
    let wide = try conference.join(Self.opus(.ms5, .stereo)), narrow = try conference.join(Self.opus(.ms5))
    let telephone = try conference.join(Self.telephone(.ms20), sendsLevel: false)
    talker.say(Sounds.tone(1_000, seconds: 2))
    conference.run(ticks: 380)
    let last = Array(wide.heard.suffix(48_000))
    let left = stride(from: 0, to: last.count, by: 2).map { last[$0] }
    let right = stride(from: 1, to: last.count, by: 2).map { last[$0] }
    #expect(abs(Sounds.amplitude(of: 1_000, in: left[...]) - 0.2) < 0.02)
    #expect(Sounds.amplitude(of: 1_000, in: right[...]) < 0.01)
    // A mono leg hears the mean of both channels.
    for leg in [narrow, telephone] {
      #expect(abs(Sounds.amplitude(of: 1_000, in: leg.heard.suffix(24_000)) - 0.1) < 0.015)
    }
    #expect(Sounds.amplitude(of: 1_000, in: talker.heard.suffix(24_000)) < 0.002)
  }

  /// In short frames a voice still goes out over 20 ms, and not with the frame.
  @Test(arguments: [FrameDuration.ms2point5, .ms20])
  func aVoiceThatIsLetGoIsFadedOut(frame: FrameDuration) throws {
    let conference = VirtualConference(RoomSettings(talkers: .loudest(1), frame: frame))
    let packet = try #require(PacketDuration(rawValue: frame.samples))
    let soft = try conference.join(Self.opus(packet)), loud = try conference.join(Self.opus(packet))
    let listener = try conference.join(Self.opus(packet))
    soft.say(Sounds.tone(1_000, seconds: 2, amplitude: 0.1))
    conference.run(ticks: 48_000 / frame.samples)
    let before = listener.heard.count
    loud.say(Sounds.tone(150, seconds: 1, amplitude: 0.5))
    conference.run(ticks: 24_000 / frame.samples)
    // The 1 kHz tone in pieces of 2.5 ms: it takes several of them to go from most to little of its level.
    let pieces = stride(from: before, to: listener.heard.count - 120, by: 120).map { start in
      let piece = listener.heard[start..<start + 120]
      // What 150 Hz there is goes with the straight line through the piece.
      let slope = (piece.last! - piece.first!) / 119
      let straight = piece.enumerated().map { $1 - piece.first! - slope * Float($0) }
      return Sounds.amplitude(of: 1_000, in: straight[...])
    }
    let last = try #require(pieces.lastIndex { $0 > 0.08 })
    let gone = try #require(pieces[last...].firstIndex { $0 < 0.02 })
    #expect((4...10).contains(gone - last), "\(pieces[last...gone])")
  }

  @Test func aPauseIsPassedOverInWholePacketsOfEveryLength() throws {
    let conference = VirtualConference(RoomSettings(talkers: .all, frame: .ms10))
    let formats = PacketDuration.all(with: .opus).map { Self.opus($0) } + PacketDuration.allCases.map(Self.telephone)
    let legs = try formats.map { try conference.join($0, sendsLevel: false) }
    conference.run(ticks: 24)
    let counts = legs.map(\.headers.count)
    let ends = legs.map { $0.headers.last!.timestamp }
    // A minute of sleep, of which whole packets are passed over; the rest is made up for.
    #expect(conference.skip(ticks: 6_001) == 6_000)
    #expect(conference.skip(ticks: 11) == 0)
    conference.run(ticks: 24)
    for (number, leg) in legs.enumerated() {
      let first = leg.headers[counts[number]]
      #expect(first.sequenceNumber.distance(from: leg.headers[counts[number] - 1].sequenceNumber) == 1)
      let ticks = 60 * leg.settings.format.clockRate + leg.packetSamples * leg.settings.format.clockRate / 48_000
      #expect(first.timestamp.distance(from: ends[number]) == Int32(ticks), "\(leg.settings.format.packet)")
      #expect((leg.headers.count - counts[number]) * leg.packetSamples == 24 * 480, "\(leg.settings.format.packet)")
    }
  }

  @Test func opusHasNoPacketsOf15Or30Milliseconds() throws {
    let conference = VirtualConference()
    for packet in [PacketDuration.ms15, .ms30] {
      #expect(throws: ConferenceMediaError.unsupported("opus has no packets of \(packet.milliseconds) ms")) {
        try conference.join(Self.opus(packet))
      }
    }
    #expect(conference.room.memberCount == 0)
  }
}
