import Synchronization

/// How a sound card is doing, as its thread writes it and any thread may read it.
public final class CardCounts: Sendable {
  private let open = Atomic(false)
  private let missed = Atomic(0)

  init() {}

  /// Whether the device is there.
  public var isOpen: Bool { open.load(ordering: .relaxed) }

  /// How often its buffer ran dry or over, or a device without a clock was served too late.
  public var xruns: Int { missed.load(ordering: .relaxed) }

  func note(isOpen: Bool, xruns: Int) {
    open.store(isOpen, ordering: .relaxed)
    missed.store(xruns, ordering: .relaxed)
  }
}
