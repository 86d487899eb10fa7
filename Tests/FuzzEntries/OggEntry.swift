import MediaFiles

/// Looks for Ogg pages everywhere in the bytes.
func feedOggPages(_ bytes: Span<UInt8>) {
  for offset in 0..<min(bytes.count, 4096) {
    guard let page = OggPage(at: offset, in: bytes) else { continue }
    check(page, at: offset, in: bytes)
  }
  precondition(OggPage(at: -1, in: bytes) == nil && OggPage(at: Int.max, in: bytes) == nil, "a page out of bounds")
  _ = OggPage.startsOpus(in: bytes)
  guard let last = OggPage.last(of: nil, in: bytes) else { return }
  precondition(OggPage.last(of: last.serial, in: bytes) == last, "the last page is the last of its stream")
}

private func check(_ page: OggPage, at offset: Int, in bytes: Span<UInt8>) {
  precondition((27...27 + 255).contains(page.headerSize), "a page's header of \(page.headerSize) bytes")
  precondition((page.headerSize...OggPage.longest).contains(page.size), "a page of \(page.size) bytes")
  precondition(offset + page.size <= bytes.count, "a page that goes beyond the end")
}

/// Gives every Ogg page in `bytes` the checksum that its content asks for, so that a changed page is still taken for
/// whole: random changes alone would never get past the checksum.
public func mendOggChecksums(in bytes: inout [UInt8]) {
  var offset = 0
  while offset + 27 <= bytes.count {
    guard bytes[offset..<offset + 4].elementsEqual("OggS".utf8), let size = sizeOfPage(at: offset, in: bytes) else {
      offset += 1
      continue
    }
    let checksum = OggPage.checksum(of: offset..<offset + size, in: bytes.span)
    for index in 0..<4 { bytes[offset + 22 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    offset += size
  }
}

/// Header, lacing values and segments; `nil` if they go beyond the end.
private func sizeOfPage(at offset: Int, in bytes: [UInt8]) -> Int? {
  let segments = Int(bytes[offset + 26])
  guard offset + 27 + segments <= bytes.count else { return nil }
  let body = bytes[offset + 27..<offset + 27 + segments].reduce(0) { $0 + Int($1) }
  let size = 27 + segments + body
  return offset + size <= bytes.count ? size : nil
}
