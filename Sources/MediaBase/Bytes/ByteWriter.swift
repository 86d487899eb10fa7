/// Writes numbers, highest byte first (network order), to the front of a caller's bytes.
///
/// What does not fit is not written, and `hasOverflowed` says so from then on: a builder checks once, at its end.
/// Allocates nothing.
public struct ByteWriter: ~Copyable, ~Escapable {
  private var bytes: MutableSpan<UInt8>
  /// How many bytes have been written.
  public private(set) var count = 0
  /// Whether something did not fit.
  public private(set) var hasOverflowed = false

  /// Writes to `bytes` from their first on.
  @_lifetime(copy bytes)
  public init(_ bytes: consuming MutableSpan<UInt8>) {
    self.bytes = bytes
  }

  /// What has been written.
  public var written: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(0..<count) }
  }

  /// How many bytes still fit.
  public var remaining: Int { bytes.count - count }

  /// One byte.
  public mutating func write(_ value: UInt8) {
    guard reserve(1) else { return }
    bytes[count] = value
    count += 1
  }

  /// Two bytes.
  public mutating func write(_ value: UInt16) {
    guard reserve(2) else { return }
    bytes[count] = UInt8(truncatingIfNeeded: value >> 8)
    bytes[count + 1] = UInt8(truncatingIfNeeded: value)
    count += 2
  }

  /// Four bytes.
  public mutating func write(_ value: UInt32) {
    guard reserve(4) else { return }
    write(UInt16(truncatingIfNeeded: value >> 16))
    write(UInt16(truncatingIfNeeded: value))
  }

  /// Eight bytes.
  public mutating func write(_ value: UInt64) {
    guard reserve(8) else { return }
    write(UInt32(truncatingIfNeeded: value >> 32))
    write(UInt32(truncatingIfNeeded: value))
  }

  /// All of `more`.
  public mutating func write(_ more: Span<UInt8>) {
    guard reserve(more.count) else { return }
    for index in 0..<more.count { bytes[count + index] = more[index] }
    count += more.count
  }

  /// Writes over two bytes that stand already, such as a length that is known at the end.
  public mutating func overwrite(_ value: UInt16, at offset: Int) {
    precondition(offset >= 0 && offset + 2 <= count, "only what was written can be written over")
    bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  private mutating func reserve(_ more: Int) -> Bool {
    if hasOverflowed || more > remaining { hasOverflowed = true }
    return !hasOverflowed
  }
}
