import AudioCodecs
import MediaBase

/// Lays a stream's timestamps onto one line that never jumps: samples at 48 kHz, near the bridge's own clock.
///
/// Timestamps wrap around, begin anew with another SSRC or a sender's restart, and jump where a sender ties them to
/// another clock. Where the line is torn so, it is tied together again at once: right behind the newest packet where
/// their numbers say that they are neighbours, or else where the packet is heard as soon as it may be.
///
/// Part of a jitter buffer; a plain value.
struct Timeline {
  /// Where a packet belongs.
  struct Place {
    var position: Int64
    /// The line was torn here: what was measured before is not to be compared.
    var isTied = false
    /// It was tied right behind its neighbour: the delays measured so far still hold.
    var isSeamless = false
    /// Another source, or the first.
    var startsStream = false
  }

  /// The end of the newest packet.
  private(set) var newestEnd: Int64 = 0

  private var ssrc: SSRC?
  private var newestPosition: Int64 = 0
  private var newestTimestamp = RTPTimestamp(rawValue: 0)
  private var newestSequence = SequenceNumber(rawValue: 0)
  private var newestArrival: Int64 = 0
  /// Which of the numbers up to `newestSequence` have come: bit 0 is itself, bit 1 the one before.
  private var seen: UInt64 = 0
  private var lateInARow = 0
  private var duration: Int64 = 0

  /// A silence may end so much sooner than its timestamps say.
  private static let leadBetweenNeighbours: Int64 = 12_000
  private static let leadAfterLoss: Int64 = 48_000
  /// An outage may have held packets for so long.
  private static let longestOutage: Int64 = 144_000
  /// Two packets so near in number are neighbours, those between them lost.
  private static let nearSteps = 1...10
  private static let neighbourTolerance: Int64 = 9_600
  private static let longestReordering: Int64 = 96_000
  private static let lateInARowToRestart = 3

  /// Finds the place of a packet of `duration` samples that came at `arrival` and can be played at `ready`, were the
  /// next packet due `target` after its position.
  func place(
    _ packet: ReceivedPacket, samplesPerTick: Int, duration: Int64, arrival: Int64, ready: Int64, target: Int64
  ) -> Place {
    guard let ssrc, ssrc == packet.ssrc else { return start(ready: ready, target: target) }
    let ticks = packet.timestamp.distance(from: newestTimestamp)
    let position = newestPosition &+ Int64(ticks * samplesPerTick)
    let steps = packet.sequence.distance(from: newestSequence)
    let isTorn =
      position <= newestPosition
      ? steps > 0 || isRestart(packet, arrival: arrival)
      : isBeyondReason(position, steps: steps, arrival: arrival)
    guard isTorn else { return Place(position: position) }
    return tie(steps: steps, duration: duration, arrival: arrival, ready: ready, target: target)
  }

  /// Takes note that the packet was taken at that place.
  mutating func accept(_ packet: ReceivedPacket, at place: Place, duration: Int64, arrival: Int64) {
    lateInARow = 0
    guard place.isTied || place.startsStream || place.position > newestPosition else {
      return markSeen(packet.sequence)
    }
    let steps = packet.sequence.distance(from: newestSequence)
    seen = place.startsStream || !(1..<64).contains(steps) ? 1 : seen << UInt64(steps) | 1
    ssrc = packet.ssrc
    newestPosition = place.position
    newestEnd = place.position &+ duration
    newestTimestamp = packet.timestamp
    newestSequence = packet.sequence
    newestArrival = arrival
    self.duration = duration
  }

  /// Takes note that the packet came after its time.
  mutating func notePassed(_ packet: ReceivedPacket) {
    lateInARow += 1
    markSeen(packet.sequence)
  }

  /// Whether a packet of that number has come lately.
  func hasSeen(_ packet: ReceivedPacket) -> Bool {
    let behind = -packet.sequence.distance(from: newestSequence)
    return packet.ssrc == ssrc && (0..<64).contains(behind) && seen >> UInt64(behind) & 1 == 1
  }

  /// Whether `position` is so far back that no reordering explains it.
  func isStale(_ position: Int64) -> Bool {
    position < newestPosition &- Self.longestReordering
  }

  private mutating func markSeen(_ sequence: SequenceNumber) {
    let behind = -sequence.distance(from: newestSequence)
    if (0..<64).contains(behind) { seen |= 1 << UInt64(behind) }
  }

  private func start(ready: Int64, target: Int64) -> Place {
    let isFirst = ssrc == nil
    let position = isFirst ? ready &- target : max(newestEnd, ready &- target)
    return Place(position: position, isTied: true, startsStream: true)
  }

  /// One after the other behind their time, while nothing else comes: a sender that has gone back.
  private func isRestart(_ packet: ReceivedPacket, arrival: Int64) -> Bool {
    lateInARow + 1 >= Self.lateInARowToRestart && !hasSeen(packet) && arrival &- newestArrival >= 2 * duration
  }

  /// Whether the time between the newest packet and this one is no gap, but a jump of timestamps.
  private func isBeyondReason(_ position: Int64, steps: Int, arrival: Int64) -> Bool {
    let gap = position &- newestEnd
    let lead = gap &- max(0, arrival &- newestArrival)
    if gap > 0, lead > (steps == 1 ? Self.leadBetweenNeighbours : Self.leadAfterLoss) { return true }
    // Timestamps that stood still while nothing was sent.
    return lead < -Self.longestOutage
  }

  private func tie(steps: Int, duration: Int64, arrival: Int64, ready: Int64, target: Int64) -> Place {
    let soonest = ready &- target
    if Self.nearSteps.contains(steps) {
      let behindNewest = newestEnd &+ Int64(steps - 1) * duration
      if abs(behindNewest &- soonest) <= Self.neighbourTolerance {
        return Place(position: behindNewest, isTied: true, isSeamless: true)
      }
    }
    return Place(position: max(newestEnd, soonest), isTied: true)
  }
}

extension Timeline {
  mutating func code(_ coder: inout CheckpointCoder) {
    var source = ssrc?.rawValue
    coder.code(&source, empty: 0) { $0.code(&$1) }
    ssrc = source.map { SSRC(rawValue: $0) }
    coder.code(time: &newestEnd)
    coder.code(time: &newestPosition)
    var (timestamp, sequence) = (newestTimestamp.rawValue, newestSequence.rawValue)
    coder.code(&timestamp)
    coder.code(&sequence)
    (newestTimestamp, newestSequence) = (RTPTimestamp(rawValue: timestamp), SequenceNumber(rawValue: sequence))
    coder.code(time: &newestArrival)
    coder.code(&seen)
    coder.code(&lateInARow, in: 0...1 << 40)
    coder.code(&duration, in: 0...Int64(OpusPacket.maximumDurationSamples))
  }
}
