import Conference
import MediaBase
import RTC

/// What a media thread owns: rooms and when they are due, who sends from where, sockets and batches.
///
/// Made on its thread, and never leaves it.
struct WorkerState: ~Copyable {
  private var rooms: [HostedRoom] = []
  var routes: [TransportAddress: Route] = [:]
  private(set) var members: [MemberID: HostedMember] = [:]
  var peers = PeerTable()
  let handshakes: HandshakeLink
  /// What WebRTC peers are told of us.
  let fingerprint: CertificateFingerprint, candidates: [ICECandidate]
  let events: BoundedRing<MediaEvent>
  var nextSweep = PacketTime(nanoseconds: 0)
  private var pool = PacketPool(blocks: firstBlocks)
  private(set) var batch = ReceiveBatch()
  var sink: SocketSink
  private let ports: MediaPorts
  /// Sockets of legs whose source has to be learnt, by their number; their route stands beside them.
  private var ownSockets: [Int: OwnSocket] = [:]
  private var load = CoreLoad()
  private let shedsLoad: Bool
  private let address: TransportAddress
  private let portRange: ClosedRange<UInt16>?

  /// Where a packet belongs: the room, and the member's index in it. Found once a packet, so it leads straight there.
  struct Route {
    let room: RoomBox
    let index: Int
    /// Where it is a WebRTC peer.
    var peer: MemberID?
  }

  /// A member, and what has to be given back when they leave.
  struct HostedMember {
    let room: RoomID
    let index: Int
    let addresses: [TransportAddress]
    let ownSocket: Int?
  }

  /// The socket of one whose source has to be learnt.
  struct OwnSocket {
    let socket: UDPSocket
    /// `nil` until they have joined.
    var route: Route?
  }

  /// A room with the time of its next tick.
  struct HostedRoom {
    let box: RoomBox
    let id: RoomID
    var due: PacketTime
  }

  /// Few talk at once, and a second of 20 ms packets is 50 blocks: a share of it for each, and enough for a small room.
  private static let firstBlocks = 256, blocksPerMember = 8
  /// Sockets by their numbers, which are their tokens too.
  static let rtpSocket = 0, rtcpSocket = 1
  private var firstOwnSocket: Int { ports.sockets.count }

  init(
    ports: MediaPorts, settings: MediaEngine.Settings, handshakes: HandshakeLink, fingerprint: CertificateFingerprint,
    events: BoundedRing<MediaEvent>
  ) {
    shedsLoad = settings.shedsLoad
    portRange = settings.ports
    self.ports = ports
    address = settings.address
    self.handshakes = handshakes
    self.fingerprint = fingerprint
    candidates = ports.candidates(announced: settings.announced)
    self.events = events
    sink = SocketSink(sockets: ports.sockets)
  }

  borrowing func watch(_ poller: inout Poller) {
    // All have just been opened.
    for (number, socket) in ports.sockets.enumerated() { try? poller.add(socket, token: UInt64(number)) }
  }

  // MARK: Rooms

