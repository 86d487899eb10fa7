import MediaBase

/// What one leg's stream towards the bridge has done: which packets belong to it, how many are missing, how unevenly they
/// come, and the report block that says so to its sender (RFC 3550, 6.4.1).
///
/// A leg sends one stream at a time. Another SSRC is another stream: it is taken once its own probation has ended without a
/// packet of the present one in between, so that a stray packet cannot break a call, and a restarted phone is heard again
/// after two. Belongs to its leg and is touched by the leg's thread; a value of fixed size; costs some nanoseconds a packet.
public struct ReceptionStatistics: Sendable {
  /// What a packet is.
  public enum Arrival: Hashable, Sendable {
    /// It belongs to the stream.
    case packet(SequenceValidator.Verdict)
    /// The first packet of a stream: of the leg's first one, or of one with another SSRC that takes its place.
    case newSource
    /// Not taken: of another source, or of a stream that is still on probation.
    case refused
  }

  /// Ticks a second of the stream's timestamps.
  public let clockRate: Int
  /// Whose packets are taken; `nil` before the first.
  public private(set) var source: SSRC?
  /// Packets taken since the leg began, from all its sources.
  public private(set) var packetsReceived: UInt64 = 0
  /// Bytes of payload taken since the leg began.
  public private(set) var payloadBytesReceived: UInt64 = 0
  /// Packets that were refused since the leg began.
  public private(set) var packetsRefused: UInt64 = 0

  /// Sequence and loss of the present stream.
  public private(set) var sequence: SequenceValidator
  /// Jitter of the present stream.
  public private(set) var jitter: InterarrivalJitter

  private let minimumInSequence: Int
  /// A source on probation, and packets of yet others that came since its last.
  private var candidate: (source: SSRC, sequence: SequenceValidator, strangers: Int)?
  /// Lost by streams that are over.
  private var lostBefore: Int64 = 0
  private var expectedPrior: Int64 = 0
  private var receivedPrior: Int64 = 0
  private var lastSenderReport: (middle: UInt32, time: PacketTime)?

  /// Nothing received. `minimumInSequence` is as for `SequenceValidator`.
  public init(clockRate: Int, minimumInSequence: Int = 2) {
    self.clockRate = clockRate
    self.minimumInSequence = minimumInSequence
    sequence = SequenceValidator(minimumInSequence: minimumInSequence)
    jitter = InterarrivalJitter(clockRate: clockRate)
  }

  /// Takes a packet in; it is to be used where the answer is `newSource`, or a verdict that is taken.
  public mutating func receive(_ header: RTPHeader, at now: PacketTime) -> Arrival {
    let arrival = header.ssrc == source ? follow(header) : consider(header)
    switch arrival {
    case .refused, .packet(.probation), .packet(.jump):
      packetsRefused += 1
    case .newSource, .packet:
      packetsReceived += 1
      payloadBytesReceived += UInt64(header.payload.count)
      jitter.note(header.timestamp, at: now)
    }
    return arrival
  }

  private mutating func follow(_ header: RTPHeader) -> Arrival {
    candidate = nil
    let lost = sequence.lost
    let verdict = sequence.validate(header.sequenceNumber)
    if verdict == .restarted { beginStream(lostBefore: lost) }
    return .packet(verdict)
  }

  /// Judges a packet of a source that is not the present one.
  private mutating func consider(_ header: RTPHeader) -> Arrival {
    var probe = SequenceValidator(minimumInSequence: minimumInSequence)
    if let candidate {
      if candidate.source == header.ssrc {
        probe = candidate.sequence
      } else if candidate.strangers == 0, minimumInSequence > 1 {
        // One stranger does not end another's probation, or two who send by turns would never be heard.
        self.candidate?.strangers = 1
        return .refused
      }
    }
    guard probe.validate(header.sequenceNumber) == .started else {
      candidate = (header.ssrc, probe, 0)
      return .refused
    }
    beginStream(lostBefore: sequence.lost)
    candidate = nil
    source = header.ssrc
    sequence = probe
    lastSenderReport = nil
    return .newSource
  }

  private mutating func beginStream(lostBefore lost: Int64) {
    lostBefore += lost
    expectedPrior = 0
    receivedPrior = 0
    jitter.restart()
  }

  /// Packets missing since the leg began; shrinks when a late one comes.
  public var packetsLost: Int64 { lostBefore + sequence.lost }
}

extension ReceptionStatistics {
  /// Notes that a sender report came, so that the next report block lets its sender find the round trip. Reports of another
  /// source are passed over.
  public mutating func noteSenderReport(from sender: SSRC, time: NTPTimestamp, at now: PacketTime) {
    guard sender == source else { return }
    lastSenderReport = (time.middle, now)
  }

  /// The report block on the present stream, and the beginning of the next interval; `nil` before the first packet.
  public mutating func takeReportBlock(at now: PacketTime) -> RTCPReportBlock? {
    guard let source else { return nil }
    defer {
      expectedPrior = sequence.expected
      receivedPrior = sequence.received
    }
    return RTCPReportBlock(
      source: source, fractionLost: fractionLost(), packetsLost: Self.saturated24(sequence.lost),
      extendedHighest: sequence.extendedHighest, jitterTicks: jitter.ticks,
      lastSenderReport: lastSenderReport?.middle ?? 0, delaySinceLastSenderReport: delaySinceSenderReport(at: now))
  }

  /// RFC 3550 A.3: in 1/256, and 0 where more came than was expected.
  private func fractionLost() -> UInt8 {
    let expected = sequence.expected - expectedPrior
    let lost = expected - (sequence.received - receivedPrior)
    guard expected > 0, lost > 0 else { return 0 }
    return UInt8(min(255, lost * 256 / expected))
  }

  /// RFC 3550 A.3: within 24 bits, with its sign.
  private static func saturated24(_ value: Int64) -> Int32 {
    Int32(max(-0x80_0000, min(0x7f_ffff, value)))
  }

  /// In 1/65536 s; 0 where no report came.
  private func delaySinceSenderReport(at now: PacketTime) -> UInt32 {
    guard let lastSenderReport else { return 0 }
    return NTPTimestamp.shortUnits(ofNanoseconds: now.nanoseconds(since: lastSenderReport.time))
  }
}

extension ReceptionStatistics {
  /// Which packets are taken: counts and reports are not carried over.
  package mutating func code(_ coder: inout CheckpointCoder) {
    var ssrc = source?.rawValue
    coder.code(&ssrc, empty: 0) { $0.code(&$1) }
    source = ssrc.map { SSRC(rawValue: $0) }
    sequence.code(&coder)
    // A source on probation would be that of a leg that takes no packet at once: a room's take their first one.
    candidate = nil
  }
}
