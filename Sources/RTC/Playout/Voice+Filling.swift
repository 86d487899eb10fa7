import AudioCodecs
import MediaBase

/// Which sound comes next: a packet, what stands for one that is missing, or noise until one is due.
extension Voice {
  /// Decoded sound is faded in over what was invented before it, in 5 ms ...
  private static var fadeFrames: Int { 240 }
  /// ... once what still belongs to the time before the gap is out of the resampler: 5 ms more.
  static var overlapFrames: Int { 2 * fadeFrames }
  /// Lost packets are told from a jump of their numbers up to here.
  private static var mostMissing: Int { 100 }
  /// A loss that is filled before the next packet, which is there already: 60 ms. Longer ones fade.
  private static var longestBridge: Int { 2_880 }
  /// Nothing is waited for longer: clocks that went astray.
  private static var longestWait: Int64 { 96_000 }
  private static var step: Int { OpusDecoder.concealmentStepSamples }

  /// Makes at least one frame wait in the queue.
  mutating func fill(from buffer: inout JitterBuffer, pool: inout PacketPool, now: Int64) {
    while queue.count < frame.samples {
      let wanted = frame.samples - queue.count
      dropOverlapped(in: &buffer, pool: &pool)
      guard buffer.first != PacketPool.none else {
        invent(wanted)
        break
      }
      let next = pool[buffer.first]
      let wait = framesBefore(next, due: next.position &+ buffer.target &- now &- Int64(queue.count))
      if wait > 0 {
        invent(min(wait, wanted))
      } else {
        bridge(to: next, from: &buffer, pool: pool)
        decodeNext(from: &buffer, pool: &pool)
      }
    }
  }

  /// Decodes the buffer's first packet to the end of the queue and frees it.
  mutating func decodeNext(from buffer: inout JitterBuffer, pool: inout PacketPool) {
    let next = pool[buffer.first]
    if next.startsStream { decoder.reset(to: buffer.codec) }
    prepareOverlap()
    let place = queue.makeRoom(PlayoutQueue.largestAddition)
    var frames = decoder.decode(pool.payload(of: buffer.first), into: queue.storage, at: place)
    isPaused = buffer.codec == .opus && Int(next.payloadCount) <= OpusEncoder.largestUnsentPacketBytes
    if frames == 0 {
      // Inspection and decoder disagree: noise for its time.
      frames = Int(next.duration)
      noise.fill(queue.storage, at: samples(frames, from: place.lowerBound), channels: layout.count)
    }
    queue.append(frames)
    noise.learn(from: queue.storage, at: samples(frames, from: place.lowerBound), channels: layout.count)
    mixOverlap(at: place.lowerBound, frames: frames)
    decodedEnd = next.end
    lastSequence = next.sequence
    state = .playing
    inventedFrames = 0
    rendered.content = .speech
    rendered.packetsDecoded += 1
    if let level = next.level { rendered.level = min(rendered.level ?? level, level) }
    buffer.removeFirst(&pool)
  }

  // MARK: Gaps

  /// How many packets are missing before `next`; 0 where it follows, or where its number tells nothing.
  private func missing(before next: StoredPacket) -> Int {
    let steps = next.sequence.distance(from: lastSequence) - 1
    return !next.startsStream && (1...Self.mostMissing).contains(steps) ? steps : 0
  }

  /// How many frames are to be invented before `next` is decoded, which is due after `due` frames.
  private mutating func framesBefore(_ next: StoredPacket, due: Int64) -> Int {
    let gap = next.position &- decodedEnd
    if gap <= 0 || next.followsDrop { return 0 }
    let isLoss = missing(before: next) > 0
    if state == .playing {
      if isLoss, gap <= Int64(Self.longestBridge) { return 0 }
      beginStarving()
    }
    if due <= 0 || due > Self.longestWait { return 0 }
    guard isLoss, state == .starving else { return Int(due) }
    return Int(min(due, max(0, gap &- Int64(inventedFrames))))
  }

  /// Accounts for the time before `next`, in the sound and in the decoder.
  private mutating func bridge(to next: StoredPacket, from buffer: inout JitterBuffer, pool: borrowing PacketPool) {
    let gap = Int(clamping: next.position &- decodedEnd)
    let missing = state == .waiting ? 0 : missing(before: next)
    buffer.missingShare += ((missing > 0 ? 1 : 0) - buffer.missingShare) / 100
    if missing > 0 || gap <= 0 { buffer.counts.samplesConcealed &+= UInt64(uncountedFrames) }
    uncountedFrames = 0
    if next.followsDrop, !concealer.isActive { concealer.begin(after: queue.storage, end: queue.end) }
    guard missing > 0, gap > 0, !next.followsDrop else { return }
    let frames = min(PlayoutQueue.largestAddition, max(Self.step, (gap + Self.step / 2) / Self.step * Self.step))
    if buffer.codec == .opus {
      fillByDecoder(frames, before: next, from: &buffer, pool: pool)
    } else if state == .playing {
      concealer.begin(after: queue.storage, end: queue.end)
      inventByConcealer(gap)
      buffer.counts.samplesConcealed &+= UInt64(gap)
    }
  }

