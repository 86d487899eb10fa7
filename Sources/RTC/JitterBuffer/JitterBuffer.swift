import AudioCodecs
import MediaBase

/// Keeps one member's packets in the order of their timestamps from their arrival until they are due, and finds out how
/// long that has to be.
///
/// One a member who may talk, at about 2 KiB: the packets are in the `PacketPool`. The media thread of the room alone may
/// touch it. Nothing but `init` allocates.
///
/// A member who is selected is played by a `Voice`: call its `render` at each tick. One who is not: call `advance` at each
/// tick. Never both at one tick, and always with the time when the tick is due, not when it came to run.
///
///     insert ──▶ packets by timestamp ──▶ Voice.render, or dropped by advance
///         └────▶ delay measured ──▶ when each is due
public struct JitterBuffer: ~Copyable {
  /// What became of a packet.
  public enum Outcome: Sendable, Hashable {
    /// It will be heard if its member is selected.
    case accepted
    /// Its time has been played already.
    case late
    /// It came before.
    case duplicate
    /// Its bytes are not of the codec, or longer than `PacketPool.largestPayloadBytes`.
    case malformed
    /// The pool was empty.
    case refused
  }

  /// What a tick of `advance` found due.
  public struct Due: Sendable, Hashable {
    /// Whether any packet was due at this tick.
    public var hasPackets = false
    /// The loudest RFC 6464 level among them, 0 (full scale) to 127 (silence); `nil` where none told one.
    public var level: UInt8?

    mutating func add(_ packet: StoredPacket) {
      hasPackets = true
      if let other = packet.level { level = min(level ?? other, other) }
    }
  }

  /// The codec of its packets.
  public private(set) var codec: VoiceCodec

  /// Whether it holds no packet: `advance` would find nothing, and need not be called.
  public var isIdle: Bool { packetCount == 0 }

  let frame: FrameDuration
  var counts = JitterBufferStatistics()
  /// The end of what a voice has decoded; `nil` while none plays from it.
  var playedEnd: Int64?
  /// How far a voice's sound is behind its positions; `nil` while none plays from it.
  var playedDelay: Int64?
  /// The share of packets that were missing when they were due, about the last two seconds.
  private var missingShare: Float = 0

  private(set) var delays = DelayEstimator()
  private var drift = DriftEstimator()
  private var timeline = Timeline()
  /// The packet to be played next; `PacketPool.none` where there is none.
  private(set) var first = PacketPool.none
  private var last = PacketPool.none
  private var packetCount = 0
  private var blockCount = 0
  private var lastTick: Int64?
  /// What came just after its tick, for the next.
  private var late = Due()
  private var newestDuration: Int64 = 0
  private var packetsSinceFEC = packetsToForgetFEC
  private var isDeepForFEC = false

  /// What one member may hold: a second, and no more than 32 KiB of the pool that all share.
  static let longestHeldSamples: Int64 = 48_000
  static let mostHeldBlocks = 128
  private static let warmingSamples: Int64 = 4_800
  private static let warmingPackets = 3
  /// Packets older than this would warm a decoder for another moment.
  private static let longestKeptSamples: Int64 = 24_000
  /// A clock that is slower than this meets each tick a little later, until a packet misses it: told a little before.
  private static let slowClockPPM: Float = -20
  private static let slowClockGuardSamples: Int64 = 48
  /// From this share of missing packets on, FEC is worth one packet of delay; below the other, no more.
  private static let packetsToForgetFEC = 200
  private static let mostMissingAtOnce = 5
  private static let missingShareForFEC: (begin: Float, end: Float) = (0.02, 0.001)

  /// An empty buffer for packets of `codec`, in a room that ticks once each `frame`.
  public init(codec: VoiceCodec, frame: FrameDuration) {
    self.codec = codec
    self.frame = frame
  }

  /// Counts since it was made, and where it stands.
  public var statistics: JitterBufferStatistics {
    var result = counts
    result.driftPPM = drift.partsPerMillion
    if let least = drift.leastTransit {
      result.targetMilliseconds = Float(max(0, target &- least)) / 48
      result.depthMilliseconds = Float(max(0, (playedDelay ?? target) &- least)) / 48
    }
    return result
  }