  mutating func open(_ box: RoomBox) {
    // The golden ratio spreads any number of rooms over the frame.
    let frame = box.frameNanoseconds
    let share = (Double(rooms.count) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
    let start = MonotonicClock.now.advanced(byNanoseconds: Int64(share * Double(frame)))
    box.room.shed(load.shedding, at: MonotonicClock.now)
    rooms.append(HostedRoom(box: box, id: box.room.id, due: start))
  }

  mutating func close(_ id: RoomID) -> RoomBox? {
    guard let place = place(of: id) else { return nil }
    let gone = members.filter { $0.value.room == id }.map(\.key)
    for member in gone { leave(id, member) }
    rooms[place].box.room.detachAll(at: MonotonicClock.now)
    return rooms.remove(at: place).box
  }

  mutating func closeAll() {
    while let room = rooms.last { _ = close(room.id) }
    sink.flush()
  }

  private borrowing func place(of id: RoomID) -> Int? {
    for place in rooms.indices where rooms[place].id == id { return place }
    return nil
  }

  mutating func attach(_ tap: RoomTap, to id: RoomID) throws(ConferenceMediaError) {
    guard let place = place(of: id) else { throw .unknownRoom(id) }
    rooms[place].box.room.attach(tap, at: MonotonicClock.now, pool: &pool)
  }

  mutating func detach(_ tap: RoomTap, from id: RoomID) {
    guard let place = place(of: id) else { return }
    rooms[place].box.room.detach(tap, at: MonotonicClock.now)
  }

  // MARK: Members

  mutating func join(
    _ room: RoomID, _ member: MemberID, _ leg: LegSettings, _ poller: borrowing Poller
  ) throws(ConferenceMediaError) -> JoinedLeg {
    guard let place = place(of: room) else { throw .unknownRoom(room) }
    guard load.shedding < .admission else { throw .overloaded(load.shedding) }
    let addresses = leg.learnsSource || leg.peer != nil ? [] : [leg.remote, leg.remoteRTCP]
    for address in addresses where routes[address] != nil { throw .addressInUse(address) }
    // By those who are there, not by those who ever were: a bridge runs for months.
    let blocks = Self.firstBlocks + (members.count + 1) * Self.blocksPerMember
    // An eighth more than is wanted now: each time all blocks move, megabytes where thousands are there.
    if blocks > pool.blockCount { pool.grow(to: blocks + blocks / 8) }
    let own = leg.learnsSource && leg.peer == nil ? try openSocket(poller) : nil
    let box = rooms[place].box
    let joined: (index: Int, ssrc: SSRC)
    do throws(ConferenceMediaError) {
      joined = try box.room.join(
        member, leg: leg, socket: Int32(own?.number ?? Self.rtpSocket), rtcpSocket: Self.rtcpSocket(of: leg),
        local: own?.address ?? ports.rtp.localAddress, at: MonotonicClock.now, pool: &pool)
    } catch {
      if let own { closeSocket(own.number) }
      throw error
    }
    members[member] = HostedMember(
      room: room, index: joined.index, addresses: addresses, ownSocket: own?.number)
    let route = Route(room: box, index: joined.index)
    for address in addresses { routes[address] = route }
    if let own { ownSockets[own.number]?.route = route }
    var result = JoinedLeg(member: member, local: own?.address ?? ports.rtp.localAddress, ssrc: joined.ssrc)
    guard let peer = leg.peer else { return result }
    let agent = drawAgent(for: peer, at: MonotonicClock.now)
    do throws(ConferenceMediaError) {
      try begin(member, peer, agent, in: box, index: joined.index)
    } catch {
      leave(room, member)
      throw error
    }
    result.peer = agent.credentials.first.map { answer(with: $0) }
    return result
  }

  /// RTCP with a place of its own is sent from where it is received (RFC 4961, 4), the port beside RTP's; on one port with
  /// RTP it goes where RTP goes.
  private static func rtcpSocket(of leg: LegSettings) -> Int32? {
    leg.learnsSource || leg.peer != nil || leg.remoteRTCP == leg.remote ? nil : Int32(rtcpSocket)
  }

  private mutating func openSocket(
    _ poller: borrowing Poller
  ) throws(ConferenceMediaError) -> (number: Int, address: TransportAddress) {
    do {
      let socket = try PortPair.single(address, range: portRange)
      var number = firstOwnSocket
      while ownSockets[number] != nil { number += 1 }
      try poller.add(socket, token: UInt64(number))
      ownSockets[number] = OwnSocket(socket: socket)
      sink.setSocket(socket, at: number)
      return (number, socket.localAddress)
    } catch {
      throw .system("\(error)")
    }
  }

  private mutating func closeSocket(_ number: Int) {
    ownSockets[number] = nil
    sink.setSocket(nil, at: number)
  }

  mutating func change(
    _ room: RoomID, _ member: MemberID, _ change: MemberChange
  ) throws(ConferenceMediaError) {
    guard let place = place(of: room), let hosted = members[member] else { throw .unknownMember(member) }
    var source: Int?
    if case .level(_, of: let other) = change {
      guard let found = members[other], found.room == room else { throw .unknownMember(other) }
      source = found.index
    }
    try rooms[place].box.room.change(hosted.index, change, source: source)
  }

  mutating func change(_ room: RoomID, _ change: RoomChange) throws(ConferenceMediaError) {
    guard let place = place(of: room) else { throw .unknownRoom(room) }
    try rooms[place].box.room.change(change, at: MonotonicClock.now)
  }

  mutating func leave(_ room: RoomID, _ member: MemberID) {
    guard let place = place(of: room), let hosted = members.removeValue(forKey: member) else { return }
    rooms[place].box.room.sayGoodbye(to: hosted.index, at: MonotonicClock.now, into: &sink)
    sink.flush()
    rooms[place].box.room.leave(hosted.index, pool: &pool)
    for address in hosted.addresses { routes[address] = nil }
    if peers.peers[member] != nil { end(member) }
    if let number = hosted.ownSocket { closeSocket(number) }
  }

  // MARK: Packets

  /// Takes what waits on a socket, up to so much that the ticks are not kept waiting.
  mutating func receive(from token: UInt64) {
    let number = Int(token)
    guard let socket = number < firstOwnSocket ? ports.sockets[number] : ownSockets[number]?.socket else { return }
    for _ in 0..<Self.mostBatches {
      let received = batch.receive(from: socket)
      for index in 0..<batch.count { deliver(index, from: number) }
      // Answers to checks.
      sink.flush()
      if received < batch.capacity { return }
    }
  }

  private static let mostBatches = 8

  private mutating func deliver(_ datagram: Int, from number: Int) {
    let source = batch.source(datagram)
    let arrival = batch.arrival(datagram)
    if number < firstOwnSocket {
      if takePeerPacket(datagram, from: source, socket: Int32(number), at: arrival) { return }
      guard let route = routes[source] else {
        load.strangers &+= 1
        return
      }
      Self.give(batch, datagram, from: source, to: route, at: arrival, &pool)
    } else if let route = ownSockets[number]?.route {
      // Its one port is its own: whoever sends the first good packet is the leg, and nobody else afterwards.
      Self.give(batch, datagram, from: source, to: route, at: arrival, &pool)
    }
  }

  private static func give(
    _ batch: borrowing ReceiveBatch, _ datagram: Int, from source: TransportAddress, to route: Route,
    at arrival: PacketTime, _ pool: inout PacketPool
  ) {
    var bytes = batch.mutableDatagram(datagram)
    route.room.room.receive(&bytes, from: source, for: route.index, at: arrival, pool: &pool)
  }

  /// Packets of nobody that is known, so far.
  var strangers: UInt64 { load.strangers }

  // MARK: Ticks

  /// Counts what the control side's commands cost, in nanoseconds.
  mutating func noteCommands(_ nanoseconds: Int64) {
    load.noteCommands(nanoseconds)
  }

  /// When the next room is due; `nil` where there is none.
  var nextDeadline: PacketTime? {
    var earliest: PacketTime?
    for room in rooms where earliest.map({ room.due < $0 }) ?? true { earliest = room.due }
    return earliest
  }

  mutating func tickWhatIsDue() {
    var now = MonotonicClock.now
    for place in rooms.indices where rooms[place].due <= now {
      let box = rooms[place].box
      let frame = box.frameNanoseconds
      let late = now.nanoseconds(since: rooms[place].due)
      if late > Self.longestPause { skip(place, late: late, frame: frame) }
      box.room.noteLateness(late)
      let before = ThreadCPUTime.nanoseconds
      RealtimeSection.enter()
      box.room.tick(at: rooms[place].due, pool: &pool, into: &sink)
      sink.flush()
      RealtimeSection.exit()
      let used = ThreadCPUTime.nanoseconds
      box.room.noteCost(used - before)
      rooms[place].due = rooms[place].due.advanced(byNanoseconds: frame)
      now = MonotonicClock.now
      if shedsLoad, let shedding = load.note(used: used, at: now) { shed(shedding) }
    }
  }

  /// After so long a pause (a stopped process, a suspended machine) the ticks between are not made up for.
  private static let longestPause: Int64 = 500_000_000

  private mutating func skip(_ place: Int, late: Int64, frame: Int64) {
    let ticks = Int(late / frame)
    let skipped = rooms[place].box.room.skip(ticks: ticks)
    rooms[place].due = rooms[place].due.advanced(byNanoseconds: Int64(skipped) * frame)
  }

  private mutating func shed(_ shedding: LoadShedding) {
    for room in rooms { room.box.room.shed(shedding, at: MonotonicClock.now) }
  }
}

extension RoomBox {
  var frameNanoseconds: Int64 {
    Int64(room.settings.frame.samples) * 1_000_000_000 / Int64(AudioRate.samplesPerSecond)
  }
}
