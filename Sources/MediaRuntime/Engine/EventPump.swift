import Conference
import MediaBase
import Synchronization

/// Carries events from the media threads' rings to whoever listens.
///
/// A thread of its own, which sleeps until a media thread rings the bell: a room in which nothing happens wakes nobody. A
/// listener that does not keep up loses the oldest events. Safe from any thread; `stop` has to be called before the last
/// reference goes.
package final class EventPump: Sendable {
  private let listeners = EventListeners()
  private let thread: MediaThread

  /// Starts it. Whoever pushes into one of the rings rings the bell afterwards.
  package init(rings: [BoundedRing<MediaEvent>], bell: EventBell) throws(MediaRuntimeError) {
    let listeners = listeners
    thread = try MediaThread(.init(name: "events"), waker: bell.waker) { stop in
      guard var poller = try? Poller(waker: bell.waker) else { return }
      while !stop.isRequested {
        while listeners.carry(rings) {}
        bell.fallAsleep()
        if !listeners.carry(rings) { poller.wait(until: nil) }
        bell.wakeUp()
      }
      // What was told until the end.
      while listeners.carry(rings) {}
    }
  }

  /// Gives out what has been pushed until now, and ends all streams. Once.
  package func stop() {
    thread.requestStop()
    thread.join()
    listeners.finish()
  }

  /// Events from now on; none, once it has been stopped.
  package func stream() -> AsyncStream<MediaEvent> {
    listeners.stream()
  }
}

/// Who listens to events, each with a queue.
private final class EventListeners: Sendable {
  /// `nil` once it is over.
  private let listening = Mutex<[Int: AsyncStream<MediaEvent>.Continuation]?>([:])
  private let lastListener = Atomic(0)
  private static let mostHeld = 8_192

  /// Takes what the rings hold to everybody; false where they held nothing.
  func carry(_ rings: [BoundedRing<MediaEvent>]) -> Bool {
    var hasCarried = false
    for ring in rings {
      while let event = ring.pop() {
        hasCarried = true
        yield(event)
      }
    }
    return hasCarried
  }

  func stream() -> AsyncStream<MediaEvent> {
    let number = lastListener.add(1, ordering: .relaxed).newValue
    let (stream, continuation) = AsyncStream.makeStream(
      of: MediaEvent.self, bufferingPolicy: .bufferingNewest(Self.mostHeld))
    continuation.onTermination = { [weak self] _ in
      self?.listening.withLock { $0?[number] = nil }
    }
    let isListening = listening.withLock { listening in
      listening?[number] = continuation
      return listening != nil
    }
    if !isListening { continuation.finish() }
    return stream
  }

  func finish() {
    let last = listening.withLock { listening in
      defer { listening = nil }
      return listening
    }
    // Outside of the lock: a stream that ends takes itself off the list.
    for continuation in (last ?? [:]).values { continuation.finish() }
  }

  private func yield(_ event: MediaEvent) {
    listening.withLock { listening in
      for continuation in (listening ?? [:]).values { continuation.yield(event) }
    }
  }
}
