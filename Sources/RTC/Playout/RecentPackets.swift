import MediaBase

/// The payloads that a decoder has decoded last, the oldest first: what its memory can be made anew from.
///
/// Part of a voice's decoder, 4 KB; the media thread alone may touch it. A packet costs the copy of its bytes.
struct RecentPackets: ~Copyable {
  private var bytes = FixedArray<UInt8>(count: capacityBytes) { _ in 0 }
  private var lengths = FixedArray<Int>(count: most) { _ in 0 }
  private var count = 0
  private var byteCount = 0

  /// 160 ms of packets of 20 ms: by then little of what came before is left in a decoder.
  private static let most = 8
  private static let capacityBytes = 4_096

  /// Forgets them: the stream is another.
  mutating func removeAll() {
    count = 0
    byteCount = 0
  }

  /// Takes the next one, and lets the oldest go where there are too many. One that is too large for any is the only one
  /// to be left out.
  mutating func append(_ payload: Span<UInt8>) {
    guard payload.count <= Self.capacityBytes else { return }
    while count == Self.most || byteCount + payload.count > Self.capacityBytes { removeFirst() }
    var place = bytes.mutableSpan(byteCount..<byteCount + payload.count)
    place.copy(payload, at: 0)
    lengths[count] = payload.count
    count += 1
    byteCount += payload.count
  }

  /// All of them. Allocates.
  var all: [[UInt8]] {
    var packets: [[UInt8]] = []
    var start = 0
    for index in 0..<count {
      packets.append(bytes.span(start..<start + lengths[index]).withUnsafeBufferPointer { Array($0) })
      start += lengths[index]
    }
    return packets
  }

  mutating func code(_ coder: inout CheckpointCoder) {
    let packets = all
    var number = count
    coder.code(&number, in: 0...Self.most)
    if coder.isReading { removeAll() }
    for index in 0..<number where !coder.isDamaged {
      var packet = coder.isReading ? [] : packets[index]
      coder.code(&packet, most: PacketPool.largestPayloadBytes)
      if coder.isReading { append(packet.span) }
    }
  }

  private mutating func removeFirst() {
    let gone = lengths[0]
    let rest = byteCount
    var all = bytes.mutableSpan(0..<rest)
    for index in gone..<rest { all[index - gone] = all[index] }
    for index in 1..<max(1, count) {
      let length = lengths[index]
      lengths[index - 1] = length
    }
    count -= 1
    byteCount -= gone
  }
}
