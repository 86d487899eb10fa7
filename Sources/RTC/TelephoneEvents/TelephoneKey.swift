/// A key of a telephone: 0 to 9, `*`, `#`, A to D (RFC 4733, 3.2: DTMF events 0 to 15).
public struct TelephoneKey: Hashable, Sendable, CaseIterable {
  /// Its event code, 0 to 15.
  public let code: UInt8

  /// The key of an event code; `nil` above 15: hook flash, fax and modem tones are no keys.
  public init?(code: UInt8) {
    guard code < 16 else { return nil }
    self.code = code
  }

  /// The key with that sign, A to D in either case.
  public init?(_ sign: Unicode.Scalar) {
    switch sign {
    case "0"..."9": code = UInt8(sign.value) - 0x30
    case "*": code = 10
    case "#": code = 11
    case "A"..."D": code = UInt8(sign.value) - 0x41 + 12
    case "a"..."d": code = UInt8(sign.value) - 0x61 + 12
    default: return nil
    }
  }

  /// What is written on it.
  public var sign: Unicode.Scalar {
    switch code {
    case 0...9: Unicode.Scalar(0x30 + code)
    case 10: "*"
    case 11: "#"
    default: Unicode.Scalar(0x41 + code - 12)
    }
  }

  /// All sixteen.
  public static var allCases: [TelephoneKey] { (0..<16).compactMap { TelephoneKey(code: $0) } }
}
