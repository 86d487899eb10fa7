import MediaBase

/// Makes one clock, which never goes back, of the times in a capture, which may.
///
/// Times in a file come from a wall clock that is set, from several interfaces, or from nowhere. Packets a little out of
/// order come at the time of the one before. Where the time leaps, forwards over an hour or backwards over a second, the
/// line is tied together again, with 20 ms between: an hour in which nothing was captured holds no call, and one wrong number
/// must not put all that follows out of place. The same times give the same line. A plain value.
struct CaptureTimeline {
  /// How often the line was tied together again.
  private(set) var leaps = 0

  private var now = PacketTime(nanoseconds: 0)
  /// What is taken off the file's times; `nil` before the first.
  private var offset: Int64?

  static let longestPause: Int64 = 3_600_000_000_000
  static let longestStepBack: Int64 = 1_000_000_000
  private static let step: Int64 = 20_000_000

  /// The place of the next packet, whose time in the file is this: nanoseconds from the capture's first packet on.
  mutating func place(_ nanoseconds: Int64) -> PacketTime {
    guard let offset else {
      self.offset = nanoseconds
      return now
    }
    let since = nanoseconds &- offset &- now.nanoseconds
    if since > Self.longestPause || since < -Self.longestStepBack {
      leaps += 1
      now = now.advanced(byNanoseconds: Self.step)
      self.offset = nanoseconds &- now.nanoseconds
    } else if since > 0 {
      now = now.advanced(byNanoseconds: since)
    }
    return now
  }
}
