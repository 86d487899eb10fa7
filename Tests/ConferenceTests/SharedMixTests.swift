import Conference
import MediaBase
import Testing

/// The mix as samples.
@Suite struct SharedMixTests {
  /// What everybody hears, tick by tick, in a room that sends its mixes or does not.
  private func mix(sendsMixes: Bool) throws -> [Float] {
    var settings = RoomSettings(talkers: .loudest(2))
    settings.sendsMixes = sendsMixes
    let conference = VirtualConference(settings)
    for number in 0..<4 {
      let leg = try conference.join(sendsLevel: number.isMultiple(of: 2))
      leg.say(Sounds.tone(Double(300 * (number + 1)), seconds: 1, amplitude: 0.1 * Double(number + 1)))
    }
    var samples: [Float] = []
    for _ in 0..<80 {
      conference.run(ticks: 1)
      conference.room.withSharedMix { mix in mix.withUnsafeBufferPointer { samples.append(contentsOf: $0) } }
    }
    return samples
  }

  @Test func aRoomThatSendsNothingMixesTheSameSamples() throws {
    let sent = try mix(sendsMixes: true)
    #expect(sent.count == 80 * 960 && sent.contains { $0 > 0.1 })
    #expect(try mix(sendsMixes: false) == sent)
  }
}
