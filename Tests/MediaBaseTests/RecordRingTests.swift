import MediaBase
import Testing

@Suite struct RecordRingTests {
  private struct Head: BitwiseCopyable, Sendable, Equatable {
    var number: UInt32
    var time: Int64
  }

  /// Pushes a record of `count` bytes that all tell its number.
  private func push(_ number: UInt32, bytes count: Int, to ring: RecordRing<Head>) -> Bool {
    let body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
    return ring.push(Head(number: number, time: -Int64(number)), body.span.bytes)
  }

  private func pop(_ ring: RecordRing<Head>) -> (head: Head, body: [UInt8])? {
    var result: (Head, [UInt8])?
    _ = ring.pop { head, body in result = (head, body.withUnsafeBytes { Array($0) }) }
    return result
  }

  @Test func whereThereIsRoomForAHeadItFits() {
    let ring = RecordRing<Head>(capacity: 4_096)
    var random = SeededGenerator(seed: 4)
    var refused = 0
    for number in 0..<UInt32(5_000) {
      if ring.hasRoomForHead() {
        #expect(push(number, bytes: 0, to: ring))
      } else {
        refused += 1
        #expect(!push(number, bytes: 0, to: ring))
      }
      _ = push(number, bytes: Int.random(in: 0...300, using: &random), to: ring)
      for _ in 0..<Int.random(in: 0...2, using: &random) { _ = pop(ring) }
    }
    #expect(refused > 100)
  }

  @Test func recordsOfEveryLengthComeOutWholeAndInOrderOverManyRounds() throws {
    let ring = RecordRing<Head>(capacity: 4_096)
    var pushed: UInt32 = 0
    var popped: UInt32 = 0
    var lengths: [Int] = []
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let length = Int.random(in: 0...700, using: &random)
        guard push(pushed, bytes: length, to: ring) else { break }
        lengths.append(length)
        pushed += 1
      }
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        guard let record = pop(ring) else { break }
        #expect(record.head == Head(number: popped, time: -Int64(popped)))
        #expect(record.body == [UInt8](repeating: UInt8(truncatingIfNeeded: popped), count: lengths[Int(popped)]))
        popped += 1
      }
    }
    #expect(popped > 2_000)
    while pop(ring) != nil { popped += 1 }
    #expect(popped == pushed)
  }

  @Test func whatDoesNotFitIsDroppedAndCountedAndWhatIsThereStays() {
    let ring = RecordRing<Head>(capacity: 4_096)
    var kept: UInt32 = 0
    while push(kept, bytes: 500, to: ring) { kept += 1 }
    #expect((6...8).contains(kept))
    #expect(!push(99, bytes: 5_000, to: ring), "longer than the ring")
    #expect(ring.droppedCount == 2)
    for number in 0..<kept { #expect(pop(ring)?.head.number == number) }
    #expect(pop(ring) == nil)
    #expect(push(7, bytes: 0, to: ring))
    #expect(pop(ring)?.body.isEmpty == true)
  }

  @Test func aRecordThatItsReaderThrowsAtIsNotOfferedAgain() {
    struct Refused: Error {}
    let ring = RecordRing<Head>(capacity: 4_096)
    #expect(push(1, bytes: 3, to: ring) && push(2, bytes: 3, to: ring))
    #expect(throws: Refused.self) { try ring.pop { _, _ throws(Refused) in throw Refused() } }
    #expect(pop(ring)?.head.number == 2)
  }
}
