/// From floats to whole numbers: to the nearest, ties to even, saturated; not a number becomes 0.
///
/// Adding 1.5 · 2^(mantissa bits) leaves the rounded number in the low bits of the sum; it is vectorised, unlike `Int32(x)`,
/// which checks each value.
enum PCMRounding {
  /// Full scale 1.0 is 32,768. Exact: the float's 24 bits hold a 16-bit sample and its fraction.
  static func round16(_ samples: Span<Float>, to output: inout MutableSpan<Int16>) {
    precondition(output.count >= samples.count, "no room for \(samples.count) samples")
    let magic: Float = 0x1.8p23
    for index in 0..<samples.count {
      let scaled = samples[unchecked: index] * 32_768
      let number = scaled == scaled ? scaled : 0
      let limited = number > 32_767 ? 32_767 : (number < -32_768 ? -32_768 : number)
      output[unchecked: index] = Int16(truncatingIfNeeded: (limited + magic).bitPattern)
    }
  }

  /// Full scale 1.0 is 2^23, moved to the upper 24 of 32 bits as libsndfile takes it.
  static func round24(_ samples: Span<Float>, to output: inout MutableSpan<Int32>) {
    precondition(output.count >= samples.count, "no room for \(samples.count) samples")
    let magic: Double = 0x1.8p52
    for index in 0..<samples.count {
      let scaled = Double(samples[unchecked: index]) * 8_388_608
      let number = scaled == scaled ? scaled : 0
      let limited = number > 8_388_607 ? 8_388_607 : (number < -8_388_608 ? -8_388_608 : number)
      output[unchecked: index] = Int32(truncatingIfNeeded: (limited + magic).bitPattern) << 8
    }
  }
}
