/// Checks a room's PIN, and makes guessing slow: after three wrong ones in a row each next try must wait, first one
/// second, then twice as long each time, at most a minute.
///
/// The wait is the room's, not a caller's: whoever guesses can come from anywhere. Driven by the time that it is given.
package struct PINGate: Sendable {
  /// What came of a try.
  package enum Answer: Equatable {
    case right
    case wrong
    /// Not even looked at: so many seconds are left.
    case mustWait(seconds: Int)
  }

  private var wrongInARow = 0
  private var closedUntil = Duration.zero

  /// Tries without a wait.
  static let freeTries = 3
  /// The longest wait.
  static let longestWaitSeconds = 60

  /// No wrong try yet.
  package init() {}

  /// One try at a time.
  package mutating func check(_ given: String?, against pin: String?, at now: Duration) -> Answer {
    guard let pin else { return .right }
    guard now >= closedUntil else {
      return .mustWait(seconds: max(1, Int((closedUntil - now).components.seconds) + 1))
    }
    if ConstantTime.areEqual(Array((given ?? "").utf8), Array(pin.utf8), over: RoomRules.pinLengths.upperBound) {
      wrongInARow = 0
      return .right
    }
    // None given is no guess.
    if given == nil { return .wrong }
    wrongInARow += 1
    if wrongInARow >= Self.freeTries {
      closedUntil = now + .seconds(min(Self.longestWaitSeconds, 1 << min(wrongInARow - Self.freeTries, 6)))
    }
    return .wrong
  }
}
