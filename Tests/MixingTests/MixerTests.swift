import MediaBase
import Mixing
import Testing

/// A room of voices mixed frame by frame, beside the same mixes summed another way: whole signals, in double precision.
private struct Room {
  var frame = FrameDuration.ms20
  var layout = ChannelLayout.mono
  var voices: [[Float]]

  /// Every listener's mix, and the shared one last, without the limiter's latency.
  func mixes(
    settings: [MemberSettings] = [], change: ((Int, inout Mixer, [Mixer.Member]) throws -> Void)? = nil
  ) throws -> [[Float]] {
    var mixer = Mixer(capacity: voices.count, layout: layout, frame: frame, levels: 8)
    var members: [Mixer.Member] = []
    for index in voices.indices {
      members.append(try mixer.join(index < settings.count ? settings[index] : MemberSettings()))
    }
    var mixes = [[Float]](repeating: [], count: voices.count + 1)
    let latency = mixer.latencySamples
    let length = voices.map(\.count).max() ?? 0
    for (number, start) in stride(from: 0, to: length + latency, by: frame.samples).enumerated() {
      try change?(number, &mixer, members)
      mixer.beginFrame()
      for (voice, member) in zip(voices, members) {
        let part = (start..<start + frame.samples).map { $0 < voice.count ? voice[$0] : 0 }
        mixer.contribute(part.span, layout: .mono, from: member)
      }
      for index in mixes.indices {
        var out = [Float](repeating: 9, count: mixer.samplesPerFrame)
        var span = out.mutableSpan
        if index < members.count {
          mixer.renderMix(for: members[index], into: &span)
        } else {
          mixer.renderSharedMix(into: &span)
        }
        mixes[index] += out
      }
    }
    return mixes.map { Array($0.dropFirst(latency * layout.count).prefix(length * layout.count)) }
  }

  func sum(without left: Int? = nil) -> [Double] {
    let length = voices.map(\.count).max() ?? 0
    return (0..<length).map { at in
      voices.indices.reduce(0.0) { sum, voice in
        voice == left || at >= voices[voice].count ? sum : sum + Double(voices[voice][at])
      }
    }
  }
}

private func toInt16(_ samples: [Float]) -> [Int] { ScalarKernels.toInt16(samples).map(Int.init) }

@Suite struct MixerTests {
  static func voices(_ count: Int, amplitude: Float, seconds: Double = 1) -> [[Float]] {
    (0..<count).map { index in
      var random = SeededGenerator(seed: UInt64(100 + index))
      return random.babble(Int(seconds * 48_000), amplitude: amplitude)
    }
  }

  @Test(arguments: FrameDuration.allCases)
  func sixteenBitMixesAreTheIdealSumToWithinOneStep(frame: FrameDuration) throws {
    let room = Room(frame: frame, voices: Self.voices(5, amplitude: 0.12))
    let mixes = try room.mixes()
    for listener in 0...5 {
      let ideal = room.sum(without: listener)
      let actual = toInt16(mixes[listener])
      let worst = zip(ideal, actual).map { abs(Int(($0 * 32_768).rounded()) - $1) }.max() ?? 99
      #expect(worst <= 1, "listener \(listener)")
    }
  }

  @Test func nothingOfTheOwnVoiceIsLeftWhenTheSumIsFarOverFullScale() throws {
    // The own voice at full level, or absent: the own mix must be the same, whatever the sum does.
    let voices = Self.voices(20, amplitude: 1)
    let own = Self.voices(1, amplitude: 1)[0]
    let silent = [Float](repeating: 0, count: own.count)
    let with = try Room(voices: [own] + voices).mixes()[0]
    let without = try Room(voices: [silent] + voices).mixes()[0]
    #expect((Room(voices: [own] + voices).sum().map(abs).max() ?? 0) > 2)
    let leak = rms(zip(with, without).map { $0 - $1 }) / rms(own)
    #expect(decibels(leak) < -100)
    let steps = zip(toInt16(with), toInt16(without)).map { abs($0 - $1) }.max()
    #expect((steps ?? 9) <= 1)
  }

