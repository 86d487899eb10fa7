/// A fixed number of elements in one block of memory, made at creation and changed in place.
///
/// What the hot path keeps its members in: it never grows by itself (`enlarge` is for joins), copies nothing when an element is changed, and holds elements
/// that may not be copied. One owner, which may touch it from one thread at a time; an access costs one bounds check.
public struct FixedArray<Element: ~Copyable>: ~Copyable {
  @usableFromInline private(set) var base: UnsafeMutablePointer<Element>

  /// How many elements it holds.
  public private(set) var count: Int

  /// Makes each element by its index. `count` may be 0.
  public init(count: Int, _ makeElement: (Int) -> Element) {
    precondition(count >= 0, "an array cannot hold \(count) elements")
    self.count = count
    base = .allocate(capacity: count)
    for index in 0..<count {
      unsafe (base + index).initialize(to: makeElement(index))
    }
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe base.deallocate()
  }

  /// Moves all elements to a block for `count` of them, and makes the further ones by their index. Allocates.
  public mutating func enlarge(to count: Int, _ makeElement: (Int) -> Element) {
    guard count > self.count else { return }
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: count)
    unsafe larger.moveInitialize(from: base, count: self.count)
    for index in self.count..<count {
      unsafe (larger + index).initialize(to: makeElement(index))
    }
    unsafe base.deallocate()
    base = larger
    self.count = count
  }

  /// The element at `index`, to read or to change in place.
  @inlinable public subscript(index: Int) -> Element {
    _read {
      precondition(index >= 0 && index < count, "index out of range")
      yield unsafe base[index]
    }
    _modify {
      precondition(index >= 0 && index < count, "index out of range")
      yield unsafe &base[index]
    }
  }
}

extension FixedArray where Element: BitwiseCopyable {
  /// A part of the elements, to read.
  @inlinable @_lifetime(borrow self)
  public func span(_ range: Range<Int>) -> Span<Element> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
    let span = unsafe Span(_unsafeStart: base + range.lowerBound, count: range.count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// A part of the elements, to write.
  @inlinable @_lifetime(&self)
  public mutating func mutableSpan(_ range: Range<Int>) -> MutableSpan<Element> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
    let span = unsafe MutableSpan(_unsafeStart: base + range.lowerBound, count: range.count)
    return unsafe _overrideLifetime(span, mutating: &self)
  }
}
