import MediaBase

/// How long to wait before the next attempt at something that failed: a quarter of a second, then twice as long each time,
/// up to eight seconds.
///
/// For a sound card that is busy or unplugged, and for a bridge that restarts. A value of whoever tries.
public struct RetryPause: Sendable {
  /// When the next attempt may be made; `nil` at once.
  public private(set) var nextAttempt: PacketTime?

  private var milliseconds = firstMilliseconds
  private static let firstMilliseconds = 250
  private static let longestMilliseconds = 8_000

  /// Nothing failed yet.
  public init() {}

  /// Whether it is time.
  public func isOver(at now: PacketTime) -> Bool {
    nextAttempt.map { now >= $0 } ?? true
  }

  /// Notes that an attempt failed.
  public mutating func noteFailure(at now: PacketTime) {
    nextAttempt = now.advanced(byMilliseconds: milliseconds)
    milliseconds = min(2 * milliseconds, Self.longestMilliseconds)
  }

  /// Notes that it works again.
  public mutating func noteSuccess() {
    self = RetryPause()
  }
}
