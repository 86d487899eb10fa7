import MediaBase
import Synchronization

/// Commands from any thread towards one media thread: senders wait for each other a moment, the receiver for nobody.
///
/// Bounded: where it is full a command is refused, and counted. Its memory is allocated by `init`. A command that holds
/// objects gives its references to the receiver; the last of them should not be let go there, since that frees memory.
public final class CommandQueue<Command: Sendable>: Sendable {
  private let ring: BoundedRing<Command>
  /// Held by whoever sends; whether nobody may any more.
  private let isClosed = Mutex(false)

  /// Room for at least `capacity` commands.
  public init(capacity: Int) {
    ring = BoundedRing(capacity: capacity)
  }

  /// What became of a command that was to be sent.
  public enum Sending: Sendable, Hashable {
    /// It stands at the end.
    case sent
    /// There is no room for it now.
    case full
    /// Nobody receives any more.
    case closed
  }

  /// Puts a command at the end, from any thread.
  public func send(_ command: Command) -> Sending {
    isClosed.withLock { isClosed in
      if isClosed { return .closed }
      return ring.push(command) ? .sent : .full
    }
  }

  /// Takes no more commands; those that were sent before can still be received. From any thread.
  public func close() {
    isClosed.withLock { $0 = true }
  }

  /// The oldest command, on the one thread that receives; `nil` where there is none.
  public func receive() -> Command? {
    ring.pop()
  }

  /// Commands refused since `init`.
  public var refusedCount: Int { ring.droppedCount }
}
