import Foundation
import Synchronization

/// Runs the pieces of one round on several cores and waits for all of them.
///
/// The pieces of a round touch nothing of one another's, so which core runs which, and in which order, changes nothing: a
/// mix is the same on one core and on many. Pieces are taken in the order given; put the long ones first.
///
/// Its threads live as long as it does and sleep between rounds. (Dispatch's `concurrentPerform` was tried: on a busy
/// machine its threads came so late that one core did most of the work.)
package final class RoundRunner {
  private let crew: Crew
  private let hasHelpers: Bool

  /// - Parameter jobs: how many pieces run at one time, the caller's thread included; 1 or more.
  package init(jobs: Int) {
    crew = Crew()
    hasHelpers = jobs > 1
    for number in 1..<max(1, jobs) {
      let thread = Thread { [crew] in crew.help() }
      thread.name = "mix \(number)"
      thread.start()
    }
  }

  deinit {
    crew.dismiss()
  }

  /// Runs every piece. Where several fail, throws the error of the first in order, whichever failed first in time.
  package func run(_ pieces: [any RoundPiece]) throws(OfflineMixError) {
    let round = Round(pieces)
    if hasHelpers && pieces.count > 1 {
      crew.run(round)
    } else {
      _ = round.work()
    }
    if let error = round.firstFailure { throw error }
  }
}

/// One piece of work in a round, independent of the others in it.
package protocol RoundPiece: AnyObject {
  func perform() throws(OfflineMixError)
}

/// The threads' meeting point. Safe because all that changes, changes under the condition's lock.
private final class Crew: @unchecked Sendable {
  private let condition = NSCondition()
  private var round: Round?
  private var isDismissed = false

  /// Works on a round with whoever comes to help, until every piece of it is done.
  func run(_ round: Round) {
    condition.lock()
    self.round = round
    condition.broadcast()
    condition.unlock()
    let done = round.work()
    condition.lock()
    round.done += done
    while round.done < round.count { condition.wait() }
    self.round = nil
    condition.unlock()
  }

  /// What a thread does until it is dismissed.
  func help() {
    condition.lock()
    while !isDismissed {
      guard let round, round.hasWork else {
        condition.wait()
        continue
      }
      condition.unlock()
      let done = round.work()
      condition.lock()
      round.done += done
      if round.done == round.count { condition.broadcast() }
    }
    condition.unlock()
  }

  func dismiss() {
    condition.lock()
    isDismissed = true
    condition.broadcast()
    condition.unlock()
  }
}

/// The pieces of one round, shared by the threads that work on it. Safe because each piece is performed once, by whichever
/// thread takes its number, `done` changes under the crew's lock alone, and the round's end, which all wait for, orders one
/// round before the next.
private final class Round: @unchecked Sendable {
  let count: Int
  /// Pieces performed, as far as the crew has been told.
  var done = 0

  private let pieces: [any RoundPiece]
  private let next = Atomic(0)
  private let failures = Mutex<[(index: Int, error: OfflineMixError)]>([])

  init(_ pieces: [any RoundPiece]) {
    self.pieces = pieces
    count = pieces.count
  }

  /// Whether there are pieces that nobody has taken.
  var hasWork: Bool { next.load(ordering: .relaxed) < count }

  /// Takes pieces until there are none left; returns how many it performed.
  func work() -> Int {
    var performed = 0
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return performed }
      do throws(OfflineMixError) {
        try pieces[index].perform()
      } catch {
        failures.withLock { $0.append((index, error)) }
      }
      performed += 1
    }
  }

  var firstFailure: OfflineMixError? {
    failures.withLock { failures in failures.min { $0.index < $1.index }?.error }
  }
}
