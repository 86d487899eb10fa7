import Foundation
import MediaBase
import MediaFiles

/// Captured frames and files of them, put together by hand: what other programs write, and what nobody should.
enum Frames {
  static let source = TransportAddress(ipv4: 0xc000_0201, port: 5004)
  static let destination = TransportAddress(ipv4: 0xc633_6407, port: 7000)
  static let source6 = TransportAddress("2001:db8::1", port: 5004)!
  static let destination6 = TransportAddress("2001:db8::2", port: 7000)!

  static func big(_ number: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  static func little(_ number: Int, _ bytes: Int) -> [UInt8] { big(number, bytes).reversed() }

  static func udp(_ payload: [UInt8], length: Int? = nil) -> [UInt8] {
    big(5004, 2) + big(7000, 2) + big(length ?? payload.count + 8, 2) + [0, 0] + payload
  }

  static func tcp(_ payload: [UInt8], offset: Int = 5) -> [UInt8] {
    big(5004, 2) + big(7000, 2) + [UInt8](repeating: 0, count: 8) + [UInt8(offset << 4), 0x18]
      + [UInt8](repeating: 0, count: 6 + max(0, offset - 5) * 4) + payload
  }

  static func ipv4(
    _ body: [UInt8], protocolNumber: UInt8 = 17, fragment: Int = 0, total: Int? = nil, options: Int = 0
  ) -> [UInt8] {
    let header = 20 + options * 4
    return [0x40 | UInt8(header / 4), 0] + big(total ?? header + body.count, 2) + [0, 0] + big(fragment, 2)
      + [64, protocolNumber, 0, 0] + big(0xc000_0201, 4) + big(0xc633_6407, 4)
      + [UInt8](repeating: 1, count: options * 4) + body
  }

  static func ipv6(_ body: [UInt8], next: UInt8 = 17) -> [UInt8] {
    [0x60, 0, 0, 0] + big(body.count, 2) + [next, 64] + big(0x2001_0db8, 4) + big(0, 8) + big(1, 4)
      + big(0x2001_0db8, 4) + big(0, 8) + big(2, 4) + body
  }

  static func ethernet(_ packet: [UInt8], type: Int = 0x0800, tags: [Int] = []) -> [UInt8] {
    [UInt8](repeating: 2, count: 12) + tags.flatMap { big($0, 2) + big(42, 2) } + big(type, 2) + packet
  }

  /// A classic capture: little-endian, microseconds, one packet every 20 ms.
  static func pcap(
    _ frames: [[UInt8]], link: Int = 101, snapLength: Int = 262_144, magic: Int = 0xa1b2_c3d4, bigEndian: Bool = false
  ) -> [UInt8] {
    let number = bigEndian ? big : little
    var file = number(magic, 4) + number(2, 2) + number(4, 2) + number(0, 4) + number(0, 4)
    file += number(snapLength, 4) + number(link, 4)
    for (index, frame) in frames.enumerated() {
      let kept = frame.prefix(snapLength)
      file += number(1_700_000_000, 4) + number(index * 20_000, 4) + number(kept.count, 4) + number(frame.count, 4)
      file += kept
    }
    return file
  }
}

/// All that a reader gives of a file.
struct ReadCapture {
  var datagrams: [CapturedDatagram] = []
  var payloads: [[UInt8]] = []
  var times: [Int64] = []
  var counts: PacketCaptureReader.Counts
  var end: PacketCaptureReader.End?
  var link: LinkType

  init(_ path: String) throws {
    var reader = try PacketCaptureReader(path: path)
    link = reader.link
    while reader.advance() {
      datagrams.append(reader.datagram)
      times.append(reader.nanosecondsSince1970)
      payloads.append(reader.payload.withUnsafeBufferPointer { Array($0) })
    }
    (counts, end) = (reader.counts, reader.end)
  }
}

extension ScratchDirectory {
  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }
}
