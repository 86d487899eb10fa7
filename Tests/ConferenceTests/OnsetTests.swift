import Conference
import Testing

/// A talker who has been silent is not decoded while their packets tell their level. When they speak again, nothing of the
/// beginning may be lost.
@Suite struct OnsetTests {
  /// Said abruptly, at any place in a packet: from the first on, each 5 ms are heard as of one who is decoded all the time.
  @Test(arguments: [0, 250, 700, 940])
  func oneWhoIsSelectedAgainIsHeardFromTheFirstSample(offset: Int) throws {
    let spurt = HandOverTests.babble(seconds: 0.5)
    let heard = try heardAfterSilence(spurt, offset: offset, sendsLevel: true)
    let always = try heardAfterSilence(spurt, offset: offset, sendsLevel: false)
    // Two codings, the limiter and the way of a packet: about 17 ms.
    let delay = Self.delay(of: spurt, in: heard, around: 600..<1_200)
    #expect(delay == Self.delay(of: spurt, in: always, around: 600..<1_200))
    #expect(Self.likeness(spurt[..<1_920], heard[delay...]) > 0.8)
    for start in stride(from: 0, to: 4_800, by: 240) {
      let said = spurt[start..<start + 240]
      let part = heard[start + delay..<start + delay + 240], usual = always[start + delay..<start + delay + 240]
      // The codecs' own doing: 0.5 to 0.7 in the first 5 ms, 0.8 to 1 behind them.
      let likeness = Self.likeness(said, part), usualLikeness = Self.likeness(said, usual)
      #expect(likeness > usualLikeness - 0.03, "\(start / 48) ms: \(likeness) instead of \(usualLikeness)")
      let gain = Self.energy(part) / Self.energy(usual)
      #expect(gain > 0.8 && gain < 1.25, "\(start / 48) ms: energy times \(gain)")
    }
  }

  /// What a listener hears from the start of the tick in which `spurt` begins, `offset` samples into a packet, after the same
  /// talker has spoken and been silent for two seconds.
  private func heardAfterSilence(_ spurt: [Float], offset: Int, sendsLevel: Bool) throws -> [Float] {
    let conference = VirtualConference()
    let talker = try conference.join(sendsLevel: sendsLevel), listener = try conference.join()
    talker.keepsSending = true
    talker.say(HandOverTests.babble(seconds: 0.6))
    conference.run(ticks: 130)
    #expect(conference.room.quality.talkers == 0, "nobody is mixed any more")
    let before = listener.heard.count
    talker.say([Float](repeating: 0, count: offset) + spurt)
    conference.run(ticks: 25)
    return Array(listener.heard[(before + offset)...])
  }

  /// By how many samples `heard` is behind, by the likeness of 0.2 s.
  private static func delay(of said: [Float], in heard: [Float], around range: Range<Int>) -> Int {
    let part = said[4_800..<14_400]
    return range.max { likeness(part, heard[(4_800 + $0)...]) < likeness(part, heard[(4_800 + $1)...]) } ?? 0
  }

  /// Correlation over the root of both energies: 1 where they are alike.
  private static func likeness(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    return product / max(1e-9, (energy(a) * energy(b.prefix(a.count))).squareRoot())
  }

  private static func energy(_ samples: ArraySlice<Float>) -> Float {
    samples.reduce(0) { $0 + $1 * $1 }
  }
}
