/// A-law, one sample at a time (ITU-T G.711, tables 1a and 1b; ITU-T G.191, `alaw_compress` and `alaw_expand`).
///
///      7 6 5 4 3 2 1 0
///     +-+-----+-------+
///     |s| exp | mant  |      every other bit inverted on the line: ^ 0x55
///     +-+-----+-------+
///
/// s: 1 for 0 and above. A magnitude has 12 bits: linear in the two lowest segments, then each is twice as coarse.
enum ALaw {
  @inline(__always)
  static func code(of sample: Int16) -> UInt8 {
    // One's complement of what is below zero: 0…2047.
    let magnitude = UInt16(bitPattern: sample ^ (sample >> 15)) >> 4
    // Segments 0 and 1 share a step: 32 there shifts by nothing.
    let shift = 16 - (magnitude | 31).leadingZeroBitCount - 5
    let exponent = UInt16(truncatingIfNeeded: shift) + (magnitude > 15 ? 1 : 0)
    let mantissa = (magnitude >> UInt16(truncatingIfNeeded: shift)) & 15
    let sign: UInt16 = sample >= 0 ? 0x80 : 0
    return UInt8(truncatingIfNeeded: sign | exponent << 4 | mantissa) ^ 0x55
  }

  @inline(__always)
  static func sample(of code: UInt8) -> Int16 {
    let plain = code ^ 0x55
    let exponent = Int16(plain >> 4 & 7)
    let mantissa = Int16(plain & 15) | (exponent > 0 ? 16 : 0)
    let magnitude = (mantissa &<< 4 | 8) &<< (exponent > 1 ? exponent &- 1 : 0)
    return plain & 0x80 != 0 ? magnitude : 0 &- magnitude
  }
}
