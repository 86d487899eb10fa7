extension MutableSpan where Element: BitwiseCopyable {
  /// Copies elements to `offset` and on. They must fit.
  @inlinable public mutating func copy(_ elements: Span<Element>, at offset: Int) {
    precondition(offset >= 0 && offset + elements.count <= count, "range out of bounds")
    unsafe elements.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe withUnsafeMutableBufferPointer { destination in
        unsafe (destination.baseAddress! + offset).update(from: start, count: source.count)
      }
    }
  }
}
