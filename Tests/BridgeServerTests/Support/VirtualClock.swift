import BridgeServer
import Foundation
import Synchronization

/// Time that passes when the test says so.
final class VirtualClock: BridgeClock {
  private let now = Mutex(Duration.seconds(1_000))

  var monotonic: Duration { now.withLock { $0 } }
  var wall: Date { Date(timeIntervalSince1970: 1_800_000_000 + monotonic / .seconds(1)) }

  func advance(bySeconds seconds: Int) {
    now.withLock { $0 += .seconds(seconds) }
  }

  /// Until the task is cancelled: what is done by the clock, the test does itself.
  func sleep(for duration: Duration) async throws {
    while true { try await Task.sleep(for: .seconds(3_600)) }
  }
}
