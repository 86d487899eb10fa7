import MediaBase
import OfflineMixing
import Testing

@Suite("The pieces of a round")
struct RoundRunnerTests {
  @Test(arguments: [1, 2, 4, 16])
  func areEachPerformedOnce(_ jobs: Int) throws {
    for count in [0, 1, 2, 3, 50] {
      let pieces = (0..<count).map { Piece($0, fails: false) }
      try RoundRunner(jobs: jobs).run(pieces)
      #expect(pieces.allSatisfy { $0.performed == 1 })
    }
  }

  @Test(arguments: [1, 2, 4])
  func throwTheFirstErrorInOrderWhicheverFailedFirst(_ jobs: Int) {
    var chance = SeededGenerator(seed: 2)
    for _ in 0..<300 {
      let pieces = (0..<20).map { Piece($0, fails: Int.random(in: 0..<5, using: &chance) == 0) }
      let first = pieces.firstIndex { $0.fails }
      var thrown: Int?
      do throws(OfflineMixError) {
        try RoundRunner(jobs: jobs).run(pieces)
      } catch {
        if case .noSuchChannel(_, let number, _) = error { thrown = number }
      }
      #expect(thrown == first)
      #expect(pieces.allSatisfy { $0.performed == 1 })
    }
  }

  private final class Piece: RoundPiece {
    let number: Int
    let fails: Bool
    private(set) var performed = 0

    init(_ number: Int, fails: Bool) {
      self.number = number
      self.fails = fails
    }

    func perform() throws(OfflineMixError) {
      performed += 1
      if fails { throw .noSuchChannel(file: "", channel: number, channels: 0) }
    }
  }
}
