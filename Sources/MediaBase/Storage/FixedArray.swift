/// A fixed number of elements in one block of memory, made at creation and changed in place.
///
/// What the hot path keeps its members in: it never grows, copies nothing when an element is changed, and holds elements
/// that may not be copied. One owner, which may touch it from one thread at a time; an access costs one bounds check.
public struct FixedArray<Element: ~Copyable>: ~Copyable {
  @usableFromInline let base: UnsafeMutablePointer<Element>

  /// How many elements it holds.
  public let count: Int

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
