/// Bytes read as the steps of a script: what steers an entry that has a state. Behind the end every number is 0.
struct ByteScript: ~Escapable {
  private let bytes: Span<UInt8>
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  /// Little-endian.
  mutating func word() -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(byte()) << UInt32(8 * $1) }
  }

  /// The next bytes, fewer at the end.
  @_lifetime(copy self)
  mutating func take(_ count: Int) -> Span<UInt8> {
    let end = min(bytes.count, position + count)
    let taken = bytes.extracting(position..<end)
    position = end
    return taken
  }
}
