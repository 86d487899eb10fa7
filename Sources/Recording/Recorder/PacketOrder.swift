import MediaBase

/// Puts a leg's packets into the order in which they were sent, and drops what came twice or too late.
///
/// ```
/// packets as they came ─▶ held until the ones before are there, 200 ms at the most ─▶ in order
/// ```
/// What a recorder of a leg needs: it may wait, unlike a jitter buffer, and plays nothing. A plain value of its owner's; holds
/// at most 64 packets.
package struct PacketOrder {
  /// A packet with what is needed to put it in its place.
  package struct Packet: Equatable {
    package var sequence: SequenceNumber
    package var timestamp: RTPTimestamp
    package var ssrc: SSRC
    package var arrival: PacketTime
    package var payload: [UInt8]

    package init(
      sequence: SequenceNumber, timestamp: RTPTimestamp, ssrc: SSRC, arrival: PacketTime, payload: [UInt8]
    ) {
      self.sequence = sequence
      self.timestamp = timestamp
      self.ssrc = ssrc
      self.arrival = arrival
      self.payload = payload
    }
  }

  /// Nothing has come yet.
  package init() {}

  /// What came too late, or twice.
  package private(set) var droppedCount = 0

  private var held: [Packet] = []
  private var last: (sequence: SequenceNumber, ssrc: SSRC)?

  private static let longestWaitNanoseconds: Int64 = 200_000_000
  private static let mostHeld = 64
  /// A jump of the numbers that is no reordering: the sender began again.
  private static let longestStep = 3_000

  /// Takes a packet; gives those whose turn has come.
  package mutating func insert(_ packet: Packet) -> [Packet] {
    if let last, last.ssrc != packet.ssrc || abs(packet.sequence.distance(from: last.sequence)) > Self.longestStep {
      let rest = removeAll()
      self.last = nil
      return rest + insert(packet)
    }
    guard last.map({ packet.sequence.distance(from: $0.sequence) > 0 }) ?? true,
      !held.contains(where: { $0.sequence == packet.sequence })
    else {
      droppedCount += 1
      return []
    }
    let place = held.firstIndex { $0.sequence.distance(from: packet.sequence) > 0 } ?? held.count
    held.insert(packet, at: place)
    return release(at: packet.arrival)
  }

  /// All that is still held, at the end.
  package mutating func removeAll() -> [Packet] {
    defer { held = [] }
    if let packet = held.last { last = (packet.sequence, packet.ssrc) }
    return held
  }

  private mutating func release(at now: PacketTime) -> [Packet] {
    var ready: [Packet] = []
    while let first = held.first {
      let isNext = last.map { first.sequence.distance(from: $0.sequence) == 1 } ?? true
      let isOverdue = now.nanoseconds(since: first.arrival) > Self.longestWaitNanoseconds || held.count > Self.mostHeld
      guard isNext || isOverdue else { break }
      ready.append(held.removeFirst())
      last = (first.sequence, first.ssrc)
    }
    return ready
  }
}
