import MediaBase

/// What those hear who wait for a host: one mix for all of them, with streams of its own.
///
/// ```
/// sound, over and over ─ × (1 − share) ─┐
///                                       + ─ lobby mix ─ an encoder a format ─ packets of all who wait
/// shared mix of the room ─── × share ───┘
/// ```
/// While they wait the share is 0. When they are admitted it goes up to 1 in half a second; when both mixes have been the
/// same for 400 ms, the lobby's listeners are handed to the room's streams between two packets, as `MixPlace` does it for
/// one. Part of a room, on its media thread; costs nothing while nobody waits, and then an encode for each format.
struct Lobby: ~Copyable {
  /// Whether whoever is in it is kept waiting.
  var isHolding = false
  /// Whether any stream is the lobby's.
  var isInUse = false
  var sound: RoomSound?
  /// The next frame of the sound.
  var position = 0
  /// How much of the room they hear, 0 to 1.
  var share: Float = 1
  /// The share that the frame began with.
  private var shareBefore: Float = 1
  /// For how long it has been the room's mix and nothing else, in samples.
  var alikeSamples = 0
  /// The mix of this frame.
  var mix = SampleBuffer(count: 0)

  /// What the share changes by in a sample: half a second for all of it.
  static let step = Float(1) / Float(AudioRate.samplesPerSecond / 2)

  /// Puts the frame together: what stands in `frame` as the sound's, in its layout, and the room's mix.
  mutating func blend(
    _ frame: borrowing SampleBuffer, of source: ChannelLayout, into room: borrowing SampleBuffer,
    _ layout: ChannelLayout
  ) {
    let target: Float = isHolding ? 0 : 1
    shareBefore = share
    if share == 1 && target == 1 {
      mix.copy(room.span)
      alikeSamples += room.count / layout.count
      return
    }
    alikeSamples = 0
    let step = share < target ? Self.step : share > target ? -Self.step : 0
    var share = share
    let (sound, shared) = (frame.span, room.span)
    var out = mix.mutableSpan
    for index in 0..<out.count / layout.count {
      share = min(1, max(0, share + step))
      for channel in 0..<layout.count {
        let place = index * layout.count + channel
        let held = Self.sample(sound, index, channel, of: source, in: layout)
        out[place] = held + (shared[place] - held) * share
      }
    }
    self.share = share
  }

  /// Makes one member's own mix of the room into what they hear in the lobby: what it differs by from the shared mix is
  /// heard as much as the room is.
  func fade(_ own: borrowing SampleBuffer, insteadOf shared: borrowing SampleBuffer, channels: Int) {
    var out = own.mutableSpan
    let (room, lobby) = (shared.span, mix.span)
    let step = (share - shareBefore) / Float(out.count / channels)
    for index in 0..<out.count {
      let share = shareBefore + step * Float(index / channels + 1)
      out[index] = lobby[index] + (out[index] - room[index]) * share
    }
  }

  /// The sound's sample for a channel of the mix: a mono sound is in both, a stereo one enters a mono mix as the mean.
  private static func sample(
    _ sound: Span<Float>, _ index: Int, _ channel: Int, of source: ChannelLayout, in layout: ChannelLayout
  ) -> Float {
    guard source == .stereo else { return sound[index] }
    return layout == .stereo ? sound[2 * index + channel] : (sound[2 * index] + sound[2 * index + 1]) / 2
  }
}
