import Foundation
import MediaFiles

/// An Ogg file cut into its pages, to be changed and put together again with right checksums.
struct OggFile {
  var pages: [[UInt8]]

  init(_ path: String) throws {
    let bytes = try FileBytes(path).bytes
    var offset = 0
    pages = []
    while let page = OggPage(at: offset, in: bytes.span) {
      pages.append(Array(bytes[offset..<offset + page.size]))
      offset += page.size
    }
  }

  func page(_ index: Int) -> OggPage? {
    let page = pages[index]
    return OggPage(at: 0, in: page.span)
  }

  var data: [UInt8] { pages.flatMap { $0 } }

  func write(to path: String) throws {
    try Data(data).write(to: URL(fileURLWithPath: path))
  }

  /// Changes a page and gives it its new checksum.
  mutating func change(_ index: Int, _ change: (inout [UInt8]) -> Void) {
    var page = pages[index]
    change(&page)
    let checksum = OggPage.checksum(of: 0..<page.count, in: page.span)
    for byte in 0..<4 { page[22 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
    pages[index] = page
  }

  /// The output gain of the first stream's header, in 1/256 dB (RFC 7845, 5.1).
  mutating func setHeaderGain(_ gain: Int16) {
    change(0) { page in
      page[28 + 16] = UInt8(truncatingIfNeeded: gain)
      page[28 + 17] = UInt8(truncatingIfNeeded: gain >> 8)
    }
  }
}
