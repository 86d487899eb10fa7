import Conference
import Testing

/// The shared mix is not encoded while everybody hears a mix of their own.
@Suite struct RestingStreamTests {
  /// Three who talk, and one more who listens, or nobody.
  private static func threeTalk(withListener: Bool) throws -> (VirtualConference, [VirtualLeg]) {
    let conference = VirtualConference()
    let legs = try (0..<3).map { number in
      let leg = try conference.join()
      // The first one stops after a second.
      leg.say(HandOverTests.babble(seconds: number == 0 ? 1 : 5).map { $0 * Float(1 + number) / 3 })
      return leg
    }
    if withListener { try conference.join() }
    return (conference, legs)
  }

  @Test func threeWhoTalkTakeThreeEncodes() throws {
    let (conference, _) = try Self.threeTalk(withListener: false)
    conference.run(ticks: 10)
    let before = conference.room.quality
    conference.run(ticks: 30)
    #expect(conference.room.quality.encodesShared == before.encodesShared)
    #expect(conference.room.quality.encodesOwn == before.encodesOwn + 90)
  }

  /// One who falls silent is handed to the shared encoder at once, and gets the very packets that their own encoder would
  /// have made: those of a room in which somebody listens, where they keep it for a while.
  @Test func whoComesBackHearsOneStream() throws {
    let (resting, restingLegs) = try Self.threeTalk(withListener: false)
    let (heard, heardLegs) = try Self.threeTalk(withListener: true)
    resting.run(ticks: 110)
    heard.run(ticks: 110)
    // They stop at 50, leave the sum 0.8 s later, and in the heard room keep their encoder for at least 400 ms.
    #expect(restingLegs[0].payloads[..<110] == heardLegs[0].payloads[..<110])
    let before = resting.room.quality
    resting.run(ticks: 20)
    #expect(resting.room.quality.encodesOwn == before.encodesOwn + 40)
    #expect(resting.room.quality.encodesShared == before.encodesShared + 20)
    #expect(restingLegs[0].headers.count == 130)
  }

  @Test(arguments: [LegFormat.Codec.pcmu, .pcma])
  func telephonesComeBackWithoutAGap(codec: LegFormat.Codec) throws {
    let conference = VirtualConference()
    let format = LegFormat(codec: codec, payloadType: codec == .pcmu ? 0 : 8)
    let first = try conference.join(format), second = try conference.join(format)
    first.say(Sounds.tone(440, seconds: 0.6))
    second.say(Sounds.tone(1_000, seconds: 4))
    conference.run(ticks: 150)
    // A step in the sound would be heard as a click, which has all frequencies: there is nothing but the tone.
    let heard = Array(first.heard.suffix(90_000))
    #expect(abs(Sounds.amplitude(of: 1_000, in: heard[...]) - 0.2) < 0.03)
    for start in stride(from: 0, to: heard.count - 4_800, by: 4_800) {
      let piece = heard[start..<start + 4_800]
      let power = piece.reduce(0) { $0 + Double($1 * $1) } / 4_800
      let tone = Sounds.amplitude(of: 1_000, in: piece)
      #expect(power - tone * tone / 2 < 0.01 * power, "at \(start)")
    }
  }
}
