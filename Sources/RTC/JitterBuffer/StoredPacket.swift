import MediaBase

/// What the pool keeps of a packet besides its bytes: a plain value of 48 bytes at the front of its first block.
struct StoredPacket {
  /// The packets before and after it in its buffer; `PacketPool.none` at the ends.
  var previous = PacketPool.none, next = PacketPool.none
  /// The block in which its bytes go on.
  var more = PacketPool.none
  /// Samples at 48 kHz that it lasts.
  var duration: Int32
  /// Where it stands on its member's timeline, in samples at 48 kHz.
  var position: Int64
  /// Its RFC 6464 level; 255 for none.
  var levelByte: UInt8
  /// Samples at 48 kHz of the copy that it carries of what stood right before it (RFC 6716, 2.1.7); 0 for none.
  var copyFrames: UInt16
  /// Whether it is the first of another source: what was decoded before is no help for it.
  var startsStream: Bool
  /// Whether what stood before it was dropped for want of room: nobody is to wait for that.
  var followsDrop = false
  /// Its number.
  var sequence: SequenceNumber
  /// How many bytes it has.
  var payloadCount: UInt16 = 0

  var end: Int64 { position &+ Int64(duration) }
  var level: UInt8? { levelByte == 255 ? nil : levelByte }
}
