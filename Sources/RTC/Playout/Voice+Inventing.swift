import AudioCodecs
import MediaBase

/// Sound for what is missing or not due, and the way from it to decoded sound.
///
/// For Opus the decoder goes on by itself, so that the copy of a lost packet, or the next packet, fits on seamlessly. For
/// G.711 the concealer does.
extension Voice {
  /// Decoded sound is faded in over what was invented before it, in 5 ms ...
  private static var fadeFrames: Int { 240 }
  /// ... once what still belongs to the time before the gap is out of the resampler: 5 ms more.
  static var overlapFrames: Int { 2 * fadeFrames }
  /// A decoder goes on at its own level for 60 ms, and is faded into noise within 60 more.
  private static var fullLevelFrames: Int { 2_880 }
  private static var fadeOutFrames: Int { 2_880 }
  private static var step: Int { OpusDecoder.concealmentStepSamples }

  /// The next packet is not there, or not due.
  mutating func beginStarving() {
    state = .starving
    inventedFrames = 0
    if !isPaused, decoder.codec != .opus { concealer.begin(after: queue.storage, end: queue.end) }
  }

  /// Puts `frames` into the queue, a few more where the decoder makes them.
  mutating func invent(_ frames: Int) {
    if state == .playing { beginStarving() }
    switch state {
    case .starving where isPaused && decoder.codec == .opus: inventByDecoder(frames)
    case .starving: uncountedFrames += inventLost(frames)
    case .waiting, .playing: inventByNoise(frames)
    }
  }

  /// The same, for what is lost or late; returns how many frames it made.
  mutating func inventLost(_ frames: Int) -> Int {
    if decoder.codec == .opus, levelOfInvented > 0 { return inventByFadingDecoder(frames) }
    let first = inventByNoise(frames)
    concealer.produce(over: queue.storage, at: samples(frames, from: first))
    rendered.content = concealer.isHeard ? .concealment : .comfortNoise
    return frames
  }

  /// The decoder's own comfort noise (RFC 6716, 2.1.9).
  private mutating func inventByDecoder(_ frames: Int) {
    _ = produceByDecoder(frames)
    rendered.content = .comfortNoise
  }

  private mutating func inventByFadingDecoder(_ frames: Int) -> Int {
    let before = levelOfInvented
    let place = produceByDecoder(frames)
    let after = levelOfInvented
    if after < 1 { fadeToNoise(at: place, from: before, to: after) }
    rendered.content = after > 0 ? .concealment : .comfortNoise
    return place.count / layout.count
  }

  /// Whole steps of what the decoder goes on with.
  private mutating func produceByDecoder(_ frames: Int) -> Range<Int> {
    let steps = (frames + Self.step - 1) / Self.step * Self.step
    let place = queue.makeRoom(steps)
    let made = decoder.conceal(steps, into: queue.storage, at: place)
    if made < steps { noise.fill(queue.storage, at: place, channels: layout.count) }
    queue.append(steps)
    inventedFrames += steps
    return place
  }

  @discardableResult
  private mutating func inventByNoise(_ frames: Int) -> Int {
    let first = queue.makeRoom(frames).lowerBound
    noise.fill(queue.storage, at: samples(frames, from: first), channels: layout.count)
    queue.append(frames)
    inventedFrames += frames
    rendered.content = noise.power > 0 ? .comfortNoise : .silence
    return first
  }

  /// How loud the decoder is heard at the end of what was invented, 0 to 1.
  private var levelOfInvented: Float {
    guard !isPaused, inventedFrames > Self.fullLevelFrames else { return 1 }
    return max(0, 1 - Float(inventedFrames - Self.fullLevelFrames) / Float(Self.fadeOutFrames))
  }

  private mutating func fadeToNoise(at place: Range<Int>, from first: Float, to last: Float) {
    let frames = place.count / layout.count
    let slope = (last - first) / Float(frames)
    var start = 0
    while start < frames {
      let count = min(Self.overlapFrames, frames - start)
      noise.fill(overlap, at: 0..<count * layout.count, channels: layout.count)
      for frame in 0..<count {
        let level = first + slope * (Float(start + frame) + 0.5)
        for channel in 0..<layout.count {
          let index = place.lowerBound + (start + frame) * layout.count + channel
          queue.storage[index] = queue.storage[index] * level + overlap[frame * layout.count + channel] * (1 - level)
        }
      }
      start += count
    }
  }

  // MARK: From invented to decoded sound

  /// Makes what goes on beneath the decoded sound that comes next.
  mutating func prepareOverlap() {
    guard concealer.isActive || isFadedOut else { return }
    noise.fill(overlap, at: 0..<overlap.count, channels: layout.count)
    concealer.produce(over: overlap, at: 0..<overlap.count)
  }

  private var isFadedOut: Bool { state == .starving && decoder.codec == .opus && levelOfInvented < 1 }

  /// The samples of so many frames from the sample `first` on.
  func samples(_ frames: Int, from first: Int) -> Range<Int> {
    first..<first + frames * layout.count
  }

  /// Fades from it into the decoded sound at `first`.
  mutating func mixOverlap(at first: Int, frames: Int) {
    guard concealer.isActive || isFadedOut else { return }
    // Decoded sound comes in at full where there is but noise to leave: an onset is not to be dulled.
    let before = concealer.isActive ? 0 : levelOfInvented
    let isFaded = concealer.isHeard || before > 0
    concealer.end()
    let delay = min(decoder.delayFrames, max(0, frames - Self.fadeFrames))
    let fade = min(frames, Self.fadeFrames)
    for frame in 0..<min(delay + fade, Self.overlapFrames) {
      let weight = max(0, before + (1 - before) * (Float(frame - delay) + 0.5) / Float(fade))
      for channel in 0..<layout.count {
        let index = first + frame * layout.count + channel
        let decoded = queue.storage[index] * (isFaded ? weight : 1)
        queue.storage[index] = decoded + overlap[frame * layout.count + channel] * (1 - weight)
      }
    }
  }
}
