import Conference
import Synchronization

/// Listens to a bridge's events for the most that it sheds.
final class SheddingWatch: Sendable {
  private let worst: WorstShedding
  private let reading: Task<Void, Never>

  /// Listens from now on.
  init(_ events: AsyncStream<MediaEvent>) {
    let worst = WorstShedding()
    self.worst = worst
    reading = Task {
      for await event in events {
        if case .shedding(let shedding) = event.kind { worst.note(shedding) }
      }
    }
  }

  /// Listens no more, and tells the most so far.
  func stop() -> LoadShedding {
    reading.cancel()
    return worst.value.withLock(\.self)
  }
}

private final class WorstShedding: Sendable {
  let value = Mutex(LoadShedding.none)

  func note(_ shedding: LoadShedding) {
    value.withLock { $0 = max($0, shedding) }
  }
}
