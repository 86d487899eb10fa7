import Conference
import MediaBase
import RTC

/// WebRTC peers: checks, handshakes and where media goes.
///
/// ```
///  port ─ first byte? ─┬─ STUN ─ fragment ─▶ peer's agent ─▶ answer; its source is the peer's; nominated: the path
///                      ├─ DTLS ─ from a place of a peer's ─▶ handshake thread ─▶ keys
///                      └─ RTP  ─ from a place of a peer's, or a plain leg's ─▶ room
/// ```
extension WorkerState {
  // MARK: Joining and leaving

  /// Our side of ICE for one who is about to join.
  borrowing func drawAgent(for peer: PeerSettings, at now: PacketTime) -> ICELiteAgent {
    ICELiteAgent(drawCredentials(), peer: peer.credentials, at: now)
  }

  /// Credentials that nobody else on this thread has.
  private borrowing func drawCredentials() -> ICECredentials {
    var random = SystemRandomNumberGenerator()
    while true {
      let credentials = ICELiteAgent.drawCredentials(&random)
      if peers.isFree(credentials.usernameFragment) { return credentials }
    }
  }

  /// Takes a peer in who has joined a room.
  mutating func begin(
    _ member: MemberID, _ peer: PeerSettings, _ agent: ICELiteAgent, in room: RoomBox, index: Int
  ) throws(ConferenceMediaError) {
    let beginning = HandshakeLink.Beginning(member: member, role: peer.role, fingerprint: peer.fingerprint)
    guard handshakes.begin(beginning) else { throw .system("too many WebRTC peers join at once: try again") }
    peers.insert(PeerTable.Peer(room: room, roomID: room.room.id, index: index, agent: agent), member)
  }

  /// Takes a peer out who leaves.
  mutating func end(_ member: MemberID) {
    for place in peers.remove(member) where routes[place.address]?.peer == member { routes[place.address] = nil }
    handshakes.tell(.gone, of: member)
  }

  /// Restarts ICE with a peer.
  mutating func restartICE(
    _ member: MemberID, _ credentials: ICECredentials
  ) throws(ConferenceMediaError) -> PeerAnswer {
    guard members[member] != nil else { throw .unknownMember(member) }
    guard peers.peers[member] != nil else { throw .unsupported("the leg is no WebRTC leg: it has no ICE") }
    let ours = drawCredentials()
    peers.restart(member, ours, peer: credentials)
    return answer(with: ours)
  }

  /// What a peer is told of us.
  borrowing func answer(with credentials: ICECredentials) -> PeerAnswer {
    PeerAnswer(credentials: credentials, candidates: candidates, fingerprint: fingerprint)
  }

  // MARK: Packets

  /// Takes what is not media: true where it was a check or a handshake.
  mutating func takePeerPacket(_ datagram: Int, from source: TransportAddress, socket: Int32, at now: PacketTime)
    -> Bool
  {
    switch PacketClass(of: batch.datagram(datagram)) {
    case .stun: return takeCheck(datagram, from: source, socket: socket, at: now)
    case .dtls:
      guard let member = routes[source]?.peer else { return false }
      let mayPass = peers.change(member) { peer in
        peer.handshakeBudget -= 1
        return peer.handshakeBudget >= 0
      }
      if mayPass == true { handshakes.tell(.datagram, of: member, batch.datagram(datagram)) }
      return true
    case .rtp, .rtcp, .unknown: return false
    }
  }

  private mutating func takeCheck(
    _ datagram: Int, from source: TransportAddress, socket: Int32, at now: PacketTime
  ) -> Bool {
    var answer = InlineArray<128, UInt8>(repeating: 0)
    guard let check = Self.judge(batch, datagram, from: source, at: now, &peers, &answer), check.verdict != .dropped
    else { return false }
    _ = sink.send(to: SendRoute(address: source, socket: socket)) { slot in
      for index in 0..<check.bytes { slot[index] = answer[index] }
      return check.bytes
    }
    if case .valid(let isNominated) = check.verdict {
      admit(
        PeerTable.Place(address: source, socket: socket), of: check.member, isNominated: isNominated, at: now)
    }
    return true
  }

  /// Has the peer that a check names judge it; `nil` where it names none.
  private static func judge(
    _ batch: borrowing ReceiveBatch, _ datagram: Int, from source: TransportAddress, at now: PacketTime,
    _ peers: inout PeerTable, _ answer: inout InlineArray<128, UInt8>
  ) -> (member: MemberID, verdict: ICELiteAgent.Verdict, bytes: Int)? {
    guard let message = try? STUNMessage(batch.datagram(datagram)),
      let member = peers.member(named: message.username)
    else { return nil }
    return peers.judge(message, of: member, from: source, at: now, &answer)
  }

