import Synchronization

/// Wakes the thread that reads the media threads' events, where it sleeps and there is something to read.
///
/// ```
///  media thread:  push, push, …  fence  asleep? ── no ─▶ nothing: it will look again before it sleeps
///                                          └───── yes ─▶ one write
///  reader:        read all ─ say "asleep" ─ fence ─ read all once more ─ wait
/// ```
/// The two fences make it impossible that both miss each other: either the media thread sees that the reader sleeps, or
/// the reader sees what was pushed. Held by both sides. Costs a media thread a fence where it has pushed something, and a
/// system call where the reader sleeps.
package final class EventBell: Sendable {
  let waker: Waker
  private let isReaderAsleep = Atomic(false)
  private let rings = Atomic(0)

  /// Of a reader who has not slept yet.
  package init() throws(MediaRuntimeError) {
    waker = try Waker()
  }

  /// How often it woke the reader.
  package var ringCount: Int { rings.load(ordering: .relaxed) }

  /// Tells that something was pushed; from any media thread, once for all that it has pushed.
  package func ring() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    guard isReaderAsleep.load(ordering: .relaxed), isReaderAsleep.exchange(false, ordering: .relaxed) else { return }
    rings.add(1, ordering: .relaxed)
    waker.wake()
  }

  /// The reader is about to wait: it has to look at all rings once more after this, before it does.
  func fallAsleep() {
    isReaderAsleep.store(true, ordering: .relaxed)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// The reader has something to do, or has been woken.
  func wakeUp() {
    isReaderAsleep.store(false, ordering: .relaxed)
  }
}
