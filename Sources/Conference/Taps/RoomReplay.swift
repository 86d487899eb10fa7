import MediaBase
import RTC

/// A room that does again what a tap told of another: the same commands, packets and ticks give the same mix, sample for
/// sample, if the tap was put in before anything had happened in the room.
///
/// ```
/// RoomTap, or a recording's files ─ commands, packets, ticks ─▶ RoomReplay ─▶ mix
/// ```
/// What it is told may come from a file that somebody else made: what does not fit together is an error. Knows no clock;
/// one owner, one thread at a time. Allocates like any room, for all who ever joined.
public struct RoomReplay: RoomTapReader, ~Copyable {
  /// What it is told does not fit together.
  public typealias Failure = ReplayError

  private var room: Room
  /// What was told before anything else happened than joins: to begin again with where a checkpoint is of no use.
  private var beginning: [(command: RoomCommand, time: PacketTime)]
  private var pool = PacketPool(blocks: blocksPerMember)
  private var members: [MemberID: Room.MemberIndex] = [:]
  private var sink = NowhereSink()
  private let events = BoundedRing<MediaEvent>(capacity: 1_024)
  /// Whether the room was tapped before anything had happened in it, or told where it stood: then its mix comes again exactly.
  public private(set) var isExact: Bool

  /// Of a live bridge's pool a talker has a share; here everybody has enough for any outage.
  private static let blocksPerMember = 256

  /// A room like the one that `began` tells of; that is the first command of each tap.
  public init(_ began: RoomCommand, at now: PacketTime) throws(ReplayError) {
    guard case .began(let settings, let shedding, let isFresh) = began else { throw .commandBeforeBeginning }
    isExact = isFresh
    beginning = [(began, now)]
    room = Self.makeRoom(settings, shedding, events, at: now)
  }

  private static func makeRoom(
    _ settings: RoomSettings, _ shedding: LoadShedding, _ events: BoundedRing<MediaEvent>, at now: PacketTime
  ) -> Room {
    // Only what it sends depends on the wall clock and the seed, and that goes nowhere.
    let wall = NTPClock(at: now, is: NTPTimestamp(secondsSince1970: 0))
    var room = Room(id: RoomID(rawValue: 1), settings: settings, events: events, wall: wall, seed: 1)
    room.shed(shedding, at: now)
    return room
  }

  /// Shows the shared mix of the last tick, interleaved.
  public func withMix<Failure: Error>(_ body: (Span<Float>) throws(Failure) -> Void) throws(Failure) {
    try room.withSharedMix(body)
  }

  /// Who has joined and not left.
  public var memberCount: Int { members.count }

  /// Does a tick; what the tap told of its mix is passed over.
  public mutating func tick(at time: PacketTime, mix: Span<Float>) {
    beginning = []
    room.tick(at: time, pool: &pool, into: &sink)
    while events.pop() != nil {}
  }

  /// Takes a packet.
  public mutating func packet(
    _ datagram: Span<UInt8>, from source: TransportAddress, for member: MemberID, at arrival: PacketTime
  ) throws(ReplayError) {
    guard let index = members[member] else { throw .unknownMember(member) }
    // A room decrypts in place.
    var bytes = datagram.withUnsafeBufferPointer { Array($0) }
    var span = bytes.mutableSpan
    room.receive(&span, from: source, for: index, at: arrival, pool: &pool)
  }

  /// Does what was done between two ticks.
  public mutating func command(_ command: RoomCommand, at time: PacketTime) throws(ReplayError) {
    if !beginning.isEmpty { beginning.append((command, time)) }
    switch command {
    case .began: throw .beganTwice
    case .checkpoint(let bytes):
      try restore(bytes)
    case .joined(let id, let leg, let local): try join(id, leg, local, at: time)
    case .left(let id):
      guard let index = members.removeValue(forKey: id) else { throw .unknownMember(id) }
      room.leave(index, pool: &pool)
    case .changed(let id, let change): try self.change(id, change)
    case .roomChanged(let change):
      do {
        try room.change(change, at: time)
      } catch {
        throw .impossible("the room cannot be changed: \(error)")
      }
    case .shed(let shedding): room.shed(shedding, at: time)
    case .skipped(let ticks):
      guard room.skip(ticks: ticks) == ticks else { throw .impossible("\(ticks) ticks cannot be passed over") }
    case .ended: break
    }
  }

  /// Goes on from a checkpoint; one that is damaged or of another version leaves the room as it was.
  private mutating func restore(_ bytes: [UInt8]) throws(ReplayError) {
    let told = beginning.dropLast()
    guard let (began, time) = told.first, case .began(let settings, let shedding, _) = began else {
      throw .impossible("a checkpoint stands at the beginning")
    }
    beginning = []
    if room.restore(bytes, pool: &pool) {
      isExact = true
      return
    }
    room = Self.makeRoom(settings, shedding, events, at: time)
    pool = PacketPool(blocks: Self.blocksPerMember)
    members = [:]
    for (command, time) in told.dropFirst() { try self.command(command, at: time) }
  }

  private mutating func join(
    _ id: MemberID, _ leg: LegSettings, _ local: TransportAddress, at time: PacketTime
  ) throws(ReplayError) {
    guard members[id] == nil else { throw .impossible("member \(id.rawValue) joins twice") }
    pool.grow(to: (members.count + 1) * Self.blocksPerMember)
    do {
      members[id] = try room.join(id, leg: leg, socket: 0, local: local, at: time, pool: &pool).index
    } catch {
      throw .impossible("member \(id.rawValue) cannot join: \(error)")
    }
  }

  private mutating func change(_ id: MemberID, _ change: MemberChange) throws(ReplayError) {
    guard let index = members[id] else { throw .unknownMember(id) }
    var source: Room.MemberIndex?
    if case .level(_, of: let other) = change {
      guard let found = members[other] else { throw .unknownMember(other) }
      source = found
    }
    do {
      try room.change(index, change, source: source)
    } catch {
      throw .impossible("member \(id.rawValue) cannot be changed: \(error)")
    }
  }
}

/// Why what is told of a room cannot be done again.
public enum ReplayError: Error, Hashable, Sendable {
  /// The first command has to say what the room is.
  case commandBeforeBeginning
  /// One recording is of one room.
  case beganTwice
  /// A packet or command is about one who has not joined.
  case unknownMember(MemberID)
  /// The room refuses: in words.
  case impossible(String)
}

/// Takes packets and forgets them.
private struct NowhereSink: PacketSink, ~Copyable {
  private var bytes = FixedArray<UInt8>(count: 2_048) { _ in 0 }

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var slot = bytes.mutableSpan(0..<bytes.count)
    return write(&slot)
  }
}
