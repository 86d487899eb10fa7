import MediaBase

/// Finds the place in a capture that several people were connected to at one time: a bridge, or an exchange.
///
/// Whoever captures there has both directions: what each person says, and the mix that each one gets, which holds the
/// others once more. Mixing all would double everybody. A place is one where streams of two or more people at the same time
/// have a stream back to where they came from. First single ports are looked at, then whole addresses; where more than one
/// place is like that, as between two exchanges, nothing can be told, and nothing is preferred.
enum BridgeSide {
  /// The place, and how many people were there; `nil` where there is none, or more than one.
  static func find(in streams: [CapturedStream]) -> (place: AddressFilter, people: Int)? {
    for hasPort in [true, false] {
      let found = places(in: streams, hasPort: hasPort)
      if found.count == 1 { return found[0] }
      if found.count > 1 { return nil }
    }
    return nil
  }

  private static func places(in streams: [CapturedStream], hasPort: Bool) -> [(place: AddressFilter, people: Int)] {
    let ways = Set(streams.map { Way($0.key.source, $0.key.destination) })
    var towards: [TransportAddress: [CapturedStream]] = [:]
    var order: [TransportAddress] = []
    for stream in streams where ways.contains(Way(stream.key.destination, stream.key.source)) {
      let place = hasPort ? stream.key.destination : stream.key.destination.withPort(0)
      // A machine that talks to itself is no place where people meet.
      if !hasPort, stream.key.source.withPort(0) == place { continue }
      if towards[place] == nil { order.append(place) }
      towards[place, default: []].append(stream)
    }
    return order.compactMap { place in
      let streams = towards[place] ?? []
      // People are told apart by their addresses where places are.
      let sources = Set(streams.map { hasPort ? $0.key.source : $0.key.source.withPort(0) })
      guard sources.count > 1, haveMet(streams, hasPort: hasPort) else { return nil }
      return (AddressFilter(place, hasPort: hasPort), sources.count)
    }
  }

  private struct Way: Hashable {
    var from: TransportAddress, to: TransportAddress
    init(_ from: TransportAddress, _ to: TransportAddress) { (self.from, self.to) = (from, to) }
  }

  /// Whether two of different sources lasted at one time for half of the shorter one.
  private static func haveMet(_ streams: [CapturedStream], hasPort: Bool) -> Bool {
    let sorted = streams.sorted { $0.first < $1.first }
    for (index, one) in sorted.enumerated() {
      for other in sorted[(index + 1)...].prefix(64) {
        let isSame =
          hasPort ? one.key.source == other.key.source : one.key.source.withPort(0) == other.key.source.withPort(0)
        let overlap = min(one.last, other.last).nanoseconds(since: max(one.first, other.first))
        let shorter = min(
          one.last.nanoseconds(since: one.first), other.last.nanoseconds(since: other.first))
        if !isSame, overlap > 0, 2 * overlap >= shorter { return true }
      }
    }
    return false
  }
}
