import MediaBase
import RTC

/// Which stream a packet belongs to: whose source it bears, on the way from one address to another.
public struct StreamKey: Sendable, Hashable {
  /// From where.
  public var source: TransportAddress
  /// To where.
  public var destination: TransportAddress
  /// Whose.
  public var ssrc: SSRC

  /// One with these fields.
  public init(source: TransportAddress, destination: TransportAddress, ssrc: SSRC) {
    self.source = source
    self.destination = destination
    self.ssrc = ssrc
  }
}

/// An RTP stream found in a capture, and what was counted of it.
///
/// A value of fixed size, of the `StreamFinder` that found it.
public struct CapturedStream: Sendable {
  /// How many packets of a payload type came.
  public struct TypeCount: Sendable, Hashable {
    /// 0 to 127.
    public var type: Int
    /// At least 1.
    public var packets: Int
  }

  /// Between whom, and whose.
  public let key: StreamKey
  /// Packets, duplicates and those cut short among them.
  public private(set) var packets = 0
  /// Packets that came again, as where a capture sees them on two interfaces.
  public private(set) var duplicates = 0
  /// Packets that the capture kept the front of only: they cannot be decoded.
  public private(set) var cutShort = 0
  /// When the first and the last one came, from the capture's first packet on.
  public private(set) var first: PacketTime, last: PacketTime
  /// Payload types in the order that they came in; the first `mostTypes`.
  public private(set) var types: [TypeCount] = []
  /// What the payloads look like.
  private(set) var evidence = PayloadEvidence()

  private var reception: ReceptionStatistics
  private var highest: SequenceNumber?
  /// Which numbers up to `highest` came: bit 0 is itself.
  private var seen: UInt64 = 0

  /// More payload types in one stream are no stream of a call.
  static let mostTypes = 8
  /// RFC 3550 A.1 asks for 2 in sequence, of a port that media are expected on. Here nothing is known of a port.
  private static let leastInSequence = 4

  init(_ key: StreamKey, at time: PacketTime) {
    self.key = key
    (first, last) = (time, time)
    // The clock does not matter: jitter is not read from here.
    reception = ReceptionStatistics(clockRate: 8_000, minimumInSequence: Self.leastInSequence)
  }

  /// Whether enough packets came in order that it can be no accident.
  public var isCertain: Bool { reception.source != nil }

  /// Packets that are missing by their numbers (RFC 3550 A.3).
  public var lost: Int64 { max(0, reception.packetsLost) }

  /// The payload type of most packets.
  public var mainType: Int? { types.max { $0.packets < $1.packets }?.type }

  /// Counts a packet, and looks at it where it is whole.
  mutating func note(_ header: RTPHeader, payload: Span<UInt8>, isWhole: Bool, at time: PacketTime) {
    packets += 1
    last = max(last, time)
    if !isWhole { cutShort += 1 }
    // One that came twice says nothing of order, and may not fill a gap.
    if isDuplicate(header.sequenceNumber) { duplicates += 1 } else { _ = reception.receive(header, at: time) }
    if let index = types.firstIndex(where: { $0.type == header.payloadType }) {
      types[index].packets += 1
    } else if types.count < Self.mostTypes {
      types.append(TypeCount(type: header.payloadType, packets: 1))
    }
    guard isWhole else { return }
    evidence.note(
      payload, type: header.payloadType, sequence: header.sequenceNumber, timestamp: header.timestamp)
  }

  private mutating func isDuplicate(_ number: SequenceNumber) -> Bool {
    guard let highest else {
      (self.highest, seen) = (number, 1)
      return false
    }
    let ahead = number.distance(from: highest)
    if ahead > 0 {
      seen = ahead < 64 ? seen << UInt64(ahead) | 1 : 1
      self.highest = number
      return false
    }
    guard ahead > -64 else { return false }
    let bit = UInt64(1) << UInt64(-ahead)
    defer { seen |= bit }
    return seen & bit != 0
  }
}
