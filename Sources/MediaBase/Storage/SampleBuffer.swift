/// A fixed number of float samples, 64-byte aligned and zeroed at creation.
///
/// What the hot path works in: made when a member joins, read and written through spans, freed with its owner. It never
/// grows. One owner, which may touch it from one thread at a time; access costs a bounds check a span, not a sample.
///
/// Like a pointer, and unlike an array, it is written through without being changed itself: a kernel reads one part of a
/// struct's buffers while it writes another, which exclusive access to the struct would forbid. That a part is not read
/// while it is written is up to the owner.
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
    unsafe base.deallocate()
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
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe MutableSpan(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// A part of the samples, to read.
  @inlinable @_lifetime(borrow self)
  public func span(_ range: Range<Int>) -> Span<Float> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
    let span = unsafe Span(_unsafeStart: base + range.lowerBound, count: range.count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// A part of the samples, to write.
  @inlinable @_lifetime(borrow self)
  public func mutableSpan(_ range: Range<Int>) -> MutableSpan<Float> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
    let span = unsafe MutableSpan(_unsafeStart: base + range.lowerBound, count: range.count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// One sample. In a loop, take a span once and index that.
  @inlinable public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index out of range")
      unsafe base[index] = newValue
    }
  }

  /// Sets every sample to one value.
  public func fill(_ value: Float) {
    unsafe base.update(repeating: value, count: count)
  }

  /// Sets every sample to zero.
  public func clear() {
    fill(0)
  }

  /// Copies samples to `offset` and on. They must fit.
  public func copy(_ samples: Span<Float>, at offset: Int = 0) {
    precondition(offset >= 0 && offset + samples.count <= count, "range out of bounds")
    unsafe samples.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + offset).update(from: start, count: source.count)
    }
  }

  /// Moves `length` samples from one place in the buffer to another; the places may overlap.
  public func move(from source: Int, to destination: Int, count length: Int) {
    precondition(source >= 0 && destination >= 0 && length >= 0, "range out of bounds")
    precondition(max(source, destination) + length <= count, "range out of bounds")
    unsafe (base + destination).update(from: base + source, count: length)
  }
}
