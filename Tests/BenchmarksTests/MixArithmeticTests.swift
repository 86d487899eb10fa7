import Benchmarks
import Testing

/// What one listener hears when every talker holds one value for a frame.
private func heard<Mix: MixArithmetic & ~Copyable>(_ type: Mix.Type, by listener: Int, of values: [Int16]) -> Int16 {
  var bridge = Mix(talkers: values.count)
  return frame(of: values, through: &bridge)[listener * MixFrame.samples]
}

private func frame<Mix: MixArithmetic & ~Copyable>(of values: [Int16], through bridge: inout Mix) -> [Int16] {
  let voices = values.flatMap { Array(repeating: $0, count: MixFrame.samples) }
  var mixes = [Int16](repeating: 9, count: voices.count)
  var output = mixes.mutableSpan
  bridge.mix(voices.span, listeners: values.count, into: &output)
  return mixes
}

@Suite struct MixArithmeticTests {
  @Test func everyPeerIsExactWhereTheSumFits() {
    let values: [Int16] = [1000, -2000, 3000]
    for (listener, expected) in [Int16(1000), 4000, -1000].enumerated() {
      #expect(heard(JanusMix.self, by: listener, of: values) == expected)
      #expect(heard(AsteriskMix.self, by: listener, of: values) == expected)
      #expect(heard(FreeSwitchMix.self, by: listener, of: values) == expected)
      #expect(heard(PJSIPMix.self, by: listener, of: values) == expected)
    }
  }

  @Test func janusWrapsAround() {
    #expect(heard(JanusMix.self, by: 2, of: [30_000, 30_000, 0]) == -5536)
    #expect(heard(JanusMix.self, by: 2, of: [-30_000, -30_000, 0]) == 5536)
    // 32 bits hold the sum: what fits without one's own voice is whole.
    #expect(heard(JanusMix.self, by: 0, of: [30_000, 30_000, 0]) == 30_000)
  }

  @Test func asteriskSubtractsFromAClippedSum() {
    #expect(heard(AsteriskMix.self, by: 0, of: [30_000, 30_000]) == 2767)
    #expect(heard(AsteriskMix.self, by: 2, of: [30_000, 30_000, 0]) == 32_767)
    #expect(heard(AsteriskMix.self, by: 0, of: [-30_000, 30_000, 30_000]) == 32_767)
    // The order matters: clipped between, and brought back into range by the next.
    #expect(heard(AsteriskMix.self, by: 3, of: [30_000, 30_000, -30_000, 0]) == 2767)
  }

  @Test func freeSwitchSaturatesOnce() {
    #expect(heard(FreeSwitchMix.self, by: 0, of: [30_000, 30_000]) == 30_000)
    #expect(heard(FreeSwitchMix.self, by: 2, of: [30_000, 30_000, 0]) == 32_767)
    #expect(heard(FreeSwitchMix.self, by: 3, of: [30_000, 30_000, -30_000, 0]) == 30_000)
    #expect(heard(FreeSwitchMix.self, by: 2, of: [-30_000, -30_000, 0]) == -32_768)
  }

  @Test func pjsipTurnsAFrameDownAtOnceAndUpSlowly() {
    var bridge = PJSIPMix(talkers: 3)
    func third(_ values: [Int16]) -> Int16 { frame(of: values, through: &bridge)[2 * MixFrame.samples] }
    // 32,767·128 / 60,000 = 69.9: a gain of 69/128 for the whole frame.
    #expect(third([30_000, 30_000, 0]) == 32_343)
    // (50·70 + 128) / 51 = 71, then (50·72 + 128) / 51 = 73.
    #expect(third([12_800, 0, 0]) == 7100)
    #expect(third([12_800, 0, 0]) == 7300)
    #expect(third([-12_800, 0, 0]) == -7500)
  }

  @Test func pjsipLooksAtTheSumAsItGrows() {
    // 60,000 passes by on the way to 30,000: the frame is turned down although it fits.
    #expect(heard(PJSIPMix.self, by: 3, of: [30_000, 30_000, -30_000, 0]) == 16_171)
  }

  @Test func partylineGivesTheExactSumAfterItsLatency() {
    var bridge = PartylineMix(talkers: 3)
    let values: [Int16] = [1000, -2000, 3000]
    let latency = bridge.latencySamples
    let mixes = frame(of: values, through: &bridge)
    for (listener, expected) in [Int16(1000), 4000, -1000].enumerated() {
      let start = listener * MixFrame.samples
      #expect(mixes[start + latency - 1] == 0)
      #expect(mixes[start + latency] == expected)
      #expect(mixes[start + MixFrame.samples - 1] == expected)
    }
  }
}
