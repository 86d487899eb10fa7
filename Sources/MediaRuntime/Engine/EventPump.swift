import Conference
import MediaBase
import Synchronization

/// Carries events from the media threads' rings to whoever listens.
///
/// A task that looks every 10 ms, since a media thread must not stop to wake anybody. A listener that does not keep up
/// loses the oldest events.
final class EventPump: Sendable {
  /// `nil` once it has been stopped.
  private let listeners = Mutex<[Int: AsyncStream<MediaEvent>.Continuation]?>([:])
  private let lastListener = Atomic(0)
  private let task: Mutex<Task<Void, Never>?>
  private static let mostHeld = 8_192

  init(rings: [BoundedRing<MediaEvent>]) {
    task = Mutex(nil)
    task.withLock { task in
      task = Task { [weak self] in
        while !Task.isCancelled {
          for ring in rings {
            while let event = ring.pop() { self?.yield(event) }
          }
          try? await Task.sleep(for: .milliseconds(10))
        }
      }
    }
  }

  func stop() {
    task.withLock { $0?.cancel() }
    let listening = listeners.withLock { listeners in
      defer { listeners = nil }
      return listeners
    }
    // Outside of the lock: a stream that ends takes itself off the list.
    for continuation in (listening ?? [:]).values { continuation.finish() }
  }

  /// Events from now on; none, once it has been stopped.
  func stream() -> AsyncStream<MediaEvent> {
    let number = lastListener.add(1, ordering: .relaxed).newValue
    let (stream, continuation) = AsyncStream.makeStream(
      of: MediaEvent.self, bufferingPolicy: .bufferingNewest(Self.mostHeld))
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { $0?[number] = nil }
    }
    let isListening = listeners.withLock { listeners in
      listeners?[number] = continuation
      return listeners != nil
    }
    if !isListening { continuation.finish() }
    return stream
  }

  private func yield(_ event: MediaEvent) {
    listeners.withLock { listeners in
      for continuation in (listeners ?? [:]).values { continuation.yield(event) }
    }
  }
}
