/// Reads along the framing of one Opus packet (RFC 6716, 3.2), for `OpusPacket`.
///
/// Lives for one call, over the caller's bytes. `position` is the next byte to read and `end` the first of the padding.
struct OpusFraming: ~Escapable {
  let toc: OpusTOC
  private(set) var frameCount = 0
  private(set) var paddingBytes = 0
  private(set) var frameBytes = 0
  private(set) var firstFrameOffset = 0
  private(set) var firstFrameBytes = 0

  private let bytes: Span<UInt8>
  private var position = 1
  private var end: Int

  /// At the first byte behind the TOC.
  @_lifetime(copy bytes)
  init(of bytes: Span<UInt8>) throws(OpusPacketError) {
    guard !bytes.isEmpty else { throw .empty }
    self.bytes = bytes
    toc = OpusTOC(bytes[0])
    end = bytes.count
  }

  /// Goes through the whole packet.
  mutating func readFrames() throws(OpusPacketError) {
    switch toc.frameCountCode {
    case .one: try take(frames: 1, ofEqualSize: true)
    case .twoEqual: try take(frames: 2, ofEqualSize: true)
    case .twoDifferent: try take(frames: 2, ofEqualSize: false)
    case .any: try readFrameCountByte()
    }
  }

  /// RFC 6716, 3.2.5: the byte after the TOC tells how many frames there are and how they are packed.
  private mutating func readFrameCountByte() throws(OpusPacketError) {
    let byte = try readByte()
    let count = Int(byte & 0x3F)
    guard count > 0 else { throw .noFrames }
    guard count * toc.frameSamples <= OpusPacket.maximumDurationSamples else { throw .tooLong }
    if byte & 0x40 != 0 { try readPadding() }
    try take(frames: count, ofEqualSize: byte & 0x80 == 0)
  }

  /// Each byte of 255 stands for 254 bytes of padding and another length byte.
  private mutating func readPadding() throws(OpusPacketError) {
    var byte: UInt8
    repeat {
      byte = try readByte()
      paddingBytes += min(Int(byte), 254)
      end = bytes.count - paddingBytes
      guard end >= position else { throw .truncated }
    } while byte == 255
  }

  private mutating func take(frames count: Int, ofEqualSize isEqual: Bool) throws(OpusPacketError) {
    frameCount = count
    if isEqual {
      guard (end - position) % count == 0 else { throw .unequalFrames }
      firstFrameBytes = (end - position) / count
      guard firstFrameBytes <= OpusPacket.maximumFrameBytes else { throw .frameTooLong }
    } else {
      try readSizes(of: count)
    }
    firstFrameOffset = position
    frameBytes = end - position
  }

  /// All sizes but the last, which is what remains.
  private mutating func readSizes(of count: Int) throws(OpusPacketError) {
    var sized = 0
    for frame in 0..<count - 1 {
      let size = try readSize()
      if frame == 0 { firstFrameBytes = size }
      sized += size
      guard sized <= end - position else { throw .truncated }
    }
    let last = end - position - sized
    if count == 1 { firstFrameBytes = last }
    guard last <= OpusPacket.maximumFrameBytes else { throw .frameTooLong }
  }

  /// RFC 6716, 3.2.1: one byte up to 251, or two: the second counts fours.
  private mutating func readSize() throws(OpusPacketError) -> Int {
    let first = Int(try readByte())
    guard first >= 252 else { return first }
    return first + 4 * Int(try readByte())
  }

  private mutating func readByte() throws(OpusPacketError) -> UInt8 {
    guard position < end else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }
}
