import Conference
import Foundation
import MediaBase
import Testing

/// A listener is handed from the shared encoder to their own and back. They must not hear it: measured against one who
/// hears the shared stream all the time, while the sound of both is the same but for a cough 40 dB below it.
///
/// Two encoders of the same sound code it with different noise: what two decoders differ by while the encoders are apart is
/// the codec's own doing, and about 20 dB below the sound. A hand-over that differs by no more than that is not heard.
@Suite struct HandOverTests {
  /// Signal to difference of each frame of 20 ms in dB, of two legs that heard the same packets' times.
  static func frameRatios(_ given: some Collection<Float>, against other: some Collection<Float>) -> [Double] {
    let (heard, reference) = (Array(given), Array(other))
    return stride(from: 0, to: min(heard.count, reference.count) - 960, by: 960).map { start in
      var signal = 1e-9, difference = 1e-9
      for index in start..<start + 960 {
        signal += Double(reference[index] * reference[index])
        let error = Double(heard[index] - reference[index])
        difference += error * error
      }
      return 10 * log10(signal / difference)
    }
  }

  /// Like a voice: harmonics of a gliding pitch that swell and fade four times a second.
  static func babble(seconds: Double) -> [Float] {
    var phase = 0.0
    return (0..<Int(seconds * 48_000)).map { index in
      let time = Double(index) / 48_000
      phase += 2 * .pi * (140 + 40 * sin(2 * .pi * 1.3 * time)) / 48_000
      let swell = 0.55 + 0.45 * sin(2 * .pi * 4 * time)
      let harmonics = (1...12).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) }
      return Float(0.1 * swell * harmonics)
    }
  }

  /// Somebody coughs softly now and then: selected and let go again, their own voice far below what they hear.
  @Test func nobodyHearsThatTheyAreHandedOver() throws {
    let conference = VirtualConference()
    let speaker = try conference.join(), listener = try conference.join(), cougher = try conference.join()
    speaker.say(Self.babble(seconds: 12))
    cougher.keepsSending = true
    conference.run(ticks: 100)
    cougher.say(Sounds.tone(300, seconds: 0.1, amplitude: 0.001))
    conference.run(ticks: 400)
    // Frames in which their packets are not the shared ones: from the first to the last.
    let differ = cougher.payloads.indices.filter { cougher.payloads[$0] != listener.payloads[$0] }
    let first = try #require(differ.first), back = try #require(differ.last) + 1
    #expect(first >= 100 && back > first + 60 && back < 250, "\(first) to \(back)")
    let ratios = Self.frameRatios(cougher.heard, against: listener.heard)
    let apart = ratios[first + 10..<back].sorted()[(back - first - 10) / 2]
    #expect(apart > 15)
    #expect(ratios[first..<first + 3].min()! > apart - 3, "to their own encoder: \(ratios[first..<first + 3])")
    #expect(ratios[back] > apart - 3, "back to the shared one: \(ratios[back])")
    // And from there the decoder finds back to what the other one plays.
    #expect(ratios[back + 3..<back + 100].sorted()[48] > apart + 10)
  }
}
