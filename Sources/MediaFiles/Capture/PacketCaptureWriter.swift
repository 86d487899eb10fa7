import MediaBase

/// A packet capture that grows: pcapng (draft-ietf-opsawg-pcapng), one section, one interface of raw IP, times in
/// nanoseconds. Wireshark, tshark and `PacketCaptureReader` read it.
///
///     section header │ interface │ packet │ packet │ …
///                                   └ block type, length │ time │ lengths │ IP, UDP, payload, padding │ length
///
/// For a recorder of live calls: the file has its name from the start (`OutputFile(growingAt:)`), and after `flush` all of it
/// is with the system, so that a capture whose writer is killed is whole up to then. The same packets give the same bytes.
///
/// One owner, one thread at a time, and never a media thread: it waits for the disk. Costs a copy and a checksum of each
/// packet, and a file's buffer. The first failure sticks: every later call throws it again.
public final class PacketCaptureWriter {
  /// As it was given.
  public var path: String { file.path }
  /// Packets written so far, those in the buffer included.
  public private(set) var packetCount: UInt64 = 0
  /// Bytes written so far, those in the buffer included.
  public var size: Int64 { file.size }

  private let file: OutputFile
  /// The block that is being made.
  private var block: [UInt8] = []

  /// The longest payload of a UDP datagram over IPv4; a longer one is none, and is passed over.
  public static let largestPayloadBytes = 65_507
  /// LINKTYPE_RAW: each packet begins with its IP header.
  private static let linkType: UInt16 = 101

  /// Makes the file. One that is there already is not touched, for it may be somebody's recording: that throws.
  public init(path: String) throws(AudioFileError) {
    file = try OutputFile(growingAt: path)
    try writeHeaders()
  }

  /// Appends a UDP datagram with this payload. IPv4 where both addresses are, else IPv6.
  ///
  /// - Parameter nanosecondsSince1970: when it came or went; what is before 1970 becomes 0.
  public func write(
    _ payload: Span<UInt8>, from source: TransportAddress, to destination: TransportAddress,
    at nanosecondsSince1970: Int64
  ) throws(AudioFileError) {
    guard payload.count <= Self.largestPayloadBytes else { return }
    let header = DatagramHeader(from: source, to: destination, payload: payload)
    try writeBlock(type: 6) { buffer in
      let time = UInt64(max(0, nanosecondsSince1970))
      let bytes = UInt32(header.bytes.count + payload.count)
      buffer.append(littleEndian: UInt32(0))
      buffer.append(littleEndian: UInt32(truncatingIfNeeded: time >> 32))
      buffer.append(littleEndian: UInt32(truncatingIfNeeded: time))
      buffer.append(littleEndian: bytes)
      buffer.append(littleEndian: bytes)
      buffer.append(contentsOf: header.bytes)
      payload.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    }
    packetCount += 1
  }

  /// Hands every packet so far to the system.
  public func flush() throws(AudioFileError) {
    file.flush()
    try file.check()
  }

  /// Flushes and closes. Nothing may be written after it.
  public func finish() throws(AudioFileError) {
    try file.commit()
  }

  // MARK: Blocks

  /// Draft, 4.1 and 4.2: in our own byte order, which is little-endian on any machine.
  private func writeHeaders() throws(AudioFileError) {
    try writeBlock(type: 0x0a0d_0d0a) { buffer in
      buffer.append(littleEndian: UInt32(0x1a2b_3c4d))
      buffer.append(littleEndian: UInt16(1))
      buffer.append(littleEndian: UInt16(0))
      // The section's length: not told, for it grows.
      buffer.append(littleEndian: UInt64.max)
      buffer.append(option: 4, Array(PartylineVersion.program.utf8))
      buffer.append(option: 0, [])
    }
    try writeBlock(type: 1) { buffer in
      buffer.append(littleEndian: Self.linkType)
      buffer.append(littleEndian: UInt16(0))
      // No packet is cut short.
      buffer.append(littleEndian: UInt32(0))
      // if_tsresol: 10⁻⁹ s.
      buffer.append(option: 9, [9])
      buffer.append(option: 0, [])
    }
  }

  /// A block: its type, its length, its body filled up to whole words, its length again.
  private func writeBlock(type: UInt32, _ appendBody: (inout [UInt8]) -> Void) throws(AudioFileError) {
    block.removeAll(keepingCapacity: true)
    block.append(littleEndian: type)
    block.append(littleEndian: UInt32(0))
    appendBody(&block)
    while block.count % 4 != 0 { block.append(0) }
    let length = UInt32(block.count + 4)
    for byte in 0..<4 { block[4 + byte] = UInt8(truncatingIfNeeded: length >> UInt32(8 * byte)) }
    block.append(littleEndian: length)
    let bytes = block
    try file.write(bytes.span)
  }
}

extension [UInt8] {
  /// An option of a block: number, length, value filled up to whole words. Number 0 ends the options.
  fileprivate mutating func append(option number: UInt16, _ value: [UInt8]) {
    append(littleEndian: number)
    append(littleEndian: UInt16(value.count))
    append(contentsOf: value)
    append(contentsOf: repeatElement(0, count: (4 - value.count % 4) % 4))
  }
}
