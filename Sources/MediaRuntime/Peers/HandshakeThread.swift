import Conference
import MediaBase
import RTC

/// The thread that shakes hands with WebRTC peers: DTLS costs a millisecond of asymmetric arithmetic a peer, and allocates.
///
/// One for an engine, with a link to each media thread. A session is made with a peer's first datagram, which has come from
/// an address that ICE has authenticated: strangers cost it nothing. Stop it before its last reference goes.
final class HandshakeThread: Sendable {
  /// Ours, for all peers of this run.
  let certificate: DTLSCertificate
  let waker: Waker
  private let thread: MediaThread

  /// Starts it.
  init(_ certificate: DTLSCertificate, waker: Waker, links: [HandshakeLink]) throws(MediaRuntimeError) {
    self.certificate = certificate
    self.waker = waker
    thread = try MediaThread(.init(name: "handshakes"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var desks = links.map { HandshakeDesk(certificate, link: $0) }
      while !stop.isRequested {
        poller.wait(until: desks.compactMap(\.nextTimeout).min())
        for index in desks.indices { desks[index].work(at: MonotonicClock.now) }
      }
    }
  }

  /// Ends it, and waits for it.
  func stop() {
    thread.requestStop()
    thread.join()
  }
}

/// The handshakes of one media thread's peers.
private struct HandshakeDesk {
  /// A peer, with the session once there was something to take.
  final class Peer {
    let beginning: HandshakeLink.Beginning
    var session: DTLSSession?
    /// Whether its keys, or its loss, have been told.
    var isTold = false

    init(_ beginning: HandshakeLink.Beginning) {
      self.beginning = beginning
    }
  }

  let certificate: DTLSCertificate
  let link: HandshakeLink
  var peers: [MemberID: Peer] = [:]
  /// Those whose handshake goes on.
  var open: Set<MemberID> = []
  /// Those whose keys or loss found no room on their way to the media thread.
  var untold: Set<MemberID> = []
  var nextTimeout: PacketTime?

  init(_ certificate: DTLSCertificate, link: HandshakeLink) {
    self.certificate = certificate
    self.link = link
  }

  mutating func work(at now: PacketTime) {
    var touched = untold
    link.read { head, beginning, datagram in
      let member = MemberID(rawValue: head.member)
      if let beginning { peers[member] = Peer(beginning) }
      switch head.kind {
      case .began: break
      case .gone:
        peers[member] = nil
        open.remove(member)
        untold.remove(member)
      case .reached: reach(member, at: now)
      case .datagram: take(datagram, of: member, at: now)
      }
      touched.insert(member)
    }
    for member in open {
      if let due = peers[member]?.session?.nextTimeout, due <= now {
        peers[member]?.session?.handleTimeout(at: now)
        touched.insert(member)
      }
    }
    for member in touched { tell(of: member) }
    nextTimeout = open.compactMap { peers[$0]?.session?.nextTimeout }.min()
    if !untold.isEmpty { nextTimeout = now.advanced(byMilliseconds: 5) }
    if !touched.isEmpty { link.wakeMedia() }
  }

  private mutating func reach(_ member: MemberID, at now: PacketTime) {
    guard let peer = peers[member], peer.beginning.role == .client, peer.session == nil else { return }
    makeSession(peer, at: now)
  }

  private mutating func take(_ datagram: Span<UInt8>, of member: MemberID, at now: PacketTime) {
    guard let peer = peers[member] else { return }
    if peer.session == nil { makeSession(peer, at: now) }
    peer.session?.receive(datagram, at: now)
  }

  private mutating func makeSession(_ peer: Peer, at now: PacketTime) {
    let beginning = peer.beginning
    peer.session = try? DTLSSession(certificate, role: beginning.role, expecting: beginning.fingerprint)
    peer.session?.start(at: now)
    open.insert(beginning.member)
  }

  /// Tells the media thread what has come of a peer's handshake.
  private mutating func tell(of member: MemberID) {
    guard let peer = peers[member] else { return }
    while let datagram = peer.session?.takeDatagram() { link.push(.datagram(member, datagram)) }
    let isTaken: Bool
    switch peer.session?.state {
    case nil, .handshaking: return
    case .established(let keys): isTaken = peer.isTold || link.push(.keys(member, keys))
    case .closed: isTaken = link.push(.lost(member, .closed))
    case .failed(let error): isTaken = link.push(.lost(member, PeerLoss(error)))
    }
    open.remove(member)
    // DTLS does not say it again: where there was no room, it is told at the next turn.
    if isTaken { untold.remove(member) } else { untold.insert(member) }
    peer.isTold = isTaken
  }
}

extension PeerLoss {
  init(_ error: DTLSError) {
    self = error == .wrongFingerprint ? .wrongFingerprint : error == .timedOut ? .neverConnected : .handshakeFailed
  }
}
