import Synchronization

/// A queue of records of any length from one thread to another, without a lock: neither ever waits for the other.
///
/// What a media thread hands packets and sound over in. Where it is full, the record that comes is dropped and counted.
/// Exactly one thread pushes and one pops at a time; other threads may ask `droppedCount`. Memory is allocated by `init`;
/// a push costs the copy of its bytes.
///
///     | UInt64: bytes of the record | head | body | to the next multiple of 8 |
///
/// A record lies in one piece: where it would reach over the end of the memory, the rest of it is passed over (`skipped`).
public final class RecordRing<Head: BitwiseCopyable & Sendable>: @unchecked Sendable {
  /// Bytes that it holds, lengths and filling included: a power of two.
  public let capacity: Int

  private let base: UnsafeMutableRawPointer
  private let mask: Int
  // Both count bytes up for ever; the difference is what waits.
  private let pushed = Atomic(0)
  private let popped = Atomic(0)
  private let dropped = Atomic(0)

  private static var alignment: Int { 16 }
  private static var lengthBytes: Int { MemoryLayout<UInt64>.size }
  private static var headOffset: Int { max(lengthBytes, MemoryLayout<Head>.alignment) }
  private static var headEnd: Int { headOffset + MemoryLayout<Head>.stride }
  /// Stands for a length where the next record is at the beginning.
  private static var skipped: UInt64 { .max }

  /// Room for `capacity` bytes, rounded up to a power of two.
  public init(capacity: Int) {
    precondition(capacity > 0 && capacity <= 1 << 32, "a ring cannot hold \(capacity) bytes")
    self.capacity = max(4096, 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount))
    mask = self.capacity - 1
    base = .allocate(byteCount: self.capacity, alignment: 64)
  }

  deinit {
    base.deallocate()
  }

  /// Whether a record without a body fits: it is counted as dropped where not, and fits until the next push where it does.
  /// On the thread that pushes.
  public func hasRoomForHead() -> Bool {
    let size = (Self.headEnd + Self.alignment - 1) / Self.alignment * Self.alignment
    let end = pushed.load(ordering: .relaxed)
    let toEnd = capacity - end & mask
    guard end &- popped.load(ordering: .acquiring) + size + (size > toEnd ? toEnd : 0) <= capacity else {
      dropped.add(1, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Puts a record at the end; false, and the record dropped and counted, where it does not fit. One thread only.
  @discardableResult
  public func push(_ head: Head, _ body: RawSpan = RawSpan()) -> Bool {
    let length = Self.headEnd + body.byteCount
    let size = (length + Self.alignment - 1) / Self.alignment * Self.alignment
    var end = pushed.load(ordering: .relaxed)
    let toEnd = capacity - end & mask
    let padding = size > toEnd ? toEnd : 0
    guard size <= capacity / 2, end &- popped.load(ordering: .acquiring) + size + padding <= capacity else {
      dropped.add(1, ordering: .relaxed)
      return false
    }
    if padding > 0 {
      (base + end & mask).storeBytes(of: Self.skipped, as: UInt64.self)
      end &+= padding
    }
    let place = base + end & mask
    place.storeBytes(of: UInt64(length), as: UInt64.self)
    (place + Self.headOffset).storeBytes(of: head, as: Head.self)
    body.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      (place + Self.headEnd).copyMemory(from: source, byteCount: bytes.count)
    }
    pushed.store(end &+ size, ordering: .releasing)
    return true
  }

  /// Takes the oldest record, whose bytes are lent for the time of the call; false where there is none. One thread only.
  public func pop<Failure: Error>(_ take: (Head, RawSpan) throws(Failure) -> Void) throws(Failure) -> Bool {
    var start = popped.load(ordering: .relaxed)
    guard start != pushed.load(ordering: .acquiring) else { return false }
    if (base + start & mask).load(as: UInt64.self) == Self.skipped { start &+= capacity - start & mask }
    let place = base + start & mask
    let length = Int(place.load(as: UInt64.self))
    let size = (length + Self.alignment - 1) / Self.alignment * Self.alignment
    // Also where it throws: a record that could not be used is not offered again.
    defer { popped.store(start &+ size, ordering: .releasing) }
    let body = UnsafeRawBufferPointer(start: place + Self.headEnd, count: length - Self.headEnd)
    try take((place + Self.headOffset).load(as: Head.self), body.bytes)
    return true
  }

  /// Records dropped since `init` because it was full.
  public var droppedCount: Int { dropped.load(ordering: .relaxed) }
}
