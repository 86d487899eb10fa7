import Foundation
import Synchronization

/// Raised by the signal handler, and never lowered.
private let requested = Atomic(false)

/// Ctrl-C, or an end asked for by the system: noted, so that the work can stop where it leaves nothing half-done.
///
/// The second one ends the program at once. A signal that whoever started the program had it ignore stays ignored: `nohup`,
/// or a job in the background. (Dispatch's signal sources begin to listen some time after they are made; a signal in
/// between was lost.)
struct Interruption {
  /// Listens from now on, until the program's end.
  init() {
    // Made here, not first within the handler.
    _ = requested.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] where !Self.isIgnored(number) {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        // Nothing else may be done in a signal handler than what the two of them do.
        if requested.exchange(true, ordering: .relaxed) { _exit(128 + number) }
      }
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Whether it was asked to stop.
  var isRequested: Bool { requested.load(ordering: .relaxed) }
}
