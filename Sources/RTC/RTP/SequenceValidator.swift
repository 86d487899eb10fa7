import MediaBase

/// Tells a source's packets from stray ones by their sequence numbers, and counts what was to be expected of it (RFC 3550
/// A.1 and A.3).
///
/// A source is on probation until so many packets came in sequence. From then on, a packet up to 3,000 ahead is taken,
/// with the ones between missing; up to 100 behind, it is late or came twice; anything else is a jump. The packet after a
/// jump shows whether the source restarted. A value of its stream's owner; costs a few comparisons a packet.
public struct SequenceValidator: Hashable, Sendable {
  /// What a packet is by its sequence number.
  public enum Verdict: Hashable, Sendable {
    /// Not taken: the source has not shown enough packets in sequence.
    case probation
    /// Taken: the first of a source that was on probation.
    case started
    /// Taken: the highest so far; those between it and the one before are missing for now.
    case next(missing: Int)
    /// Taken: behind the highest, late or twice.
    case behind
    /// Not taken: too far away, until the next one shows that the source restarted.
    case jump
    /// Taken: the second in sequence after a jump; counts begin again.
    case restarted

    /// Whether the packet belongs to the stream.
    public var isTaken: Bool { self != .probation && self != .jump }
  }

  /// RFC 3550 A.1: a minute of audio at 20 ms, and 2 seconds.
  static let mostMissing = 3000, mostBehind = 100

  private let minimumInSequence: Int
  /// Packets in sequence that are still wanted before the source is taken; `nil` before its first.
  private var probation: Int?
  private var first: UInt16 = 0
  private var highest: UInt16 = 0
  /// How often the numbers have wrapped around.
  private var cycles: Int64 = 0
  /// The number that would tell a restart, after a jump.
  private var expectedAfterJump: UInt16?

  /// Packets taken since the stream started or restarted; late ones and duplicates count (RFC 3550, 6.4.1).
  public private(set) var received: Int64 = 0

  /// One for a source of which nothing has come. `minimumInSequence` packets in sequence end its probation: 2 by RFC 3550
  /// A.1; 1 takes the first packet, for a source that is known by its address or keys.
  public init(minimumInSequence: Int = 2) {
    precondition(minimumInSequence >= 1, "a source is taken with its first packet at the earliest")
    self.minimumInSequence = minimumInSequence
  }

  /// Whether the source has been taken.
  public var isValid: Bool { probation == 0 }

  /// Judges the next packet.
  public mutating func validate(_ number: SequenceNumber) -> Verdict {
    guard probation == 0 else { return probe(number.rawValue) }
    let ahead = number.rawValue &- highest
    if ahead == 0 {
      received += 1
      return .behind
    }
    if Int(ahead) < Self.mostMissing { return advance(to: number.rawValue, by: Int(ahead)) }
    // RFC 3550 A.1: udelta <= RTP_SEQ_MOD - MAX_MISORDER.
    if Int(ahead) <= 65_536 - Self.mostBehind { return jump(to: number.rawValue) }
    received += 1
    return .behind
  }

  private mutating func probe(_ number: UInt16) -> Verdict {
    let isInSequence = probation != nil && number == highest &+ 1
    let wanted = (isInSequence ? probation ?? minimumInSequence : minimumInSequence) - 1
    highest = number
    probation = wanted
    guard wanted == 0 else { return .probation }
    start(at: number)
    return .started
  }

  private mutating func start(at number: UInt16) {
    first = number
    highest = number
    cycles = 0
    received = 1
    expectedAfterJump = nil
  }

  private mutating func advance(to number: UInt16, by ahead: Int) -> Verdict {
    if number < highest { cycles += 1 }
    highest = number
    received += 1
    expectedAfterJump = nil
    return .next(missing: ahead - 1)
  }

  private mutating func jump(to number: UInt16) -> Verdict {
    guard number == expectedAfterJump else {
      expectedAfterJump = number &+ 1
      return .jump
    }
    start(at: number)
    return .restarted
  }

  /// The highest sequence number received with the wraps counted above it, as reports have it (RFC 3550, 6.4.1).
  public var extendedHighest: UInt32 {
    UInt32(truncatingIfNeeded: cycles) << 16 | UInt32(highest)
  }

  /// Packets that should have come since the stream started or restarted (RFC 3550 A.3).
  public var expected: Int64 {
    isValid ? cycles * 65_536 + Int64(highest) - Int64(first) + 1 : 0
  }

  /// Packets missing since then: less than none where some came twice.
  public var lost: Int64 { expected - received }
}

extension SequenceValidator {
  mutating func code(_ coder: inout CheckpointCoder) {
    coder.code(&probation, empty: 0) { $0.code(&$1, in: 0...16) }
    coder.code(&first)
    coder.code(&highest)
    coder.code(&cycles, in: 0...1 << 40)
    coder.code(&expectedAfterJump, empty: 0) { $0.code(&$1) }
    coder.code(&received, in: 0...1 << 60)
  }
}