  /// Added to a packet's position, when it is due: samples at 48 kHz.
  var target: Int64 {
    isDeepForFEC ? delays.target &+ newestDuration : delays.target
  }

  /// Takes a packet of speech.
  public mutating func insert(
    _ packet: ReceivedPacket, payload: Span<UInt8>, pool: inout PacketPool
  ) -> Outcome {
    guard let (samples, copyFrames) = inspect(payload) else {
      counts.packetsMalformed &+= 1
      return .malformed
    }
    let duration = Int64(samples)
    let arrival = packet.arrival.samplesRoundedUp
    let ready = readyTick(arrival)
    let place = timeline.place(
      packet, samplesPerTick: codec.samplesPerTick, duration: duration, arrival: arrival, ready: ready, target: target)
    if !place.isTied, let passed = passedOutcome(packet, at: place.position, duration: duration) {
      if passed == .late { noteDelay(place, arrival: arrival, ready: ready) }
      return passed
    }
    let stored = StoredPacket(
      duration: Int32(samples), position: place.position, levelByte: packet.level ?? 255, copyFrames: copyFrames,
      startsStream: place.startsStream, sequence: packet.sequence)
    let outcome = store(stored, payload: payload, pool: &pool)
    guard outcome == .accepted else { return outcome }
    timeline.accept(packet, at: place, duration: duration, arrival: arrival)
    noteDelay(place, arrival: arrival, ready: ready)
    holdLimits(&pool)
    return .accepted
  }

  /// One tick of a member whom nobody decodes: drops packets whose time is over, but for the last 100 ms and at least
  /// three, which will warm a voice; and tells what was due. It costs a look at each packet that is not past.
  public mutating func advance(to now: PacketTime, pool: inout PacketPool) -> Due {
    beginTick(now)
    var due = late
    late = Due()
    guard packetCount > 0 else { return due }
    let position = now.samples &- target
    let frameEnd = position &+ Int64(frame.samples)
    var index = last
    while index != PacketPool.none {
      let packet = pool[index]
      if packet.end <= position { break }
      if packet.position < frameEnd { due.add(packet) }
      index = packet.previous
    }
    dropPassed(position, &pool)
    return due
  }

  /// Gives all packets back to the pool: to be called before the buffer is let go. The measured delay is kept.
  public mutating func removeAll(pool: inout PacketPool) {
    while first != PacketPool.none { removeFirst(&pool) }
  }

  /// Empties it and forgets all but the statistics, for another codec.
  public mutating func restart(codec: VoiceCodec, pool: inout PacketPool) {
    removeAll(pool: &pool)
    self.codec = codec
    delays.reset()
    drift.reset()
    timeline = Timeline()
    playedEnd = nil
    playedDelay = nil
    late = Due()
    missingShare = 0
    isDeepForFEC = false
    packetsSinceFEC = Self.packetsToForgetFEC
  }

  // MARK: For the voice

  /// Takes note of the tick, which packets are measured against.
  mutating func beginTick(_ now: PacketTime) {
    if lastTick == nil { delays.align(toTick: now.samples, frameSamples: frame.samples) }
    lastTick = now.samples
    let limit = isDeepForFEC ? Self.missingShareForFEC.end : Self.missingShareForFEC.begin
    isDeepForFEC = packetsSinceFEC < Self.packetsToForgetFEC && missingShare > limit
  }

  /// Takes note that the next packet is played and `missing` were lost before it.
  mutating func noteMissing(_ missing: Int) {
    // An outage is no loss that FEC could mend.
    for _ in 0..<min(missing, Self.mostMissingAtOnce) { missingShare += (1 - missingShare) / 100 }
    missingShare -= missingShare / 100
  }

  /// Frees the packet to be played next.
  mutating func removeFirst(_ pool: inout PacketPool) {
    guard first != PacketPool.none else { return }
    let packet = pool[first]
    pool.free(first)
    first = packet.next
    if first == PacketPool.none { last = PacketPool.none } else { pool[first].previous = PacketPool.none }
    packetCount -= 1
    blockCount -= PacketPool.blocks(for: Int(packet.payloadCount))
  }

