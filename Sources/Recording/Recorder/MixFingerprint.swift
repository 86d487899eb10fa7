/// A number that tells one mix from any other: FNV-1a of 64 bits over the bits of all its samples, in order.
///
/// Written beside a recording, so that a replay can say whether its mix is the live one, sample for sample. Not for secrets:
/// whoever wants to can make another mix of the same number.
public struct MixFingerprint: Hashable, Sendable {
  /// The number so far.
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Of no samples.
  public init() {}

  /// Takes further samples.
  public mutating func note(_ samples: Span<Float>) {
    for index in samples.indices {
      value = (value ^ UInt64(samples[index].bitPattern)) &* 0x100_0000_01b3
    }
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
