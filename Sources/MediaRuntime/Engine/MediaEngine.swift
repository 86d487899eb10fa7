import Conference
import MediaBase
import RTC
import Synchronization

/// The media side of the bridge on real sockets and threads: one media thread a core, each with its rooms and its port.
///
/// ```
///  control side ── command ──▶ MediaWorker (thread, port, rooms) ──▶ packets
///               ◀── event ───                                    ◀──
/// ```
/// Safe from any thread. A room and all its members belong to one worker from first to last. `stop` has to be called
/// before the last reference goes.
public final class MediaEngine: ConferenceMedia, RoomTapping {
  /// How the engine is set up; fixed while it runs.
  public struct Settings: Sendable {
    /// The address of the media ports, and the one that legs are told to send to.
    public var address = TransportAddress(ipv4: 0x7f00_0001, port: 0)
    /// The UDP ports that may be used: each thread takes two, an even one and the next, and each leg whose source has to be
    /// learnt one. `nil` leaves it to the system.
    public var ports: ClosedRange<UInt16>?
    /// Further addresses of ours that WebRTC peers may reach us at, such as one of IPv6 beside one of IPv4; their ports say
    /// nothing, each thread uses that of its first address where it is free.
    public var furtherAddresses: [TransportAddress] = []
    /// Where WebRTC peers are told to find us, where that is not where we listen: a NAT's address, with port 0 for a thread's
    /// own port. Empty tells them of where we listen; of all interfaces where that is every address.
    public var announced: [TransportAddress] = []
    /// How many media threads.
    public var threads = 1
    /// The cores to pin them to, one each in turn; empty pins none.
    public var cores: [Int] = []
    /// `SCHED_FIFO` priority of the media threads, 1 to 99; `nil` leaves them ordinary.
    public var realtimePriority: Int?
    /// Whether a thread that cannot keep up gives up quality, and then refuses new members (`LoadShedding`). Off is for
    /// measuring alone.
    public var shedsLoad = true
    /// Where SSRCs and first numbers come from; `nil` draws it from the system.
    public var seed: UInt64?

    /// One thread on loopback.
    public init() {}
  }

  private let workers: [MediaWorker]
  private let threads: [MediaThread]
  private let directory = Mutex(Directory())
  private let pump: EventPump
  private let handshakes: HandshakeThread

  /// What the system refused of the threads' settings, in words.
  public var refusals: [String] { threads.flatMap(\.refusals) }

  private struct Directory {
    var lastRoom: UInt32 = 0
    var lastMember: UInt64 = 0
    var rooms: [RoomID: (worker: Int, capacity: Int)] = [:]
    var members: [MemberID: RoomID] = [:]
    /// Members of each worker: what a new room's place is chosen by.
    var load: [Int]
    init() { load = [] }
  }

  /// Opens the ports and starts the threads.
  public init(_ settings: Settings) throws(MediaRuntimeError) {
    precondition(settings.threads > 0, "an engine needs a media thread")
    var random = SystemRandomNumberGenerator()
    let seed = settings.seed ?? random.next()
    let bell = try EventBell(), handshakeWaker = try Waker()
    let certificate: DTLSCertificate
    do throws(DTLSError) {
      certificate = try DTLSCertificate()
    } catch {
      throw .cannotMakeCertificate("\(error)")
    }
    var workers: [MediaWorker] = []
    for number in 0..<settings.threads {
      workers.append(
        try MediaWorker(
          settings, number: number, seed: seed &+ UInt64(number), bell: bell, handshakeWaker: handshakeWaker,
          fingerprint: certificate.fingerprint))
    }
    pump = try EventPump(rings: workers.map(\.events), bell: bell)
    do throws(MediaRuntimeError) {
      handshakes = try HandshakeThread(certificate, waker: handshakeWaker, links: workers.map(\.handshakes))
    } catch {
      pump.stop()
      throw error
    }
    var threads: [MediaThread] = []
    for (number, worker) in workers.enumerated() {
      var thread = MediaThread.Settings(name: "media \(number)")
      thread.core = settings.cores.isEmpty ? nil : settings.cores[number % settings.cores.count]
      thread.realtimePriority = settings.realtimePriority
      do {
        threads.append(try MediaThread(thread, waker: worker.waker) { stop in worker.run(until: stop) })
      } catch {
        for thread in threads {
          thread.requestStop()
          thread.join()
        }
        handshakes.stop()
        pump.stop()
        throw error
      }
    }
    self.workers = workers
    self.threads = threads
    directory.withLock { $0.load = Array(repeating: 0, count: workers.count) }
  }

  /// Says goodbye to all legs, ends the threads and waits for them. Once; what is asked afterwards is refused.
  public func stop() {
    for thread in threads { thread.requestStop() }
    for thread in threads { thread.join() }
    handshakes.stop()
    pump.stop()
  }

  /// What is refused when the engine has ended.
  private static let stopped = ConferenceMediaError.system("the media side has been stopped")

  // MARK: ConferenceMedia