  // MARK: Arrivals

  /// How many samples at 48 kHz a payload lasts, and the copy in it; `nil` where it is not of the codec.
  private func inspect(_ payload: Span<UInt8>) -> (samples: Int, copyFrames: UInt16)? {
    guard !payload.isEmpty, payload.count <= PacketPool.largestPayloadBytes else { return nil }
    guard codec == .opus else {
      let samples = payload.count * codec.samplesPerTick
      return samples <= OpusPacket.maximumDurationSamples ? (samples, 0) : nil
    }
    guard let packet = try? OpusPacket(inspecting: payload) else { return nil }
    return (packet.durationSamples, packet.carriesFEC ? UInt16(packet.toc.frameSamples) : 0)
  }

  /// The first tick at which a packet of that arrival can be played.
  private func readyTick(_ arrival: Int64) -> Int64 {
    guard let lastTick else { return arrival }
    let step = Int64(frame.samples)
    let isSlow = drift.partsPerMillion < Self.slowClockPPM
    let since = arrival &- lastTick &+ (isSlow ? Self.slowClockGuardSamples : 0)
    let ticks = since / step + (since % step > 0 ? 1 : 0)
    return lastTick &+ ticks &* step
  }

  /// What becomes of a packet whose time is over; `nil` where it is not.
  private mutating func passedOutcome(_ packet: ReceivedPacket, at position: Int64, duration: Int64) -> Outcome? {
    let isPlayed = playedEnd.map { 2 &* ($0 &- position) >= duration } ?? false
    guard isPlayed || timeline.isStale(position) else { return nil }
    let outcome: Outcome = timeline.hasSeen(packet) ? .duplicate : .late
    if outcome == .late { counts.packetsLate &+= 1 } else { counts.packetsDuplicate &+= 1 }
    timeline.notePassed(packet)
    return outcome
  }

  private mutating func noteDelay(_ place: Timeline.Place, arrival: Int64, ready: Int64) {
    if place.isTied {
      counts.restarts &+= 1
      drift.reset()
      if !place.isSeamless { delays.reset() }
    }
    guard !timeline.isStale(place.position) else { return }
    delays.note(position: place.position, ready: ready, frameSamples: frame.samples)
    drift.note(position: place.position, arrival: arrival)
  }

  /// Puts a packet into its place, if that is free.
  private mutating func store(_ packet: StoredPacket, payload: Span<UInt8>, pool: inout PacketPool) -> Outcome {
    let neighbour = predecessor(of: packet.position, pool)
    if neighbour != PacketPool.none, pool[neighbour].position == packet.position {
      counts.packetsDuplicate &+= 1
      return .duplicate
    }
    guard let index = pool.store(packet, payload: payload) else {
      counts.packetsRefused &+= 1
      return .refused
    }
    link(index, after: neighbour, blocks: PacketPool.blocks(for: payload.count), &pool)
    counts.packetsAccepted &+= 1
    newestDuration = Int64(packet.duration)
    packetsSinceFEC = packet.copyFrames > 0 ? 0 : min(packetsSinceFEC + 1, Self.packetsToForgetFEC)
    if playedEnd == nil, let lastTick, packet.end <= lastTick &- target &+ Int64(frame.samples) { late.add(packet) }
    return .accepted
  }

  // MARK: The list

  /// The last packet that does not stand after `position`; `PacketPool.none` where all do.
  private func predecessor(of position: Int64, _ pool: borrowing PacketPool) -> Int32 {
    var index = last
    while index != PacketPool.none, pool[index].position > position { index = pool[index].previous }
    return index
  }

  private mutating func link(_ index: Int32, after previous: Int32, blocks: Int, _ pool: inout PacketPool) {
    let next = previous == PacketPool.none ? first : pool[previous].next
    pool[index].previous = previous
    pool[index].next = next
    if previous == PacketPool.none { first = index } else { pool[previous].next = index }
    if next == PacketPool.none { last = index } else { pool[next].previous = index }
    packetCount += 1
    blockCount += blocks
  }

