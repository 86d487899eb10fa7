import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, or an end asked for by the system: noted, so that the work can stop where it leaves nothing half-done.
///
/// The second one ends the program at once. A signal that whoever started the program had it ignore stays ignored: `nohup`,
/// or a job in the background.
final class Interruption: Sendable {
  private let requested = Flag()
  private let sources: Sources

  /// Listens from now on, as long as it lives.
  init() {
    let requested = self.requested
    sources = Sources(
      [SIGINT, SIGTERM, SIGHUP].filter(Self.isWanted).map { number in
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          if requested.raise() { _exit(128 + number) }
        }
        source.resume()
        return source
      })
  }

  /// Takes a signal away from its default, which ends the program; false if it was ignored already.
  private static func isWanted(_ number: Int32) -> Bool {
    var before = sigaction()
    sigaction(number, nil, &before)
    let wasIgnored = unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
    if !wasIgnored { signal(number, SIG_IGN) }
    return !wasIgnored
  }

  /// Whether it was asked to stop.
  var isRequested: Bool { requested.isRaised }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    /// Raises it; whether it was raised before.
    func raise() -> Bool { value.exchange(true, ordering: .relaxed) }
  }

  /// Dispatch's sources may be used from any thread.
  private struct Sources: @unchecked Sendable {
    let all: [any DispatchSourceSignal]
    init(_ all: [any DispatchSourceSignal]) { self.all = all }
  }
}
