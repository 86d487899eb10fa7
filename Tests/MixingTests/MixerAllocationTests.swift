import AllocationCounter
import MediaBase
import Mixing
import Testing

/// The mixer may allocate when it is made, and never after: it will run at the tick of a live room.
@Suite struct MixerAllocationTests {
  @Test func theCounterCounts() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let before = allocation_count()
    let buffer = SampleBuffer(count: 960)
    #expect(allocation_count() > before)
    #expect(buffer.count == 960)
  }

  @Test(arguments: ChannelLayout.allCases)
  func noFrameAllocates(layout: ChannelLayout) throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    var mixer = Mixer(capacity: 8, layout: layout, frame: .ms20, levels: 8)
    var members: [Mixer.Member] = []
    for _ in 0..<8 { members.append(try mixer.join(MemberSettings(gain: Decibels(12), pan: Pan(0.3)))) }
    var random = SeededGenerator(seed: 1)
    let voice = random.babble(FrameDuration.ms20.samples, amplitude: 0.9)
    var output = [Float](repeating: 0, count: mixer.samplesPerFrame)

    let before = allocation_count()
    for frame in 0..<200 {
      // Joins, leaves, changes of settings and of levels, limiting and rest: whatever a room does between its ticks.
      if frame % 20 == 0 {
        mixer.leave(members[7])
        members[7] = try mixer.join()
        try mixer.setLevel(frame % 40 == 0 ? .silence : .unity, of: members[1], heardBy: members[0])
        mixer.set(MemberSettings(isMuted: frame % 40 == 0), for: members[2])
      }
      mixer.beginFrame()
      if frame < 100 {
        for member in members { mixer.contribute(voice.span, layout: .mono, from: member) }
      }
      for member in members {
        var span = output.mutableSpan
        mixer.renderMix(for: member, into: &span)
      }
      var span = output.mutableSpan
      mixer.renderSharedMix(into: &span)
    }
    #expect(allocation_count() - before == 0)
  }
}
