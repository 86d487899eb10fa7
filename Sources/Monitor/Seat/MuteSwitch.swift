import Synchronization

/// Whether a microphone is off: thrown by who sits before it, seen by the thread that sends. From any thread.
public final class MuteSwitch: Sendable {
  private let muted: Atomic<Bool>

  /// Off or on to begin with.
  public init(isMuted: Bool = false) {
    muted = Atomic(isMuted)
  }

  /// Whether it is off.
  public var isMuted: Bool { muted.load(ordering: .relaxed) }

  /// The other way from now on; returns whether it is off then.
  @discardableResult
  public func toggle() -> Bool {
    let isMuted = !isMuted
    muted.store(isMuted, ordering: .relaxed)
    return isMuted
  }
}
