import MediaBase
import RTC

/// A voice that is lent to whoever is selected, with the frame that it rendered last.
struct VoiceSlot: ~Copyable {
  var voice: Voice
  let frame: SampleBuffer
  /// Whose it is now; −1 where nobody's.
  var member: Int32 = -1
  /// Level of `frame` in dBFS.
  var level: Float = TalkerSelection.Level.silence
  var isSilent = true

  init(layout: ChannelLayout, frame: FrameDuration) throws(ConferenceMediaError) {
    do {
      voice = try Voice(layout: layout, frame: frame)
    } catch {
      throw .system("no memory for a decoder")
    }
    self.frame = SampleBuffer(count: frame.samples * layout.count)
  }

  /// Renders the next frame into `frame`.
  mutating func render(
    from buffer: inout JitterBuffer, pool: inout PacketPool, now: PacketTime
  ) -> RenderedFrame {
    Self.render(&voice, into: frame, from: &buffer, pool: &pool, now: now)
  }

  private static func render(
    _ voice: inout Voice, into frame: borrowing SampleBuffer, from buffer: inout JitterBuffer, pool: inout PacketPool,
    now: PacketTime
  ) -> RenderedFrame {
    var samples = frame.mutableSpan
    return voice.render(from: &buffer, pool: &pool, now: now, into: &samples)
  }
}
