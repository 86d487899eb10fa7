import MediaBase
import RTC

/// SRTP at the load's end of each leg that sends or is listened to; without a suite, packets pass as they are.
///
/// Makes all contexts at once. One owner, one thread.
struct LoadEncryption: ~Copyable {
  private var contexts: SlotArray<SRTPContext>

  init(_ suite: SRTPKeys.Suite?, legs: some Sequence<Int>) {
    contexts = SlotArray(capacity: (legs.max() ?? -1) + 1)
    guard let suite else { return }
    for leg in legs where !contexts.isTaken(leg) {
      let bridge = Self.keys(suite, ofLeg: leg)
      guard let keys = SRTPKeys(suite: suite, send: bridge.receive, receive: bridge.send),
        let context = try? SRTPContext(keys)
      else { preconditionFailure("the bridge has made as many contexts") }
      contexts.insert(context, at: leg)
    }
  }

  /// What the bridge has: another key for each leg and direction. No secrets: the load is on this machine.
  static func keys(_ suite: SRTPKeys.Suite, ofLeg leg: Int) -> SRTPKeys {
    func key(_ direction: UInt8) -> [UInt8] {
      [direction, UInt8(truncatingIfNeeded: leg), UInt8(truncatingIfNeeded: leg >> 8)]
        + [UInt8](repeating: 7, count: suite.keyAndSaltBytes - 3)
    }
    guard let keys = SRTPKeys(suite: suite, send: key(0), receive: key(1)) else {
      preconditionFailure("made to measure")
    }
    return keys
  }

  /// Protects a packet of `count` bytes; returns its new length, and 0 where there is no room for it.
  mutating func protect(_ packet: inout MutableSpan<UInt8>, count: Int, ofLeg leg: Int) -> Int {
    guard leg < contexts.capacity, contexts.isTaken(leg) else { return count }
    return (try? contexts[leg].protect(&packet, count: count)) ?? 0
  }

  /// Reads a packet that came to a leg; returns its new length, and 0 where it is not the bridge's.
  mutating func unprotect(_ packet: inout MutableSpan<UInt8>, ofLeg leg: Int) -> Int {
    guard leg < contexts.capacity, contexts.isTaken(leg) else { return packet.count }
    return (try? contexts[leg].unprotect(&packet, count: packet.count)) ?? 0
  }
}
