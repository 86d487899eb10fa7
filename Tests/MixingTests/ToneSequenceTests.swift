import MediaBase
import Mixing
import Testing

@Suite struct ToneSequenceTests {
  @Test(arguments: [ToneSequence.joining, .leaving, .holding])
  func tonesAreSoftAndBeginAndEndWithoutAClick(tones: ToneSequence) {
    let samples = tones.render()
    #expect(samples.count == Int(tones.length * 48_000))
    let peak = samples.map(abs).max() ?? 0
    #expect(peak > 0.5 * Float(tones.level.linear) && peak < 2 * Float(tones.level.linear), "\(peak)")
    #expect(samples.first == 0 && abs(samples.last ?? 1) < 1e-3)
    // No step is larger than that of a sine of 2 kHz at the peak.
    let step = zip(samples, samples.dropFirst()).map { abs($1 - $0) }.max() ?? 0
    #expect(step < peak * 0.27)
    #expect(samples == tones.render())
  }

  @Test func notesOutsideTheLengthAreCut() {
    let note = ToneSequence.Note(hertz: 440, start: 0.05, length: 1)
    let early = ToneSequence.Note(hertz: 440, start: -0.5, length: 0.1)
    let samples = ToneSequence(notes: [note, early], length: 0.1, level: Decibels(-6)).render()
    #expect(samples.count == 4_800 && samples[..<2_400].allSatisfy { $0 == 0 })
    #expect(ToneSequence(notes: [note], length: -1, level: .unity).render().isEmpty)
  }
}
