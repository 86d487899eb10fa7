import MediaBase

/// How the delay gets to where it should be: by making speech longer or shorter, a pitch period at a time.
extension Voice {
  /// Less than this too much is left alone: 2.5 ms. Too little is not, be it one sample: packets that miss their tick by
  /// one sample miss it.
  private static var tolerance: Int64 { 120 }
  /// Softer than this nobody hears a change: −50 dBFS (mean square), or within 6 dB of the pauses.
  private static var quietPower: Float { 1e-5 }
  private static var quietFrames: Int { 1_440 }
  /// Up to 40 ms too much wait for a pause, a second at the most.
  private static var patientExcess: Int64 { 1_920 }
  private static var patience: Int { 48_000 }

  /// What one may do for so much too much delay, or too little.
  private struct Effort {
    /// Frames to be played unchanged before the next change.
    var rest: Int
    /// How much a sound must look like itself to be changed.
    var likeness: Float

    init(_ excess: Int64) {
      switch excess {
      case ..<(-960): self.init(rest: 960, likeness: 0.6)
      case ..<1_920: self.init(rest: 3_840, likeness: 0.8)
      case ..<4_800: self.init(rest: 1_920, likeness: 0.7)
      case ..<24_000: self.init(rest: 0, likeness: 0.6)
      default: self.init(rest: 0, likeness: 0.3)
      }
    }

    private init(rest: Int, likeness: Float) {
      self.rest = rest
      self.likeness = likeness
    }
  }

  /// Changes the queue's length by one period at the most, and leaves at least a frame.
  mutating func adjustLength(from buffer: inout JitterBuffer, pool: inout PacketPool, now: Int64) {
    let excess = now &- decodedEnd &+ Int64(queue.count) &- buffer.target
    framesTooDeep = excess < Self.tolerance ? 0 : framesTooDeep + frame.samples
    guard excess < 0 || excess >= Self.tolerance else { return }
    let effort = Effort(excess)
    guard framesSinceChange >= effort.rest, isQuiet || !mayWaitForPause(excess) else { return }
    if excess > 0 {
      decodeAhead(from: &buffer, pool: &pool)
      let limit = min(Int(clamping: excess), queue.count - frame.samples)
      let frames = stretcher.shrink(&queue, by: limit, likeness: effort.likeness, isQuiet: isQuiet)
      buffer.counts.samplesShrunk &+= UInt64(frames)
      if frames > 0 { framesSinceChange = 0 }
    } else {
      let limit = max(PitchSearch.shortestLag, Int(clamping: 0 &- excess))
      let frames = stretcher.stretch(&queue, upTo: limit, likeness: effort.likeness, isQuiet: isQuiet)
      buffer.counts.samplesStretched &+= UInt64(frames)
      if frames > 0 { framesSinceChange = 0 }
    }
  }

  /// A little too much is not taken out in the middle of a word, where a pause may be near.
  private func mayWaitForPause(_ excess: Int64) -> Bool {
    (0..<Self.patientExcess).contains(excess) && framesTooDeep < Self.patience
  }

  /// Decodes packets that follow, so that there is enough to find a period in.
  private mutating func decodeAhead(from buffer: inout JitterBuffer, pool: inout PacketPool) {
    while queue.count < frame.samples + TimeStretcher.comfortableFrames, buffer.first != PacketPool.none {
      let next = pool[buffer.first]
      guard next.position <= decodedEnd, !next.startsStream, !next.followsDrop, queue.hasRoom(for: Int(next.duration))
      else { return }
      decodeNext(from: &buffer, pool: &pool)
    }
  }

  private var isQuiet: Bool {
    let count = min(queue.count, Self.quietFrames) * layout.count
    let first = queue.start * layout.count
    let power = meanSquare(queue.storage.span(first..<first + count))
    return power < max(Self.quietPower, 4 * noise.power)
  }

  private func meanSquare(_ sound: Span<Float>) -> Float {
    var sum: Float = 0
    for index in sound.indices { sum += sound[index] * sound[index] }
    return sum / Float(max(sound.count, 1))
  }
}
