/// A fixed number of float samples, 64-byte aligned and zeroed at creation.
///
/// What the hot path works in: made when a member joins, read and written through spans, freed with its owner. It never
/// grows. One owner, which may touch it from one thread at a time; access costs a bounds check a span, not a sample.
public struct SampleBuffer: ~Copyable {
  @usableFromInline let base: UnsafeMutablePointer<Float>

  /// How many samples it holds, all channels together.
  public let count: Int

  /// A cache line, and enough for any SIMD register.
  @usableFromInline static let alignment = 64

  /// Room for `count` samples, zeroed. `count` may be 0.
  public init(count: Int) {
    precondition(count >= 0, "a sample buffer cannot hold \(count) samples")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
    base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit {
    base.deallocate()
  }

  /// All samples, to read.
  @inlinable public var span: Span<Float> {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe Span(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// All samples, to write.
  @inlinable public var mutableSpan: MutableSpan<Float> {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableSpan(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Sets every sample to zero.
  public mutating func clear() {
    base.update(repeating: 0, count: count)
  }
}