  /// Opens a room on the thread with the fewest members. Costs the calling thread a millisecond, the media thread next to
  /// nothing.
  public func openRoom(_ settings: RoomSettings) async throws(ConferenceMediaError) -> RoomID {
    let (id, worker) = directory.withLock { directory in
      directory.lastRoom += 1
      let id = RoomID(rawValue: directory.lastRoom)
      let worker = directory.load.indices.min { directory.load[$0] < directory.load[$1] } ?? 0
      directory.rooms[id] = (worker, settings.capacity)
      // An empty room counts a little, so that rooms which are opened at once are spread.
      directory.load[worker] += 1
      return (id, worker)
    }
    let target = workers[worker]
    // A room is a few hundred kilobytes: made here, so that the media thread need not.
    let room = RoomBox(
      Room(
        id: id, settings: settings, events: target.events, wall: MonotonicClock.wall,
        seed: target.seed &+ UInt64(id.rawValue)))
    guard await target.ask({ .open(room, $0) }) != nil else {
      _ = forget(id)
      throw Self.stopped
    }
    return id
  }

  /// Closes a room, with a BYE to each of its members.
  public func closeRoom(_ room: RoomID) async {
    guard let worker = forget(room) else { return }
    await workers[worker].perform { .close(room, $0) }
  }

  private func forget(_ room: RoomID) -> Int? {
    directory.withLock { directory in
      guard let entry = directory.rooms.removeValue(forKey: room) else { return nil }
      let gone = directory.members.filter { $0.value == room }.map(\.key)
      for member in gone { directory.members[member] = nil }
      directory.load[entry.worker] -= 1 + gone.count
      return entry.worker
    }
  }

  /// Takes a member into a room.
  public func join(_ room: RoomID, leg: LegSettings) async throws(ConferenceMediaError) -> JoinedLeg {
    guard let (id, worker) = reserve(in: room) else { throw .unknownRoom(room) }
    let result = await workers[worker].ask { .join(room, id, leg, $0) }
    switch result {
    case .success(let joined): return joined
    case .failure(let error):
      release(id)
      throw error
    case nil:
      release(id)
      throw Self.stopped
    }
  }

  private func reserve(in room: RoomID) -> (MemberID, Int)? {
    directory.withLock { directory in
      guard let entry = directory.rooms[room] else { return nil }
      directory.lastMember += 1
      let id = MemberID(rawValue: directory.lastMember)
      directory.members[id] = room
      directory.load[entry.worker] += 1
      return (id, entry.worker)
    }
  }

  /// The room and worker of a member, who is known no more afterwards.
  @discardableResult
  private func release(_ member: MemberID) -> (room: RoomID, worker: Int)? {
    directory.withLock { directory in
      guard let room = directory.members.removeValue(forKey: member), let entry = directory.rooms[room]
      else { return nil }
      directory.load[entry.worker] -= 1
      return (room, entry.worker)
    }
  }

  /// Changes a member from the next tick on.
  public func change(_ member: MemberID, _ change: MemberChange) async throws(ConferenceMediaError) {
    let place: (room: RoomID, worker: Int)? = directory.withLock { directory in
      guard let room = directory.members[member], let entry = directory.rooms[room] else { return nil }
      return (room, entry.worker)
    }
    guard let place else { throw .unknownMember(member) }
    let result: Result<Void, ConferenceMediaError>? = await workers[place.worker].ask {
      .change(place.room, member, change, $0)
    }
    guard let result else { throw Self.stopped }
    try result.get()
  }

  /// Changes a room from the next tick on.
  public func change(_ room: RoomID, _ change: RoomChange) async throws(ConferenceMediaError) {
    guard let worker = directory.withLock({ $0.rooms[room]?.worker }) else { throw .unknownRoom(room) }
    let result: Result<Void, ConferenceMediaError>? = await workers[worker].ask { .changeRoom(room, change, $0) }
    guard let result else { throw Self.stopped }
    try result.get()
  }

  /// Restarts ICE with a WebRTC peer.
  public func restartICE(
    of member: MemberID, with credentials: ICECredentials
  ) async throws(ConferenceMediaError) -> PeerAnswer {
    let worker = directory.withLock { directory in directory.members[member].flatMap { directory.rooms[$0]?.worker } }
    guard let worker else { throw .unknownMember(member) }
    let result: Result<PeerAnswer, ConferenceMediaError>? = await workers[worker].ask {
      .restartICE(member, credentials, $0)
    }
    guard let result else { throw Self.stopped }
    return try result.get()
  }

  /// Takes a member out, with a BYE.
  public func leave(_ member: MemberID) async {
    guard let place = release(member) else { return }
    await workers[place.worker].perform { .leave(place.room, member, $0) }
  }

  /// Puts a tap into a room.
  public func attach(_ tap: RoomTap, to room: RoomID) async throws(ConferenceMediaError) {
    guard let worker = worker(of: room) else { throw .unknownRoom(room) }
    let result: Result<Void, ConferenceMediaError>? = await workers[worker].ask { .attach(tap, room, $0) }
    guard let result else { throw Self.stopped }
    try result.get()
  }

  /// Takes a tap out of a room.
  public func detach(_ tap: RoomTap, from room: RoomID) async {
    guard let worker = worker(of: room) else { return }
    await workers[worker].perform { .detach(tap, room, $0) }
  }

  private func worker(of room: RoomID) -> Int? {
    directory.withLock { $0.rooms[room]?.worker }
  }

  /// Packets from nobody that is known, a count for each thread.
  public var strangerPackets: [UInt64] { workers.map { $0.strangers.load(ordering: .relaxed) } }

  /// What happens in all rooms.
  public func events() async -> AsyncStream<MediaEvent> {
    pump.stream()
  }
}

/// A room on its way from the thread that made it to the one that owns it.
final class RoomBox: @unchecked Sendable {
  var room: Room

  init(_ room: consuming Room) {
    self.room = room
  }
}
