/// µ-law, one sample at a time (ITU-T G.711, tables 2a and 2b; ITU-T G.191, `ulaw_compress` and `ulaw_expand`).
///
///      7 6 5 4 3 2 1 0
///     +-+-----+-------+
///     |s| exp | mant  |      exp and mant inverted on the line; s: 1 for 0 and above
///     +-+-----+-------+
///
/// A magnitude has 13 bits. With 33 added to it, the highest bit that is set is the exponent and the next four the mantissa.
enum MuLaw {
  /// Makes every segment start at a power of two.
  private static var bias: UInt16 { 33 }

  @inline(__always)
  static func code(of sample: Int16) -> UInt8 {
    // One's complement of what is below zero, over four: 0…8191.
    let magnitude = min((UInt16(bitPattern: sample ^ (sample >> 15)) >> 2) + bias, 0x1FFF)
    let exponent = UInt16(truncatingIfNeeded: 16 - magnitude.leadingZeroBitCount - 6)
    let mantissa = (magnitude >> (exponent + 1)) & 15
    let sign: UInt16 = sample >= 0 ? 0x80 : 0
    return UInt8(truncatingIfNeeded: sign | (7 - exponent) << 4 | (15 - mantissa))
  }

  @inline(__always)
  static func sample(of code: UInt8) -> Int16 {
    let plain = ~code
    let exponent = Int32(plain >> 4 & 7)
    let mantissa = Int32(plain & 15)
    let magnitude = (mantissa &<< 3 &+ 132) &<< exponent &- 132
    return Int16(truncatingIfNeeded: code & 0x80 != 0 ? magnitude : 0 &- magnitude)
  }
}
