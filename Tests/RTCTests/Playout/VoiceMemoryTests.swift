import AllocationCounter
import MediaBase
import RTC
import Testing

/// What a voice takes: a room has one for each talker that it mixes.
@Suite struct VoiceMemoryTests {
  @Test(arguments: [(ChannelLayout.mono, 65), (.stereo, 110)])
  func aVoiceTakesNoMoreThanItSays(layout: ChannelLayout, kibibytes: Int) throws {
    let before = allocated_bytes()
    try #require(before >= 0, "a sanitizer has malloc: run without it to count")
    let voice = try Voice(layout: layout, frame: .ms20)
    let bytes = Int(allocated_bytes() - before) + MemoryLayout<Voice>.size
    #expect(voice.samplesPerFrame > 0)
    #expect(bytes <= kibibytes * 1_024, "\(bytes) bytes")
    #expect(bytes > (kibibytes - 2) * 1_024, "it takes less: say so")
  }
}
