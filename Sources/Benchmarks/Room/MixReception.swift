import MediaBase

/// What every leg got of its mix: packets and their distances in time, while it was measured.
///
/// Times are the kernel's, so that a generator that reads late measures no worse. Filled by the generator's thread.
package struct MixReception: Sendable {
  /// One leg's packets.
  package struct Leg: Sendable {
    /// Packets of the measured time, without those that came twice or out of order.
    package var received = 0
    /// Times that the sequence number went on by more than one, and the numbers left out.
    package var gaps = 0, missing = 0
    fileprivate var lastArrival: PacketTime?
    fileprivate var lastSequence: SequenceNumber?
  }

  /// Begin and end of the measured time.
  let begin: PacketTime, end: PacketTime
  /// By the leg's number.
  package private(set) var legs: [Leg]
  /// From each packet to the next of the same leg.
  package private(set) var intervals = DurationHistogram()

  /// Nothing received yet.
  package init(legs count: Int, begin: PacketTime, end: PacketTime) {
    legs = Array(repeating: Leg(), count: count)
    self.begin = begin
    self.end = end
  }

  /// Notes a packet of a leg's mix.
  package mutating func note(leg: Int, arrival: PacketTime, sequence: SequenceNumber) {
    let step = legs[leg].lastSequence.map { sequence.distance(from: $0) } ?? 1
    guard step > 0 else { return }
    let last = legs[leg].lastArrival
    legs[leg].lastSequence = sequence
    legs[leg].lastArrival = arrival
    guard arrival >= begin, arrival < end else { return }
    legs[leg].received += 1
    if step > 1 {
      legs[leg].gaps += 1
      legs[leg].missing += step - 1
    }
    if let last { intervals.note(nanoseconds: arrival.nanoseconds(since: last)) }
  }

  /// Packets that each leg should have got: one every 20 ms.
  package var expectedPerLeg: Int { Int((end.nanoseconds(since: begin) + 10_000_000) / 20_000_000) }
}
