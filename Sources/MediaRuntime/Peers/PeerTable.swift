import Conference
import MediaBase
import RTC

/// The WebRTC peers of one media thread: who they are by their ICE fragment, and where ICE has found them.
///
/// A value of its thread. Looking a fragment or an address up costs a hash and no allocation; a check of a stranger costs
/// no more than that.
struct PeerTable {
  /// A place of a peer: an address, and the socket of ours that it was seen at.
  struct Place: Hashable {
    let address: TransportAddress
    let socket: Int32
  }

  /// One peer.
  struct Peer {
    let room: RoomBox
    let roomID: RoomID
    /// Their index in it.
    let index: Int
    var agent: ICELiteAgent
    /// Where ICE has found them, the newest last.
    var places: [Place] = []
    /// The fragments of ours that lead to them: that in use, and that of the last restart.
    var fragments: [UInt64] = []
    /// Where media goes.
    var path: Place?
    /// Whether DTLS has given keys.
    var isKeyed = false
    /// Whether it was told that media flows, and that it will no more.
    var isConnected = false, isLost = false
    /// Datagrams of DTLS that may still come within this second.
    var handshakeBudget = PeerTable.handshakeDatagramsPerSecond
  }

  /// A handshake has some twenty datagrams, with all that is sent again.
  static let handshakeDatagramsPerSecond = 60

  private(set) var peers: [MemberID: Peer] = [:]
  private var fragments: [UInt64: MemberID] = [:]

  /// Whether nobody else has a fragment.
  func isFree(_ fragment: String) -> Bool {
    Self.key(fragment).map { fragments[$0] == nil } ?? false
  }

  /// Takes a peer in.
  mutating func insert(_ peer: Peer, _ member: MemberID) {
    peers[member] = peer
    for credentials in peer.agent.credentials { note(credentials, of: member) }
  }

  /// Takes a peer out; gives back where they were.
  mutating func remove(_ member: MemberID) -> [Place] {
    guard let peer = peers.removeValue(forKey: member) else { return [] }
    for key in peer.fragments { fragments[key] = nil }
    return peer.places
  }

  /// Has new credentials lead to a peer, beside those in use.
  mutating func restart(_ member: MemberID, _ credentials: ICECredentials, peer: ICECredentials) {
    // Those in use go on until the new ones are seen; what was before them leads nowhere any more.
    let inUse = (peers[member]?.agent.credentials.first?.usernameFragment).flatMap(Self.key)
    for old in peers[member]?.fragments ?? [] where old != inUse { fragments[old] = nil }
    peers[member]?.fragments.removeAll { $0 != inUse }
    peers[member]?.agent.restart(credentials, peer: peer)
    note(credentials, of: member)
  }

  private mutating func note(_ credentials: ICECredentials, of member: MemberID) {
    guard let key = Self.key(credentials.usernameFragment) else { return }
    fragments[key] = member
    peers[member]?.fragments.append(key)
  }

  /// Whose check it is, by the front of its USERNAME.
  func member(named username: Span<UInt8>) -> MemberID? {
    guard username.count > 8, username[8] == UInt8(ascii: ":") else { return nil }
    var key: UInt64 = 0
    for index in 0..<8 { key = key << 8 | UInt64(username[index]) }
    return fragments[key]
  }

  /// Ours have eight letters, and so fit a number.
  private static func key(_ fragment: String) -> UInt64? {
    guard fragment.utf8.count == 8 else { return nil }
    return fragment.utf8.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Changes a peer in place.
  mutating func change<Result>(_ member: MemberID, _ body: (inout Peer) -> Result) -> Result? {
    guard let place = peers.index(forKey: member) else { return nil }
    return body(&peers.values[place])
  }

  /// Has a peer's agent judge a check.
  mutating func judge(
    _ message: borrowing STUNMessage, of member: MemberID, from source: TransportAddress, at now: PacketTime,
    _ answer: inout InlineArray<128, UInt8>
  ) -> (member: MemberID, verdict: ICELiteAgent.Verdict, bytes: Int)? {
    guard let place = peers.index(forKey: member) else { return nil }
    let outcome = peers.values[place].agent.receive(message, from: source, at: now, answer: answer.mutableSpan)
    return (member, outcome.verdict, outcome.bytes)
  }

  /// Gives all peers their budget back, and those who are gone: told once each.
  mutating func sweep(at now: PacketTime) -> [(member: MemberID, loss: PeerLoss)] {
    var gone: [(MemberID, PeerLoss)] = []
    for place in peers.indices {
      peers.values[place].handshakeBudget = Self.handshakeDatagramsPerSecond
      let peer = peers.values[place]
      guard !peer.isLost, peer.agent.expires <= now || (!peer.isConnected && peer.agent.isOverdue(at: now))
      else { continue }
      peers.values[place].isLost = true
      gone.append((peers.keys[place], peer.isConnected ? .consentExpired : .neverConnected))
    }
    return gone
  }
}
