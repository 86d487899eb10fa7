import MediaBase
import RTC

/// WebRTC members: who join with nothing but a promise, and get path and keys when ICE and DTLS have found them. Until then
/// they send and are sent nothing.
extension Room {
  /// From now on media goes there: the pair that the peer nominated. Where it comes from is for the engine to judge, and for
  /// SRTP.
  public mutating func setPath(of index: MemberIndex, to address: TransportAddress, socket: Int32) {
    guard isPeer(index) else { return }
    senders[index].route = SendRoute(address: address, socket: socket)
    members[index].rtcpRoute = senders[index].route
    members[index].hasPath = true
    senders[index].isReady = senders[index].isEncrypted
  }

  /// From now on nothing goes to the peer, until there is a path again.
  public mutating func dropPath(of index: MemberIndex) {
    guard isPeer(index) else { return }
    members[index].hasPath = false
    senders[index].isReady = false
  }

  /// The keys that DTLS gave. A second time they take the place of the first.
  public mutating func setKeys(_ keys: SRTPKeys, of index: MemberIndex) throws(ConferenceMediaError) {
    guard isPeer(index) else { return }
    if encryption.isTaken(index) { encryption.remove(at: index) }
    senders[index].isEncrypted = false
    try encrypt(index, with: keys, ssrc: senders[index].ssrc)
    senders[index].isEncrypted = true
    senders[index].isReady = members[index].hasPath
  }

  private func isPeer(_ index: MemberIndex) -> Bool {
    index < memberLimit && members.isTaken(index) && members[index].isPeer
  }
}

extension LegSettings {
  /// The same leg as it would be without encryption and ICE: what is told to those who listen to a room.
  ///
  /// A WebRTC peer stands under an address of the discard prefix (RFC 6666) with its number in it: its own changes with the
  /// network that it is in, and is nobody's business in a recording.
  func inTheClear(of member: MemberID) -> LegSettings {
    var settings = self
    settings.srtp = nil
    guard peer != nil else { return settings }
    settings.peer = nil
    settings.remote = TransportAddress(high: 0x0100 << 48, low: member.rawValue, port: 9)
    settings.remoteRTCP = settings.remote
    settings.learnsSource = false
    return settings
  }
}
