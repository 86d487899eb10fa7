import Foundation

/// What time it is, for the control side: a protocol, so that a test can have its own time.
public protocol BridgeClock: Sendable {
  /// Time that never jumps, from any zero.
  var monotonic: Duration { get }
  /// Time of day, for people.
  var wall: Date { get }
  /// Sleeps until that long has passed. Throws when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// The system's clocks.
public struct SystemClock: BridgeClock {
  private static let zero = ContinuousClock.now

  /// The system's.
  public init() {
    _ = Self.zero
  }

  /// Since the first use.
  public var monotonic: Duration { ContinuousClock.now - Self.zero }
  /// The system's time of day.
  public var wall: Date { Date.now }

  /// Sleeps on the system's clock.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration)
  }
}
