/// The memory that all jitter buffers of one media thread keep their packets in: equal blocks, of which a packet takes as
/// many as it needs.
///
/// One a media thread, which alone may touch it; handed `inout` to whatever inserts or takes packets. A talker's second of
/// Opus is 50 blocks, a listener's none, so memory follows those who talk. When it is empty, packets are refused and
/// counted. Nothing but `init` and `grow` allocates.
///
///     first block    | StoredPacket, 48 bytes | payload, up to 208 bytes |
///     further ones   | next, 4 bytes | payload, up to 252 bytes          |
public struct PacketPool: ~Copyable {
  /// Bytes in a block, its links included.
  public static let blockBytes = 256
  /// The longest payload taken.
  public static let largestPayloadBytes = 2_048

  /// How many blocks there are, free or not.
  public private(set) var blockCount: Int
  /// How many hold nothing.
  public private(set) var freeBlocks: Int
  /// Packets refused because there were not enough free blocks.
  public private(set) var refusedPackets: UInt64 = 0

  private var base: UnsafeMutableRawPointer
  /// Where a payload of several blocks is put together to be read.
  private let gathered: UnsafeMutableRawPointer
  private var firstFree: Int32

  /// No block.
  static let none: Int32 = -1
  private static let headBytes = 48
  private static let linkBytes = MemoryLayout<Int32>.size
  private static let alignment = 64

  /// A pool of `blocks` free blocks, 0 or more.
  public init(blocks: Int) {
    precondition(MemoryLayout<StoredPacket>.size <= Self.headBytes, "a packet's fields outgrew their place")
    precondition(blocks >= 0, "a pool cannot hold \(blocks) blocks")
    base = Self.allocate(blocks)
    gathered = .allocate(byteCount: Self.largestPayloadBytes, alignment: Self.alignment)
    blockCount = 0
    freeBlocks = 0
    firstFree = Self.none
    addBlocks(upTo: blocks)
  }

  deinit {
    base.deallocate()
    gathered.deallocate()
  }

  /// Enlarges it to `blocks` in all; it never shrinks. Allocates: for between the ticks, when a member joins.
  public mutating func grow(to blocks: Int) {
    guard blocks > blockCount else { return }
    let larger = Self.allocate(blocks)
    larger.copyMemory(from: base, byteCount: blockCount * Self.blockBytes)
    base.deallocate()
    base = larger
    addBlocks(upTo: blocks)
  }

  // MARK: For the jitter buffer

  /// Stores a packet and returns its first block; `nil`, and counted, where the blocks do not suffice.
  mutating func store(_ packet: StoredPacket, payload: Span<UInt8>) -> Int32? {
    let blocks = Self.blocks(for: payload.count)
    guard payload.count <= Self.largestPayloadBytes, blocks <= freeBlocks else {
      refusedPackets &+= 1
      return nil
    }
    let first = takeBlock()
    var packet = packet
    packet.payloadCount = UInt16(payload.count)
    packet.more = Self.none
    var copied = Self.copy(payload, from: 0, to: block(first) + Self.headBytes, room: Self.headRoom)
    var last = Self.none
    while copied < payload.count {
      let next = takeBlock()
      block(next).storeBytes(of: Self.none, as: Int32.self)
      if last == Self.none { packet.more = next } else { block(last).storeBytes(of: next, as: Int32.self) }
      copied += Self.copy(payload, from: copied, to: block(next) + Self.linkBytes, room: Self.linkRoom)
      last = next
    }
    block(first).storeBytes(of: packet, as: StoredPacket.self)
    return first
  }

  /// Frees a packet's blocks.
  mutating func free(_ index: Int32) {
    var more = self[index].more
    giveBlock(index)
    while more != Self.none {
      let next = block(more).load(as: Int32.self)
      giveBlock(more)
      more = next
    }
  }

  /// The fields of the packet that begins at `index`.
  subscript(index: Int32) -> StoredPacket {
    get { block(index).load(as: StoredPacket.self) }
    set { block(index).storeBytes(of: newValue, as: StoredPacket.self) }
  }

  /// A packet's bytes, until the next call.
  @_lifetime(borrow self)
  borrowing func payload(of index: Int32) -> Span<UInt8> {
    let packet = self[index]
    let count = Int(packet.payloadCount)
    var start = UnsafeRawPointer(block(index) + Self.headBytes)
    if count > Self.headRoom {
      gather(packet, at: index)
      start = UnsafeRawPointer(gathered)
    }
    let bytes = unsafe Span<UInt8>(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  /// How many blocks a payload of so many bytes takes.
  static func blocks(for payloadBytes: Int) -> Int {
    let beyond = max(0, payloadBytes - headRoom)
    return 1 + (beyond + linkRoom - 1) / linkRoom
  }

  // MARK: Blocks

  private static var headRoom: Int { blockBytes - headBytes }
  private static var linkRoom: Int { blockBytes - linkBytes }

  private static func allocate(_ blocks: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: max(blocks, 1) * blockBytes, alignment: alignment)
  }

  private func block(_ index: Int32) -> UnsafeMutableRawPointer {
    precondition(index >= 0 && Int(index) < blockCount, "no such block")
    return base + Int(index) * Self.blockBytes
  }

  private mutating func addBlocks(upTo count: Int) {
    let old = blockCount
    blockCount = count
    for index in stride(from: count - 1, through: old, by: -1) { giveBlock(Int32(index)) }
  }

  private mutating func takeBlock() -> Int32 {
    let index = firstFree
    firstFree = block(index).load(as: Int32.self)
    freeBlocks -= 1
    return index
  }

  private mutating func giveBlock(_ index: Int32) {
    block(index).storeBytes(of: firstFree, as: Int32.self)
    firstFree = index
    freeBlocks += 1
  }

  private static func copy(
    _ payload: Span<UInt8>, from offset: Int, to place: UnsafeMutableRawPointer, room: Int
  ) -> Int {
    let count = min(room, payload.count - offset)
    guard count > 0 else { return 0 }
    unsafe payload.withUnsafeBytes { bytes in
      unsafe place.copyMemory(from: bytes.baseAddress! + offset, byteCount: count)
    }
    return count
  }

  private func gather(_ packet: StoredPacket, at index: Int32) {
    gathered.copyMemory(from: block(index) + Self.headBytes, byteCount: Self.headRoom)
    var copied = Self.headRoom
    var more = packet.more
    while copied < Int(packet.payloadCount) {
      let count = min(Self.linkRoom, Int(packet.payloadCount) - copied)
      (gathered + copied).copyMemory(from: block(more) + Self.linkBytes, byteCount: count)
      copied += count
      more = block(more).load(as: Int32.self)
    }
  }
}

// It has one owner: it may move to another thread between calls.
extension PacketPool: @unchecked Sendable {}
