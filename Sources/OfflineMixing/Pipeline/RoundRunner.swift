import Dispatch
import Synchronization

/// Runs the pieces of one round on several cores and waits for all of them.
///
/// The pieces of a round touch nothing of one another's, so which core runs which, and in which order, changes nothing: a
/// mix is the same on one core and on many. Pieces are taken in the order given; put the long ones first.
struct RoundRunner {
  /// How many run at one time, 1 or more.
  let jobs: Int

  /// Runs every piece. Where several fail, throws the error of the first in order, whichever failed first in time.
  func run(_ pieces: [any RoundPiece]) throws(OfflineMixError) {
    let round = Round(pieces)
    if jobs == 1 || pieces.count < 2 {
      round.work()
    } else {
      DispatchQueue.concurrentPerform(iterations: min(jobs, pieces.count)) { _ in round.work() }
    }
    if let error = round.firstFailure { throw error }
  }

  /// The pieces of one round, shared by the threads that work on it. Safe because each piece is performed once, by whichever
  /// thread takes its number, and the round's end, which all wait for, orders one round before the next.
  private final class Round: @unchecked Sendable {
    private let pieces: [any RoundPiece]
    private let next = Atomic(0)
    private let failures = Mutex<[(index: Int, error: OfflineMixError)]>([])

    init(_ pieces: [any RoundPiece]) {
      self.pieces = pieces
    }

    /// Takes pieces until there are none left.
    func work() {
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < pieces.count else { return }
        do throws(OfflineMixError) {
          try pieces[index].perform()
        } catch {
          failures.withLock { $0.append((index, error)) }
        }
      }
    }

    var firstFailure: OfflineMixError? {
      failures.withLock { failures in failures.min { $0.index < $1.index }?.error }
    }
  }
}

/// One piece of work in a round, independent of the others in it.
protocol RoundPiece: AnyObject {
  func perform() throws(OfflineMixError)
}
