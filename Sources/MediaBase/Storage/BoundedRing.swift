import Synchronization

/// A queue of fixed size from one thread to another, without a lock: neither ever waits for the other.
///
/// What media threads talk through: events and recorded packets out, commands in. Where it is full, what comes is dropped
/// and counted. Exactly one thread pushes and one pops at a time; other threads may ask `droppedCount`. Memory is allocated
/// by `init`; a push or pop costs a few nanoseconds, and what an element's own copies cost.
public final class BoundedRing<Element: ~Copyable & Sendable>: @unchecked Sendable {
  /// The most elements it holds: a power of two.
  public let capacity: Int

  private let elements: UnsafeMutablePointer<Element>
  private let mask: Int

  // Both count up for ever; the difference is what waits. Each side keeps what it saw last of the other, and looks again
  // only where that is not enough, or every push and pop would fetch the other core's cache line. So the fields of the
  // two sides stand on lines of their own.
  private let padding0: CacheLinePadding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  private let pushed = Atomic(0)
  private let dropped = Atomic(0)
  private var poppedAsPusherKnows = 0
  private let padding1: CacheLinePadding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  private let popped = Atomic(0)
  private var pushedAsPopperKnows = 0
  private let padding2: CacheLinePadding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

  /// Room for `capacity` elements, rounded up to a power of two.
  public init(capacity: Int) {
    precondition(capacity > 0 && capacity <= 1 << 32, "a ring cannot hold \(capacity) elements")
    self.capacity = capacity == 1 ? 1 : 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
    mask = self.capacity - 1
    elements = .allocate(capacity: self.capacity)
  }

  deinit {
    while pop() != nil {}
    elements.deallocate()
  }

  /// Puts an element at the end; false, and the element dropped and counted, where it is full. One thread only.
  @discardableResult
  public func push(_ element: consuming Element) -> Bool {
    let end = pushed.load(ordering: .relaxed)
    if end &- poppedAsPusherKnows == capacity {
      poppedAsPusherKnows = popped.load(ordering: .acquiring)
      guard end &- poppedAsPusherKnows < capacity else {
        dropped.add(1, ordering: .relaxed)
        return false
      }
    }
    (elements + (end & mask)).initialize(to: element)
    pushed.store(end &+ 1, ordering: .releasing)
    return true
  }

  /// Takes the oldest element; `nil` where it is empty. One thread only.
  public func pop() -> Element? {
    let start = popped.load(ordering: .relaxed)
    if start == pushedAsPopperKnows {
      pushedAsPopperKnows = pushed.load(ordering: .acquiring)
      guard start != pushedAsPopperKnows else { return nil }
    }
    let element = (elements + (start & mask)).move()
    popped.store(start &+ 1, ordering: .releasing)
    return element
  }

  /// Elements pushed since `init`, without those dropped. For the thread that pushes.
  public var pushedCount: Int { pushed.load(ordering: .relaxed) }

  /// Elements dropped since `init` because it was full.
  public var droppedCount: Int { dropped.load(ordering: .relaxed) }
}

/// 128 bytes: two cache lines, since they are fetched in pairs.
private typealias CacheLinePadding = (
  Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64
)