  /// Opus: what the next packet's FEC and the decoder's own concealment make of a loss. Where the sound has been invented
  /// before the next packet came, it is for the decoder's memory alone.
  private mutating func fillByDecoder(
    _ frames: Int, before next: StoredPacket, from buffer: inout JitterBuffer, pool: borrowing PacketPool
  ) {
    let place = queue.makeRoom(PlayoutQueue.largestAddition)
    var filled = 0
    var recovered = 0
    if next.carriesFEC {
      filled = decoder.recover(frames, from: pool.payload(of: buffer.first), into: queue.storage, at: place)
      recovered = min(filled, OpusTOC(pool.payload(of: buffer.first)[0]).frameSamples)
    } else {
      filled = decoder.conceal(frames, into: queue.storage, at: place)
    }
    guard state == .playing else { return }
    queue.append(filled)
    if recovered > 0 { buffer.counts.packetsRecovered &+= 1 }
    buffer.counts.samplesConcealed &+= UInt64(filled - recovered)
  }

  /// Passes over packets of which half has been played: what came between was decoded ahead.
  private func dropOverlapped(in buffer: inout JitterBuffer, pool: inout PacketPool) {
    while buffer.first != PacketPool.none {
      let packet = pool[buffer.first]
      guard 2 &* (decodedEnd &- packet.position) >= Int64(packet.duration) else { return }
      buffer.counts.packetsLate &+= 1
      buffer.removeFirst(&pool)
    }
  }

  // MARK: Invented sound

  /// The next packet is not there, or not due: goes on with what was heard.
  mutating func beginStarving() {
    state = .starving
    inventedFrames = 0
    if !isPaused { concealer.begin(after: queue.storage, end: queue.end) }
  }

  /// Puts `frames` into the queue, a few more where the decoder makes them.
  private mutating func invent(_ frames: Int) {
    if state == .playing { beginStarving() }
    switch state {
    case .starving where isPaused && decoder.codec == .opus: inventByDecoder(frames)
    case .starving: inventByConcealer(frames)
    case .waiting, .playing: inventByNoise(frames)
    }
    inventedFrames += frames
  }

  /// The decoder's own comfort noise (RFC 6716, 2.1.9).
  private mutating func inventByDecoder(_ frames: Int) {
    let steps = (frames + Self.step - 1) / Self.step * Self.step
    let made = decoder.conceal(steps, into: queue.storage, at: queue.makeRoom(PlayoutQueue.largestAddition))
    queue.append(max(made, frames))
    rendered.content = .comfortNoise
  }

  private mutating func inventByConcealer(_ frames: Int) {
    let first = inventByNoise(frames)
    concealer.produce(over: queue.storage, at: samples(frames, from: first))
    uncountedFrames += state == .starving ? frames : 0
    rendered.content = concealer.isHeard ? .concealment : .comfortNoise
  }

  @discardableResult
  private mutating func inventByNoise(_ frames: Int) -> Int {
    let first = queue.makeRoom(frames).lowerBound
    noise.fill(queue.storage, at: samples(frames, from: first), channels: layout.count)
    queue.append(frames)
    rendered.content = noise.power > 0 ? .comfortNoise : .silence
    return first
  }

  // MARK: From invented to decoded sound

  private mutating func prepareOverlap() {
    guard concealer.isActive else { return }
    noise.fill(overlap, at: 0..<overlap.count, channels: layout.count)
    concealer.produce(over: overlap, at: 0..<overlap.count)
  }

  /// The samples of so many frames from the sample `first` on.
  private func samples(_ frames: Int, from first: Int) -> Range<Int> {
    first..<first + frames * layout.count
  }

  private mutating func mixOverlap(at first: Int, frames: Int) {
    guard concealer.isActive else { return }
    // Decoded sound comes in at full where there is but noise to leave: an onset is not to be dulled.
    let isFaded = concealer.isHeard
    concealer.end()
    let delay = min(decoder.delayFrames, max(0, frames - Self.fadeFrames))
    let fade = min(frames, Self.fadeFrames)
    for frame in 0..<min(delay + fade, Self.overlapFrames) {
      let weight = max(0, (Float(frame - delay) + 0.5) / Float(fade))
      for channel in 0..<layout.count {
        let index = first + frame * layout.count + channel
        let decoded = queue.storage[index] * (isFaded ? weight : 1)
        queue.storage[index] = decoded + overlap[frame * layout.count + channel] * (1 - weight)
      }
    }
  }
}
