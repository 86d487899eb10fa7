import MediaBase

extension RTPHeader {
  /// The most bytes that `write(into:audioLevel:)` writes: 12, and 8 of a header extension with one level.
  public static let mostWrittenBytes = fixedBytes + 8

  /// Writes the header to the front of a packet and returns its length, 12 or 20 bytes: the payload belongs behind it.
  ///
  /// No CSRC, no padding. With a level comes a header extension of one element (RFC 8285, 4.2), under the number that the
  /// signalling gave to it, 1 to 14.
  public func write(
    into packet: inout MutableSpan<UInt8>, audioLevel: (level: AudioLevel, id: Int)? = nil
  ) throws(RTPError) -> Int {
    precondition((0...127).contains(payloadType), "there is no payload type \(payloadType)")
    let size = audioLevel == nil ? Self.fixedBytes : Self.mostWrittenBytes
    guard packet.count >= size else { throw .noRoom }
    var writer = ByteWriter(packet._mutatingExtracting(0..<size))
    writer.write(UInt8(audioLevel == nil ? 0x80 : 0x90))
    writer.write(UInt8(payloadType) | (isMarked ? 0x80 : 0))
    writer.write(sequenceNumber.rawValue)
    writer.write(timestamp.rawValue)
    writer.write(ssrc.rawValue)
    if let audioLevel {
      precondition((1...14).contains(audioLevel.id), "a one-byte element cannot have the number \(audioLevel.id)")
      writer.write(HeaderExtensionReader.oneByteProfile)
      writer.write(UInt16(1))
      // Number, and length less one: 0 for one byte. Two bytes of padding fill the word.
      writer.write(UInt8(audioLevel.id) << 4)
      writer.write(audioLevel.level.byte)
      writer.write(UInt16(0))
    }
    return size
  }
}