  private mutating func holdLimits(_ pool: inout PacketPool) {
    var hasDropped = false
    while packetCount > 1,
      blockCount > Self.mostHeldBlocks || timeline.newestEnd &- pool[first].position > Self.longestHeldSamples
    {
      removeFirst(&pool)
      counts.packetsDropped &+= 1
      hasDropped = true
    }
    if hasDropped { pool[first].followsDrop = true }
  }

  private mutating func dropPassed(_ position: Int64, _ pool: inout PacketPool) {
    while first != PacketPool.none {
      let end = pool[first].end
      let isStale = end &+ Self.longestKeptSamples <= position
      let isSpare = end &+ Self.warmingSamples <= position && packetCount > Self.warmingPackets
      guard isStale || isSpare else { return }
      removeFirst(&pool)
    }
  }
}

// MARK: Checkpoints

extension JitterBuffer {
  /// The packets that it holds, and what it has found out of their stream; between two ticks. Counts are not carried over.
  /// Reading needs an empty buffer of the same codec and frame.
  package mutating func code(_ coder: inout CheckpointCoder, pool: inout PacketPool) {
    if coder.isReading { removeAll(pool: &pool) }
    coder.code(&playedEnd, empty: 0) { $0.code(time: &$1) }
    coder.code(&playedDelay, empty: 0) { $0.code(time: &$1) }
    coder.code(&missingShare)
    delays.code(&coder)
    drift.code(&coder)
    timeline.code(&coder)
    coder.code(&lastTick, empty: 0) { $0.code(time: &$1) }
    coder.code(&late.hasPackets)
    coder.code(&late.level, empty: 0) { $0.code(&$1, in: 0...127) }
    coder.code(&newestDuration, in: 0...Int64(OpusPacket.maximumDurationSamples))
    coder.code(&packetsSinceFEC, in: 0...Self.packetsToForgetFEC)
    coder.code(&isDeepForFEC)
    codePackets(&coder, pool: &pool)
  }

  private mutating func codePackets(_ coder: inout CheckpointCoder, pool: inout PacketPool) {
    var count = packetCount
    coder.code(&count, in: 0...Self.mostHeldBlocks)
    var index = first
    var lastPosition = Int64.min
    for _ in 0..<count where !coder.isDamaged {
      var packet = coder.isReading ? StoredPacket.blank : pool[index]
      var payload = coder.isReading ? [] : Self.bytes(of: index, in: pool)
      packet.code(&coder)
      coder.code(&payload, most: PacketPool.largestPayloadBytes)
      guard coder.isReading, !coder.isDamaged else {
        if !coder.isReading { index = packet.next }
        continue
      }
      // As `insert` would have it: inspected, in order, and no two in one place.
      guard packet.position > lastPosition, let (samples, copy) = inspect(payload.span),
        samples == Int(packet.duration), copy == packet.copyFrames,
        let block = pool.store(packet, payload: payload.span)
      else { return coder.fail() }
      lastPosition = packet.position
      link(block, after: last, blocks: PacketPool.blocks(for: payload.count), &pool)
    }
  }

  private static func bytes(of index: Int32, in pool: borrowing PacketPool) -> [UInt8] {
    pool.payload(of: index).withUnsafeBufferPointer { Array($0) }
  }
}

extension StoredPacket {
  fileprivate static var blank: StoredPacket {
    StoredPacket(
      duration: 0, position: 0, levelByte: 255, copyFrames: 0, startsStream: false,
      sequence: SequenceNumber(rawValue: 0))
  }

  /// But for its links and its bytes.
  fileprivate mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&duration, in: 1...Int32(OpusPacket.maximumDurationSamples))
    coder.code(time: &position)
    coder.code(&levelByte)
    coder.code(&copyFrames, in: 0...UInt16(OpusPacket.maximumDurationSamples))
    coder.code(&startsStream)
    coder.code(&followsDrop)
    var number = sequence.rawValue
    coder.code(&number)
    sequence = SequenceNumber(rawValue: number)
  }
}
