extension MutableSpan<Float> {
  /// Copies samples to `offset` and on. They must fit.
  public mutating func copy(_ samples: Span<Float>, at offset: Int) {
    precondition(offset >= 0 && offset + samples.count <= count, "range out of bounds")
    unsafe samples.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe withUnsafeMutableBufferPointer { destination in
        unsafe (destination.baseAddress! + offset).update(from: start, count: source.count)
      }
    }
  }
}