  /// A check has shown that a place is the peer's.
  private mutating func admit(_ place: PeerTable.Place, of member: MemberID, isNominated: Bool, at now: PacketTime) {
    if let route = routes[place.address], route.peer != member {
      // A plain leg's place was told by the operator. A peer's goes to whoever can authenticate from there.
      guard let other = route.peer else { return }
      giveUp(place.address, of: other)
    }
    guard let peer = peers.peers[member], !peer.isLost else { return }
    if !peer.places.contains(place) {
      let dropped = peers.change(member) { $0.admit(place) } ?? nil
      // One address may have been seen at two of our sockets.
      if let dropped, peers.peers[member]?.places.contains(where: { $0.address == dropped.address }) == false {
        routes[dropped.address] = nil
      }
      routes[place.address] = Route(room: peer.room, index: peer.index, peer: member)
      if peer.places.isEmpty { handshakes.tell(.reached, of: member) }
    }
    guard isNominated, peer.path != place else { return }
    peers.change(member) { $0.path = place }
    peer.room.room.setPath(of: peer.index, to: place.address, socket: place.socket)
    tellConnected(member, at: now)
  }

  /// An address is another peer's from now on: nothing more goes there for this one.
  private mutating func giveUp(_ address: TransportAddress, of member: MemberID) {
    guard let peer = peers.peers[member] else { return }
    peers.change(member) { peer in
      peer.places.removeAll { $0.address == address }
      if peer.path?.address == address { peer.path = nil }
    }
    if peer.path?.address == address { peer.room.room.dropPath(of: peer.index) }
  }

  // MARK: What the handshake thread found

  /// Takes over what it found since the last time.
  mutating func takeFindings(at now: PacketTime) {
    while let finding = handshakes.nextFinding() {
      switch finding {
      case .datagram(let member, let bytes): send(bytes, to: member)
      case .keys(let member, let keys): take(keys, of: member, at: now)
      case .lost(let member, let loss): lose(member, loss, at: now)
      }
    }
  }

  private mutating func send(_ bytes: [UInt8], to member: MemberID) {
    guard let peer = peers.peers[member], let place = peer.path ?? peer.places.last else { return }
    _ = sink.send(to: SendRoute(address: place.address, socket: place.socket)) { slot in
      guard bytes.count <= slot.count else { return 0 }
      for index in bytes.indices { slot[index] = bytes[index] }
      return bytes.count
    }
    sink.flush()
  }

  private mutating func take(_ keys: SRTPKeys, of member: MemberID, at now: PacketTime) {
    guard let peer = peers.peers[member], !peer.isLost else { return }
    do throws(ConferenceMediaError) {
      try peer.room.room.setKeys(keys, of: peer.index)
    } catch {
      return lose(member, .handshakeFailed, at: now)
    }
    peers.change(member) { $0.isKeyed = true }
    tellConnected(member, at: now)
  }

  private mutating func tellConnected(_ member: MemberID, at now: PacketTime) {
    guard let peer = peers.peers[member], peer.isKeyed, peer.path != nil, !peer.isConnected else { return }
    peers.change(member) { $0.isConnected = true }
    events.push(MediaEvent(room: peer.roomID, time: now, kind: .peerConnected(member)))
  }

  private mutating func lose(_ member: MemberID, _ loss: PeerLoss, at now: PacketTime) {
    guard let peer = peers.peers[member], !peer.isLost else { return }
    peers.change(member) { $0.isLost = true }
    peer.room.room.dropPath(of: peer.index)
    events.push(MediaEvent(room: peer.roomID, time: now, kind: .peerLost(member, loss)))
  }

  /// Once a second: who has gone without a word.
  mutating func sweepPeers(at now: PacketTime) {
    guard now >= nextSweep else { return }
    nextSweep = now.advanced(byMilliseconds: 1_000)
    for (member, loss) in peers.sweep(at: now) {
      guard let peer = peers.peers[member] else { continue }
      peer.room.room.dropPath(of: peer.index)
      events.push(MediaEvent(room: peer.roomID, time: now, kind: .peerLost(member, loss)))
    }
  }
}

extension PeerTable.Peer {
  /// Takes a place in; gives back the one that has to go for it, which is never the path.
  fileprivate mutating func admit(_ place: PeerTable.Place) -> PeerTable.Place? {
    defer { places.append(place) }
    guard places.count >= ICELiteAgent.mostAddresses, let oldest = places.firstIndex(where: { $0 != path })
    else { return nil }
    return places.remove(at: oldest)
  }
}
