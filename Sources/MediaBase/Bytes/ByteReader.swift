/// Reads numbers, highest byte first (network order), from the front of some bytes.
///
/// What every parser of packets reads with: each read checks that the bytes are there and gives `nil` where they are not,
/// so that no packet can make one read beyond its end. Allocates nothing.
public struct ByteReader: ~Escapable {
  private let bytes: Span<UInt8>
  /// Where the next byte is read.
  public private(set) var position = 0

  /// Reads `bytes` from their first on.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
  }

  /// How many bytes are left.
  public var remaining: Int { bytes.count - position }

  /// The next byte.
  public mutating func readUInt8() -> UInt8? {
    guard remaining >= 1 else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next two bytes.
  public mutating func readUInt16() -> UInt16? {
    guard remaining >= 2 else { return nil }
    defer { position += 2 }
    return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
  }

  /// The next three bytes.
  public mutating func readUInt24() -> UInt32? {
    guard remaining >= 3 else { return nil }
    defer { position += 3 }
    return UInt32(bytes[position]) << 16 | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2])
  }

  /// The next four bytes.
  public mutating func readUInt32() -> UInt32? {
    guard remaining >= 4, let high = readUInt16(), let low = readUInt16() else { return nil }
    return UInt32(high) << 16 | UInt32(low)
  }

  /// The next eight bytes.
  public mutating func readUInt64() -> UInt64? {
    guard remaining >= 8, let high = readUInt32(), let low = readUInt32() else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }

  /// Passes over `count` bytes; false, and nothing passed, where there are fewer.
  public mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, count <= remaining else { return false }
    position += count
    return true
  }

  /// The next `count` bytes.
  @_lifetime(copy self)
  public mutating func readBytes(_ count: Int) -> Span<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    let start = position
    position += count
    return bytes.extracting(start..<start + count)
  }
}