  @Test func everyMixIsLimitedForItself() throws {
    // One shouts: all who hear them are limited, they themselves are not.
    var voices = Self.voices(3, amplitude: 0.2)
    voices[0] = sine(300, amplitude: 2, count: 48_000)
    let room = Room(voices: voices)
    let mixes = try room.mixes()
    let ceiling = Float(LimiterSettings().threshold.linear) * 1.00001
    #expect(mixes.allSatisfy { $0.allSatisfy { abs($0) <= ceiling } })
    let ideal = room.sum(without: 0)
    #expect((zip(mixes[0], ideal).map { abs(Double($0) - $1) }.max() ?? 1) < 1e-6)
  }

  @Test func gainsAndMutesApplyFromTheFirstSample() throws {
    let voices = Self.voices(3, amplitude: 0.1)
    let mixes = try Room(voices: voices).mixes(settings: [
      MemberSettings(gain: Decibels(6)), MemberSettings(isMuted: true), MemberSettings(gain: .silence),
    ])
    let factor = Float(Decibels(6).linear)
    #expect(largestDifference(mixes[3], voices[0].map { $0 * factor }) < 1e-6)
    #expect(mixes[0].allSatisfy { $0 == 0 })
  }

  @Test func changesMoveInTwentyMillisecondsWithoutAStep() throws {
    let steady = [Float](repeating: 0.5, count: 48_000)
    for frame in FrameDuration.allCases {
      let mixes = try Room(frame: frame, voices: [steady]).mixes { number, mixer, members in
        let seconds = Double(number) * frame.milliseconds / 1000
        mixer.set(MemberSettings(isMuted: seconds >= 0.3 && seconds < 0.6), for: members[0])
      }
      let mix = mixes[1]
      let steepest = zip(mix, mix.dropFirst()).map { abs($1 - $0) }.max() ?? 1
      #expect(steepest <= 0.5 / 960 * 1.01)
      #expect(mix[13_000] == 0.5 && mix[24_000] == 0 && mix[40_000] == 0.5)
      #expect(mix.filter { $0 != 0 && $0 != 0.5 }.count <= 2 * 960)
    }
  }

  @Test func aChangeThatTurnsBackHalfwayHasNoStepEither() throws {
    let steady = [Float](repeating: 0.5, count: 24_000)
    let mix = try Room(frame: .ms5, voices: [steady]).mixes { number, mixer, members in
      mixer.set(MemberSettings(gain: Decibels(number % 2 == 0 ? -20 : 6)), for: members[0])
    }[1]
    #expect((zip(mix, mix.dropFirst()).map { abs($1 - $0) }.max() ?? 1) < 0.002)
  }

