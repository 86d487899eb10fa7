import MediaBase

/// A tap on a room: hands its mix, or its packets and all else that goes in, to another thread.
///
/// ```
/// Room (media thread) ─ packets, ticks, mix ─▶ ring of bytes ────┐
///                     ─ commands ─▶ ring ─▶ their place in the ──┴─▶ RoomTapReader (a thread that may wait)
/// ```
/// What recorder and monitor listen through. The room never waits for it: where a ring is full, what comes is dropped and
/// counted (`droppedCount`). Put in by `ConferenceMedia.attach`. The room's media thread writes, one other thread drains.
/// Allocates when it is made; the mix costs the room a copy of each frame, a packet a copy of its bytes.
public final class RoomTap: Sendable {
  /// What a tap tells.
  public struct Content: OptionSet, Sendable {
    /// As bits.
    public let rawValue: Int
    /// Of bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The room's shared mix, each tick.
    public static let mix = Content(rawValue: 1)
    /// What came for members, decrypted, and the ticks and commands between.
    public static let packets = Content(rawValue: 2)
  }

  /// What it tells.
  public let content: Content

  private let ring: RecordRing<Head>
  private let commands = BoundedRing<RoomCommand>(capacity: 4_096)

  /// What stands before each record's bytes.
  struct Head: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable, Sendable {
      case tick, packet, command
    }

    var kind: Kind
    var port: UInt16 = 0
    var nanoseconds: Int64
    var member: UInt64 = 0
    var high: UInt64 = 0, low: UInt64 = 0
  }

  /// A tap that keeps up to `capacityBytes` until they are read: a second of a mono mix is 192 KB.
  public init(_ content: Content, capacityBytes: Int = 2 << 20) {
    self.content = content
    ring = RecordRing(capacity: capacityBytes)
  }

  /// What did not fit since it was made: packets, frames and commands. From any thread.
  public var droppedCount: Int { ring.droppedCount + commands.droppedCount }

  // MARK: The room's side

  /// A tick was done; `mix` is the shared mix of that tick.
  func noteTick(at time: PacketTime, mix: Span<Float>) {
    ring.push(Head(kind: .tick, nanoseconds: time.nanoseconds), content.contains(.mix) ? mix.bytes : RawSpan())
  }

  /// A packet came that is the member's.
  func notePacket(_ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime)
  {
    guard content.contains(.packets) else { return }
    let head = Head(
      kind: .packet, port: source.port, nanoseconds: arrival.nanoseconds, member: member.rawValue, high: source.high,
      low: source.low)
    ring.push(head, datagram.bytes)
  }

  /// Something was done between two ticks.
  func note(_ command: RoomCommand, at time: PacketTime) {
    // A command whose record found no room would be taken for that of the next one.
    guard ring.hasRoomForHead(), commands.push(command) else { return }
    ring.push(Head(kind: .command, nanoseconds: time.nanoseconds))
  }

  // MARK: The reader's side

  /// Gives all that waits to `reader`, in the order in which it happened; returns how many records there were. One thread only.
  @discardableResult
  public func drain<Reader: RoomTapReader & ~Copyable>(into reader: inout Reader) throws(Reader.Failure) -> Int {
    var count = 0
    while try popOne(into: &reader) { count += 1 }
    return count
  }

  private func popOne<Reader: RoomTapReader & ~Copyable>(into reader: inout Reader) throws(Reader.Failure) -> Bool {
    try ring.pop { (head, body) throws(Reader.Failure) in
      let time = PacketTime(nanoseconds: head.nanoseconds)
      switch head.kind {
      case .tick: try reader.tick(at: time, mix: Span(_bytes: body))
      case .packet:
        let source = TransportAddress(high: head.high, low: head.low, port: head.port)
        try reader.packet(
          Span(_bytes: body), from: source, for: MemberID(rawValue: head.member), at: time)
      case .command:
        // It was pushed before its record.
        if let command = commands.pop() { try reader.command(command, at: time) }
      }
    }
  }
}

/// What reads a tap: called for each record, in order, on the thread that drains.
public protocol RoomTapReader: ~Copyable {
  /// What it fails with; the records behind the one that it failed at stay in the tap.
  associatedtype Failure: Error

  /// A tick was done.
  ///
  /// - Parameters:
  ///   - time: when it was due, on the bridge's clock.
  ///   - mix: the shared mix, interleaved; empty where the tap does not tell it.
  mutating func tick(at time: PacketTime, mix: Span<Float>) throws(Failure)

  /// A datagram of a member's leg, decrypted: RTP or RTCP.
  mutating func packet(
    _ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime
  ) throws(Failure)

  /// Something was done between two ticks.
  mutating func command(_ command: RoomCommand, at time: PacketTime) throws(Failure)
}
