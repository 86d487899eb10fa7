import Foundation
import Testing

/// The packets of an Ogg Opus file with one stream (RFC 3533, RFC 7845), for tests only: it trusts the file.
struct OggPackets {
  let preSkip: Int
  /// The last page's granule position: samples in the file, pre-skip included.
  let endPosition: Int
  let audio: [[UInt8]]

  init(_ file: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: file))
    var packets: [[UInt8]] = []
    var packet: [UInt8] = []
    var position = 0
    var granule = 0
    while position < bytes.count {
      try #require(Array(bytes[position..<position + 4]) == Array("OggS".utf8))
      granule = (0..<8).reduce(0) { $0 | Int(bytes[position + 6 + $1]) << (8 * $1) }
      let segments = Int(bytes[position + 26])
      var body = position + 27 + segments
      for size in bytes[position + 27..<position + 27 + segments] {
        packet += bytes[body..<body + Int(size)]
        body += Int(size)
        if size < 255 {
          packets.append(packet)
          packet = []
        }
      }
      position = body
    }
    let head = try #require(packets.first)
    try #require(head.starts(with: "OpusHead".utf8))
    preSkip = Int(head[10]) | Int(head[11]) << 8
    endPosition = granule
    audio = Array(packets.dropFirst(2))
  }
}