  @Test(arguments: [-1, -0.5, 0, 0.3, 1])
  func panKeepsThePower(position: Double) throws {
    let voice = sine(440, amplitude: 0.5, count: 9_600)
    let mix = try Room(layout: .stereo, voices: [voice]).mixes(settings: [MemberSettings(pan: Pan(position))])[1]
    let left = stride(from: 0, to: mix.count, by: 2).map { mix[$0] }
    let right = stride(from: 1, to: mix.count, by: 2).map { mix[$0] }
    let power = rms(left) * rms(left) + rms(right) * rms(right)
    #expect(abs(decibels(power.squareRoot() / rms(voice))) < 0.001)
    if position == -1 { #expect(right.allSatisfy { $0 == 0 }) }
    if position == 1 { #expect(left.allSatisfy { $0 == 0 }) }
    if position == 0 { #expect(abs(decibels(rms(left) / rms(voice)) + 3.0103) < 0.001) }
  }

  @Test func stereoVoicesKeepTheirSidesAndFoldToMono() throws {
    let left = sine(440, amplitude: 0.4, count: 960)
    let right = sine(660, amplitude: 0.2, count: 960)
    let stereo = ScalarKernels.interleave(left: left, right: right)
    for layout in ChannelLayout.allCases {
      var mixer = Mixer(capacity: 2, layout: layout, frame: .ms20)
      let speaker = try mixer.join()
      var output: [Float] = []
      for frame in 0..<2 {
        mixer.beginFrame()
        if frame == 0 { mixer.contribute(stereo.span, layout: .stereo, from: speaker) }
        var out = [Float](repeating: 9, count: mixer.samplesPerFrame)
        var span = out.mutableSpan
        mixer.renderSharedMix(into: &span)
        output += out
      }
      let aligned = Array(output.dropFirst(mixer.latencySamples * layout.count).prefix(960 * layout.count))
      let expected = layout == .stereo ? stereo : ScalarKernels.downmix(stereo)
      #expect(largestDifference(aligned, expected) < 1e-6)
    }
  }

  @Test func oneListenerHearsASourceDifferently() throws {
    let voices = Self.voices(4, amplitude: 0.1)
    let room = Room(voices: voices)
    let mixes = try room.mixes { number, mixer, members in
      guard number == 0 else { return }
      try mixer.setLevel(.silence, of: members[1], heardBy: members[0])
      try mixer.setLevel(Decibels(6), of: members[2], heardBy: members[0])
    }
    let factor = Decibels(6).linear
    let expected = voices[0].indices.map { Double(voices[2][$0]) * factor + Double(voices[3][$0]) }
    let settled = 960...
    #expect((zip(mixes[0][settled], expected[settled]).map { abs(Double($0) - $1) }.max() ?? 1) < 1e-6)
    let others = room.sum(without: 3)
    #expect((zip(mixes[3], others).map { abs(Double($0) - $1) }.max() ?? 1) < 1e-6)
  }

  @Test func levelsOfTheirOwnEndAndAreFreed() throws {
    let steady = [Float](repeating: 0.25, count: 960)
    var mixer = Mixer(capacity: 3, layout: .mono, frame: .ms20, levels: 1)
    let members = [try mixer.join(), try mixer.join(), try mixer.join()]
    try mixer.setLevel(.silence, of: members[1], heardBy: members[0])
    let own = (mixer.hasOwnMix(members[0]), mixer.hasOwnMix(members[2]))
    #expect(own == (true, false))
    #expect(throws: MixerError.tooManyLevels(capacity: 1)) {
      try mixer.setLevel(.silence, of: members[2], heardBy: members[0])
    }
    #expect(throws: MixerError.ownVoice) { try mixer.setLevel(.silence, of: members[0], heardBy: members[0]) }
    try mixer.setLevel(.unity, of: members[1], heardBy: members[0])
    for _ in 0..<2 {
      mixer.beginFrame()
      mixer.contribute(steady.span, layout: .mono, from: members[1])
      var out = [Float](repeating: 9, count: 960)
      var span = out.mutableSpan
      mixer.renderMix(for: members[0], into: &span)
    }
    let ownMix1 = mixer.hasOwnMix(members[0])
    #expect(!ownMix1)
    try mixer.setLevel(.silence, of: members[2], heardBy: members[0])
    mixer.leave(members[2])
    let ownMix2 = mixer.hasOwnMix(members[0])
    #expect(!ownMix2)
  }

  @Test func aFullRoomSaysSoAndAPlaceIsGivenAgain() throws {
    var mixer = Mixer(capacity: 2, layout: .mono, frame: .ms20)
    let first = try mixer.join()
    _ = try mixer.join()
    #expect(throws: MixerError.full(capacity: 2)) { _ = try mixer.join() }
    mixer.leave(first)
    let again = try mixer.join(MemberSettings(gain: Decibels(-6)))
    #expect(again.index == first.index)
    let settings = mixer.settings(of: again)
    #expect(settings.gain == Decibels(-6))
  }

  @Test func whoDoesNotContributeHearsEverybody() throws {
    let voice = sine(440, amplitude: 0.5, count: 960)
    var mixer = Mixer(capacity: 2, layout: .mono, frame: .ms20)
    let speaker = try mixer.join()
    let listener = try mixer.join()
    var own: [Float] = []
    var shared: [Float] = []
    for _ in 0..<3 {
      mixer.beginFrame()
      mixer.contribute(voice.span, layout: .mono, from: speaker)
      var out = [Float](repeating: 9, count: 960)
      var span = out.mutableSpan
      mixer.renderMix(for: listener, into: &span)
      own += out
      span = out.mutableSpan
      mixer.renderSharedMix(into: &span)
      shared += out
    }
    #expect(own == shared)
    #expect(rms(own) > 0.1)
  }

  @Test(arguments: MixKernels.available.map(\.name))
  func allInstructionSetsMixTheSameBits(set: String) throws {
    func mix(_ kernels: MixKernels) throws -> [Float] {
      var mixer = Mixer(capacity: 3, layout: .stereo, frame: .ms10, kernels: kernels)
      let members = try (0..<3).map { _ in try mixer.join(MemberSettings(gain: Decibels(9), pan: Pan(0.3))) }
      let voices = Self.voices(3, amplitude: 0.9, seconds: 0.5)
      var output: [Float] = []
      for start in stride(from: 0, to: 24_000, by: 480) {
        mixer.beginFrame()
        for (voice, member) in zip(voices, members) {
          mixer.contribute(voice.span.extracting(start..<start + 480), layout: .mono, from: member)
        }
        var out = [Float](repeating: 9, count: 960)
        var span = out.mutableSpan
        mixer.renderMix(for: members[0], into: &span)
        output += out
      }
      return output
    }
    let kernels = MixKernels.available.first { $0.name == set } ?? MixKernels()
    let reference = try mix(MixKernels())
    #expect(largestDifference(try mix(kernels), reference) == 0)
  }

  /// A listener who begins to talk hears on without a gap: at the join their mix is the shared one, limiter and all.
  @Test func aMixOfOnesOwnGoesOnFromTheSharedOne() throws {
    let voices = Self.voices(3, amplitude: 0.9, seconds: 0.4)
    var mixer = Mixer(capacity: 2, layout: .mono, frame: .ms20)
    var members = [try mixer.join(), try mixer.join()]
    var newcomer: Mixer.Member?
    var largest: Float = 0
    for start in stride(from: 0, to: voices[0].count, by: 960) {
      if start == 9_600 {
        mixer.enlarge(to: 5)
        members.append(try mixer.join())
        newcomer = try mixer.join(fromSharedMix: true)
      }
      mixer.beginFrame()
      for (voice, member) in zip(voices, members) {
        mixer.contribute(voice[start..<start + 960].span, layout: .mono, from: member)
      }
      var shared = [Float](repeating: 9, count: 960), own = shared
      var span = shared.mutableSpan
      mixer.renderSharedMix(into: &span)
      if let newcomer {
        var span = own.mutableSpan
        mixer.renderMix(for: newcomer, into: &span)
        for index in 0..<960 { largest = max(largest, abs(own[index] - shared[index])) }
      }
    }
    #expect(largest == 0)
  }

  /// A level that is set at once is not ramped to: nothing of the source slips through.
  @Test func aLevelSetAtOnceIsThereAtOnce() throws {
    let voice = Self.voices(1, amplitude: 0.5, seconds: 0.02)[0]
    var mixer = Mixer(capacity: 2, layout: .mono, frame: .ms20, levels: 1)
    let (source, listener) = (try mixer.join(), try mixer.join())
    try mixer.setLevel(.silence, of: source, heardBy: listener, immediately: true)
    var loudest: Float = 0
    for _ in 0..<3 {
      mixer.beginFrame()
      mixer.contribute(voice.span, layout: .mono, from: source)
      var mix = [Float](repeating: 9, count: 960)
      var span = mix.mutableSpan
      mixer.renderMix(for: listener, into: &span)
      loudest = max(loudest, mix.map(abs).max() ?? 9)
    }
    #expect(loudest == 0)
  }
}
