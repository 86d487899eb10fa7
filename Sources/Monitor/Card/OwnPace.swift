import MediaBase

/// When the next period of a device without a clock is due, by ours: for ALSA's `null` and `file`, and where there is no
/// device at all.
///
/// Owned by a card's thread; a value that knows no clock. Where the thread was held up for over 100 ms it goes on from now,
/// as a card does after an xrun, and counts it.
package struct OwnPace {
  /// How often it fell behind.
  package private(set) var restarts = 0

  private var start: PacketTime?
  private var frames: Int64 = 0

  private static let longestDelay: Int64 = 100_000_000

  package init() {}

  /// Moves on by so many frames; returns when the device would be ready for the next ones.
  package mutating func advance(by count: Int, now: PacketTime) -> PacketTime {
    guard let start else { return restart(count, at: now) }
    frames += Int64(count)
    let due = start.advanced(byNanoseconds: frames * 1_000_000_000 / Int64(AudioRate.samplesPerSecond))
    guard now.nanoseconds(since: due) < Self.longestDelay else {
      restarts += 1
      return restart(count, at: now)
    }
    return due
  }

  /// Notes that somebody else keeps time now.
  package mutating func rest() {
    start = nil
  }

  private mutating func restart(_ count: Int, at now: PacketTime) -> PacketTime {
    start = now
    frames = Int64(count)
    return now.advanced(byNanoseconds: frames * 1_000_000_000 / Int64(AudioRate.samplesPerSecond))
  }
}
