import MediaBase
import RTC
import Testing

@Suite struct SequenceValidatorTests {
  private static func verdicts(
    _ numbers: [UInt16], _ validator: inout SequenceValidator
  ) -> [SequenceValidator.Verdict] {
    numbers.map { validator.validate(SequenceNumber(rawValue: $0)) }
  }

  @Test func twoInSequenceEndTheProbation() {
    var validator = SequenceValidator()
    #expect(
      Self.verdicts([7, 9, 20, 21, 22], &validator) == [
        .probation, .probation, .probation, .started, .next(missing: 0),
      ])
    #expect(validator.expected == 2 && validator.received == 2 && validator.lost == 0)
  }

  @Test func aTrustedSourceIsTakenAtOnce() {
    var validator = SequenceValidator(minimumInSequence: 1)
    #expect(Self.verdicts([7], &validator) == [.started])
    #expect(validator.expected == 1 && validator.received == 1)
  }

  @Test func nothingIsExpectedOnProbation() {
    var validator = SequenceValidator(minimumInSequence: 3)
    #expect(Self.verdicts([7, 8], &validator) == [.probation, .probation])
    #expect(validator.expected == 0 && validator.lost == 0 && !validator.isValid)
  }

  @Test func missingAndLatePacketsAreCounted() {
    var validator = SequenceValidator(minimumInSequence: 1)
    #expect(
      Self.verdicts([10, 13, 11, 13, 12, 14], &validator)
        == [.started, .next(missing: 2), .behind, .behind, .behind, .next(missing: 0)])
    // Six came for five numbers: one twice.
    #expect(validator.expected == 5 && validator.received == 6 && validator.lost == -1)
  }

  @Test func numbersWrapAround() {
    var validator = SequenceValidator(minimumInSequence: 1)
    let verdicts = Self.verdicts([0xfffe, 0xffff, 0, 1], &validator)
    #expect(verdicts.allSatisfy { $0.isTaken })
    #expect(validator.extendedHighest == 0x1_0001)
    #expect(validator.expected == 4 && validator.lost == 0)
    // Late, from before the wrap.
    #expect(validator.validate(SequenceNumber(rawValue: 0xffff)) == .behind)
    #expect(validator.extendedHighest == 0x1_0001)
    // Missing across a wrap.
    var other = SequenceValidator(minimumInSequence: 1)
    #expect(Self.verdicts([0xfff0, 0x000f], &other) == [.started, .next(missing: 30)])
    #expect(other.lost == 30)
  }

  @Test func aLongCallCountsItsCycles() {
    var validator = SequenceValidator(minimumInSequence: 1)
    for number in 0..<200_000 { _ = validator.validate(SequenceNumber(rawValue: UInt16(truncatingIfNeeded: number))) }
    #expect(validator.extendedHighest == 199_999)
    #expect(validator.expected == 200_000 && validator.lost == 0)
  }

  /// RFC 3550 A.1: MAX_DROPOUT 3000 and MAX_MISORDER 100, at their edges.
  @Test(arguments: [
    (UInt16(2999), SequenceValidator.Verdict.next(missing: 2998)), (3000, .jump), (65_436, .jump), (65_437, .behind),
    (65_535, .behind), (0, .behind), (1, .next(missing: 0)),
  ])
  func edgesAreThoseOfTheStandard(ahead: UInt16, expected: SequenceValidator.Verdict) {
    var validator = SequenceValidator(minimumInSequence: 1)
    #expect(Self.verdicts([500, 500 &+ ahead], &validator)[1] == expected)
  }

  @Test func aRestartIsTakenAtItsSecondPacket() {
    var validator = SequenceValidator(minimumInSequence: 1)
    #expect(
      Self.verdicts([1, 2, 40_000, 40_001, 40_002], &validator)
        == [.started, .next(missing: 0), .jump, .restarted, .next(missing: 0)])
    #expect(validator.expected == 2 && validator.received == 2 && validator.extendedHighest == 40_002)
  }

  @Test func strayPacketsDoNotRestart() {
    var validator = SequenceValidator(minimumInSequence: 1)
    #expect(
      Self.verdicts([1, 40_000, 50_000, 2, 40_001], &validator)
        == [.started, .jump, .jump, .next(missing: 0), .jump])
    #expect(validator.received == 2 && validator.lost == 0)
  }

  @Test func anyNumbersLeaveTheCountsSane() {
    var random = SeededGenerator(seed: 3)
    var validator = SequenceValidator()
    var taken: Int64 = 0
    for _ in 0..<100_000 {
      let verdict = validator.validate(SequenceNumber(rawValue: .random(in: 0...0xffff, using: &random)))
      if verdict == .started || verdict == .restarted { taken = 0 }
      if verdict.isTaken { taken += 1 }
      #expect(validator.received == taken)
    }
  }
}
