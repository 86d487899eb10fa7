/// FINGERPRINT (RFC 8489, 14.7): tells STUN from what else comes at a port.
enum STUNFingerprint {
  private static let mask: UInt32 = 0x5354_554e

  /// Its value behind those bytes.
  static func value(of message: Span<UInt8>) -> UInt32 {
    crc32(message) ^ mask
  }

  /// CRC-32 of ITU-T V.42, lowest bit first.
  private static func crc32(_ bytes: Span<UInt8>) -> UInt32 {
    let table = Self.table
    var register: UInt32 = 0xffff_ffff
    for index in bytes.indices {
      register = table.span[Int(UInt8(truncatingIfNeeded: register) ^ bytes[index])] ^ register >> 8
    }
    return ~register
  }

  private static let table = InlineArray<256, UInt32> { index in
    var entry = UInt32(index)
    for _ in 0..<8 { entry = entry & 1 == 1 ? entry >> 1 ^ 0xedb8_8320 : entry >> 1 }
    return entry
  }
}
