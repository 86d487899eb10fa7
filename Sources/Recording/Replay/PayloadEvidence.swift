import AudioCodecs
import MediaBase

/// What the payloads of a stream look like, without decoding: whether they are what their payload type says, or encrypted.
///
/// In G.711 a payload has as many bytes as its timestamp steps on; encrypted, it has 4 to 16 more. In Opus the first bytes
/// are few different ones, for they tell mode and length; encrypted, they are any. A value of fixed size, made from the
/// first `mostSamples` packets of a stream.
struct PayloadEvidence {
  /// Packets looked at.
  private(set) var samples = 0
  /// Neighbours in sequence of one payload type, and those of them whose length is their step on G.711's clock, and on
  /// Opus's.
  private(set) var pairs = 0, g711Pairs = 0, opusPairs = 0
  private var firstBytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var last: (sequence: SequenceNumber, timestamp: RTPTimestamp, type: Int, g711: Int, opus: Int)?

  private static let mostSamples = 256
  /// Fewer prove nothing.
  private static let leastSamples = 48

  /// Looks at a packet.
  mutating func note(
    _ payload: Span<UInt8>, type: Int, sequence: SequenceNumber, timestamp: RTPTimestamp
  ) {
    guard samples < Self.mostSamples, !payload.isEmpty else { return }
    samples += 1
    insertFirstByte(payload[0])
    if let last, last.type == type, sequence == last.sequence.advanced(by: 1) {
      let step = timestamp.distance(from: last.timestamp)
      pairs += 1
      if step == last.g711 { g711Pairs += 1 }
      if step == last.opus { opusPairs += 1 }
    }
    let opus = (try? OpusPacket(inspecting: payload))?.durationSamples ?? -1
    last = (sequence, timestamp, type, payload.count, opus)
  }

  private mutating func insertFirstByte(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte % 64)
    switch byte / 64 {
    case 0: firstBytes.0 |= bit
    case 1: firstBytes.1 |= bit
    case 2: firstBytes.2 |= bit
    default: firstBytes.3 |= bit
    }
  }

  /// How many different first bytes were seen.
  var differentFirstBytes: Int {
    firstBytes.0.nonzeroBitCount + firstBytes.1.nonzeroBitCount + firstBytes.2.nonzeroBitCount
      + firstBytes.3.nonzeroBitCount
  }

  /// Whether there is enough to go by.
  private var isEnough: Bool { samples >= Self.leastSamples && pairs >= Self.leastSamples / 2 }

  /// Whether first bytes are as different as chance makes them: of 256 drawn, 162 are different; of 48, 44.
  var looksRandom: Bool {
    samples >= Self.leastSamples && differentFirstBytes * 2 > min(samples, 256)
  }

  /// Whether it cannot be plain G.711.
  var isNotG711: Bool { isEnough && g711Pairs * 4 < pairs }

  /// Whether it reads as Opus.
  var isOpus: Bool { pairs >= 8 && !looksRandom && opusPairs * 4 > pairs * 3 }

  /// Whether it reads as G.711.
  var isG711: Bool { pairs >= 8 && g711Pairs * 4 > pairs * 3 }
}
