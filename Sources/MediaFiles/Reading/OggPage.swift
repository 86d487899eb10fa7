/// One page of an Ogg stream (RFC 3533, 6), found in bytes that may hold anything.
///
///      0               1               2               3
///     |'O'            |'g'            |'g'            |'S'            |
///     | version = 0   | header type   | granule position (64 bits)    :
///     :                                               |
///     | serial number                 | page sequence number          |
///     | CRC-32                        | segments N    | N lacing values …
///
/// Pure: it reads a span and nothing else. Used to tell what an Ogg file holds and whether its last page says that it is
/// the last; decoding is libopusfile's and libvorbis's. Fields are little-endian.
package struct OggPage: Equatable {
  /// The most bytes that a page can have: 27 of header, 255 lacing values, 255 segments of 255 bytes.
  package static let longest = 27 + 255 + 255 * 255

  /// The logical stream it belongs to.
  package var serial: UInt32
  /// Its number in that stream, from 0.
  package var sequence: UInt32
  /// Where its last packet ends; -1 if no packet ends on it.
  package var granule: Int64
  /// The stream begins here.
  package var isFirst: Bool
  /// The stream ends here.
  package var isLast: Bool
  /// Bytes of header and lacing values.
  package var headerSize: Int
  /// Bytes altogether.
  package var size: Int

  /// The whole, undamaged page that begins at `offset`; `nil` if there is none.
  package init?(at offset: Int, in bytes: Span<UInt8>) {
    guard offset >= 0, bytes.count >= 27, offset <= bytes.count - 27 else { return nil }
    guard ForeignContent.has("OggS", at: offset, in: bytes), bytes[offset + 4] == 0 else { return nil }
    let segments = Int(bytes[offset + 26])
    guard offset + 27 + segments <= bytes.count else { return nil }
    var body = 0
    for index in 0..<segments { body += Int(bytes[offset + 27 + index]) }
    headerSize = 27 + segments
    size = headerSize + body
    guard offset + size <= bytes.count else { return nil }
    let flags = bytes[offset + 5]
    isFirst = flags & 2 != 0
    isLast = flags & 4 != 0
    granule = Int64(truncatingIfNeeded: Self.number(at: offset + 6, bytes: 8, in: bytes))
    serial = UInt32(truncatingIfNeeded: Self.number(at: offset + 14, bytes: 4, in: bytes))
    sequence = UInt32(truncatingIfNeeded: Self.number(at: offset + 18, bytes: 4, in: bytes))
    let checksum = UInt32(truncatingIfNeeded: Self.number(at: offset + 22, bytes: 4, in: bytes))
    guard checksum == Self.checksum(of: offset..<(offset + size), in: bytes) else { return nil }
  }

  /// Whether one of the streams that begin at the front of `bytes` is Opus.
  package static func startsOpus(in bytes: Span<UInt8>) -> Bool {
    var offset = 0
    while let page = OggPage(at: offset, in: bytes), page.isFirst {
      if ForeignContent.has("OpusHead", at: offset + page.headerSize, in: bytes) { return true }
      offset += page.size
    }
    return false
  }

  /// The last whole page of stream `serial` (of any stream, if `nil`) in the tail of a file.
  package static func last(of serial: UInt32?, in tail: Span<UInt8>) -> OggPage? {
    var offset = tail.count - 27
    while offset >= 0 {
      if let page = OggPage(at: offset, in: tail), serial == nil || page.serial == serial { return page }
      offset -= 1
    }
    return nil
  }

  private static func number(at offset: Int, bytes count: Int, in bytes: Span<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    return value
  }

  /// The CRC of a page, with its own field taken as 0 (RFC 3533, 6, field 7).
  package static func checksum(of range: Range<Int>, in bytes: Span<UInt8>) -> UInt32 {
    var crc: UInt32 = 0
    for index in range {
      let place = index - range.lowerBound
      let byte = (22..<26).contains(place) ? 0 : bytes[index]
      crc = (crc << 8) ^ checksumTable[Int(UInt8(truncatingIfNeeded: crc >> 24) ^ byte)]
    }
    return crc
  }

  /// Polynomial 0x04C11DB7, most significant bit first, no inversion.
  private static let checksumTable: [UInt32] = (0..<256).map { index in
    var value = UInt32(index) << 24
    for _ in 0..<8 { value = (value << 1) ^ (value & 0x8000_0000 == 0 ? 0 : 0x04C1_1DB7) }
    return value
  }
}
