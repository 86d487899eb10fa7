/// Places for elements that come and go, each known by its place's number as long as it is there.
///
/// What a room keeps its members in: an element is made in its place, changed there and taken out of it, and may be one
/// that cannot be copied. Allocates when it is made or enlarged. One owner, which may touch it from one thread at a time.
public struct SlotArray<Element: ~Copyable>: ~Copyable {
  @usableFromInline private(set) var base: UnsafeMutablePointer<Element>
  @usableFromInline private(set) var taken: UnsafeMutablePointer<Bool>

  /// How many places there are.
  public private(set) var capacity: Int
  /// How many of them are taken.
  public private(set) var count = 0

  /// So many free places; may be 0.
  public init(capacity: Int) {
    precondition(capacity >= 0, "an array cannot hold \(capacity) elements")
    self.capacity = capacity
    base = .allocate(capacity: capacity)
    taken = .allocate(capacity: capacity)
    unsafe taken.initialize(repeating: false, count: capacity)
  }

  deinit {
    for index in 0..<capacity where unsafe taken[index] {
      unsafe (base + index).deinitialize(count: 1)
    }
    unsafe base.deallocate()
    unsafe taken.deallocate()
  }

  /// Makes room for `capacity` elements; those that are there keep their places. Allocates.
  public mutating func enlarge(to capacity: Int) {
    guard capacity > self.capacity else { return }
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    let flags = UnsafeMutablePointer<Bool>.allocate(capacity: capacity)
    unsafe flags.initialize(repeating: false, count: capacity)
    for index in 0..<self.capacity where unsafe taken[index] {
      unsafe (larger + index).initialize(to: (base + index).move())
      unsafe flags[index] = true
    }
    unsafe base.deallocate()
    unsafe taken.deallocate()
    base = larger
    taken = flags
    self.capacity = capacity
  }

  /// Whether an element is in that place.
  @inlinable public func isTaken(_ index: Int) -> Bool {
    precondition(index >= 0 && index < capacity, "index out of range")
    return unsafe taken[index]
  }

  /// The first free place; `nil` where all are taken.
  public var firstFree: Int? {
    for index in 0..<capacity where unsafe !taken[index] { return index }
    return nil
  }

  /// Puts an element into a free place.
  public mutating func insert(_ element: consuming Element, at index: Int) {
    precondition(!isTaken(index), "place \(index) is taken")
    unsafe (base + index).initialize(to: element)
    unsafe taken[index] = true
    count += 1
  }

  /// Takes an element out of its place.
  @discardableResult
  public mutating func remove(at index: Int) -> Element {
    precondition(isTaken(index), "place \(index) is empty")
    unsafe taken[index] = false
    count -= 1
    return unsafe (base + index).move()
  }

  /// The element in a place that is taken, to read or to change there.
  @inlinable public subscript(index: Int) -> Element {
    _read {
      precondition(isTaken(index), "place is empty")
      yield unsafe base[index]
    }
    _modify {
      precondition(isTaken(index), "place is empty")
      yield unsafe &base[index]
    }
  }
}
