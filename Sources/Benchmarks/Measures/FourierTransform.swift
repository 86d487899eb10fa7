#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A complex Fourier transform of a power of two, radix 2, in place. Tables are made once; one owner.
struct FourierTransform {
  let size: Int
  private let cosines: [Double]
  private let sines: [Double]

  init(size: Int) {
    precondition(size > 1 && size & (size - 1) == 0, "the transform's size is a power of two")
    self.size = size
    cosines = (0..<size / 2).map { cos(2 * .pi * Double($0) / Double(size)) }
    sines = (0..<size / 2).map { -sin(2 * .pi * Double($0) / Double(size)) }
  }

  /// Transforms `size` complex values.
  func transform(_ real: inout MutableSpan<Double>, _ imaginary: inout MutableSpan<Double>) {
    reorder(&real, &imaginary)
    var length = 2
    while length <= size {
      let half = length / 2
      let stride = size / length
      for start in Swift.stride(from: 0, to: size, by: length) {
        for index in 0..<half {
          let c = cosines[index * stride]
          let s = sines[index * stride]
          let low = start + index
          let high = low + half
          let turnedReal = real[high] * c - imaginary[high] * s
          let turnedImaginary = real[high] * s + imaginary[high] * c
          real[high] = real[low] - turnedReal
          imaginary[high] = imaginary[low] - turnedImaginary
          real[low] += turnedReal
          imaginary[low] += turnedImaginary
        }
      }
      length *= 2
    }
  }

  /// Bit-reversed order.
  private func reorder(_ real: inout MutableSpan<Double>, _ imaginary: inout MutableSpan<Double>) {
    var reversed = 0
    for index in 1..<size {
      var bit = size >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if index < reversed {
        real.swapAt(index, reversed)
        imaginary.swapAt(index, reversed)
      }
    }
  }
}
