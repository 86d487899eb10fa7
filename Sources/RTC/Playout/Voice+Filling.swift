import AudioCodecs
import MediaBase

/// Which sound comes next: a packet, what stands for one that is missing, or noise until one is due.
extension Voice {
  /// Lost packets are told from a jump of their numbers up to here.
  private static var mostMissing: Int { 100 }
  /// A loss that is filled in its whole length where the next packet is there already: 60 ms. Longer ones may be cut.
  private static var longestBridge: Int64 { 2_880 }
  /// Nothing is waited for longer: clocks that went astray.
  private static var longestWait: Int64 { 96_000 }
  private static var step: Int { OpusDecoder.concealmentStepSamples }

  /// What is to be heard before the next packet.
  private enum Gap {
    /// The packet's time has come.
    case none
    /// It is not due, and nobody knows yet what belongs here: so many frames at the most.
    case open(Int)
    /// What belonged here is lost.
    case lost(Int)
    /// The packet carries a copy of what belonged here.
    case copied(Int)
  }

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
      switch gap(before: next, due: next.position &+ buffer.target &- now &- Int64(queue.count)) {
      case .none:
        noteGap(before: next, in: &buffer)
        mendMemory(before: next, in: buffer, pool: pool)
        decodeNext(from: &buffer, pool: &pool)
      case .open(let frames): invent(min(frames, wanted))
      case .lost(let frames): conceal(min(frames, wanted), before: next, in: &buffer)
      case .copied(let frames): playCopy(frames, before: next, from: &buffer, pool: pool)
      }
    }
  }

  /// Decodes the buffer's first packet to the end of the queue and frees it.
  mutating func decodeNext(from buffer: inout JitterBuffer, pool: inout PacketPool) {
    let next = pool[buffer.first]
    if next.startsStream { decoder.reset(to: buffer.codec) }
    prepareOverlap()
    let place = queue.makeRoom(Int(next.duration))
    var frames = decoder.decode(pool.payload(of: buffer.first), into: queue.storage, at: place)
    isPaused = buffer.codec == .opus && Int(next.payloadCount) <= OpusEncoder.largestUnsentPacketBytes
    if frames == 0 {
      // Inspection and decoder disagree: noise for its time.
      frames = Int(next.duration)
      noise.fill(queue.storage, at: place, channels: layout.count)
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
    return state != .waiting && !next.startsStream && (1...Self.mostMissing).contains(steps) ? steps : 0
  }

  /// What is to be heard before `next`, which is due after `due` frames.
  private mutating func gap(before next: StoredPacket, due: Int64) -> Gap {
    let gap = next.position &- decodedEnd
    if gap <= 0 || next.followsDrop { return .none }
    let isLoss = missing(before: next) > 0
    if state == .playing {
      if isLoss, gap <= Self.longestBridge { return loss(of: Int(gap), before: next) }
      beginStarving()
    }
    if due > Self.longestWait { return .none }
    let due = Int(due)
    guard isLoss, state == .starving else { return due > 0 ? .open(due) : .none }
    let left = Int(clamping: gap &- Int64(inventedFrames))
    let copy = Int(next.copyFrames)
    guard copy > 0, left >= copy else { return min(due, left) > 0 ? .open(min(due, left)) : .none }
    // Sooner than it is due, if need be: a copy is worth more than what it makes the delay too long by.
    let before = min(due, left) &- copy
    return before >= Self.step ? .open(before) : .copied(copy)
  }

  /// What stands for a loss of so many frames: the copy of its end, if there is one.
  private func loss(of frames: Int, before next: StoredPacket) -> Gap {
    let copy = Int(next.copyFrames)
    guard copy > 0, frames + Self.step > copy else { return .lost(frames) }
    return frames - copy >= Self.step ? .lost(frames - copy) : .copied(copy)
  }

  /// The time before `next` is over: was it a loss?
  private mutating func noteGap(before next: StoredPacket, in buffer: inout JitterBuffer) {
    let missing = missing(before: next)
    buffer.noteMissing(missing)
    if missing > 0 || next.position <= decodedEnd { buffer.counts.samplesConcealed &+= UInt64(uncountedFrames) }
    uncountedFrames = 0
    if next.followsDrop, !concealer.isActive { concealer.begin(after: queue.storage, end: queue.end) }
  }

  /// Fills up to `frames` of what is lost before `next`.
  private mutating func conceal(_ frames: Int, before next: StoredPacket, in buffer: inout JitterBuffer) {
    if decoder.codec != .opus, !concealer.isActive { concealer.begin(after: queue.storage, end: queue.end) }
    let filled = min(inventLost(frames), Int(next.position &- decodedEnd))
    decodedEnd &+= Int64(filled)
    buffer.counts.samplesConcealed &+= UInt64(filled)
  }

  /// Opus: plays what `next` carries of the packet before it.
  private mutating func playCopy(
    _ frames: Int, before next: StoredPacket, from buffer: inout JitterBuffer, pool: borrowing PacketPool
  ) {
    prepareOverlap()
    let place = queue.makeRoom(frames)
    let filled = decoder.recover(frames, from: pool.payload(of: buffer.first), into: queue.storage, at: place)
    queue.append(filled)
    mixOverlap(at: place.lowerBound, frames: filled)
    decodedEnd = next.position
    state = .playing
    inventedFrames = 0
    rendered.content = .speech
    buffer.counts.packetsRecovered &+= 1
  }

  /// Opus: decodes the copy that `next` carries of the packet lost before it, where it comes too late to be heard.
  ///
  /// Else the decoder goes on from what it invented, and takes two or three packets to find the voice again: of speech, the
  /// first one has 4 dB of signal to distortion without the copy and 8 with it, the second one 9 and 15.
  private mutating func mendMemory(
    before next: StoredPacket, in buffer: borrowing JitterBuffer, pool: borrowing PacketPool
  ) {
    let copy = Int(next.copyFrames)
    guard state == .starving, copy > 0, missing(before: next) > 0 else { return }
    // The right sound does not follow what was invented by itself: it is faded in over it.
    if !concealer.isActive { concealer.begin(after: queue.storage, end: queue.end) }
    let unheard = queue.makeRoom(copy)
    _ = decoder.recover(copy, from: pool.payload(of: buffer.first), into: queue.storage, at: unheard)
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
}
