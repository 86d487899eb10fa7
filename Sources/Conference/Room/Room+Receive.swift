import MediaBase
import RTC

/// The way in: what came for one member, into their jitter buffer.
extension Room {
  /// Takes a datagram that came for a member. What is not from the leg, malformed or not authentic is counted, and changes
  /// nothing else.
  ///
  /// - Parameters:
  ///   - datagram: the whole datagram; changed in place where it is encrypted.
  ///   - source: where it came from.
  ///   - arrival: when the kernel got it.
  public mutating func receive(
    _ datagram: inout MutableSpan<UInt8>, from source: TransportAddress, for index: MemberIndex, at arrival: PacketTime,
    pool: inout PacketPool
  ) {
    guard index < memberLimit, members.isTaken(index) else { return }
    // What comes from a WebRTC peer is known by its keys; the engine knows its addresses.
    let isPeer = members[index].isPeer
    guard isPeer ? senders[index].isEncrypted : isFromLeg(source, index) else { return reject(index) }
    let kind = PacketClass(of: datagram.span)
    guard let count = decrypt(&datagram, kind, for: index) else { return reject(index) }
    tapPacket(
      datagram.span.extracting(0..<count), from: isPeer ? members[index].leg.remote : source, for: index, at: arrival)
    switch kind {
    case .rtp: receiveRTP(datagram.span.extracting(0..<count), from: source, for: index, at: arrival, pool: &pool)
    case .rtcp where members[index].remote != nil:
      receiveRTCP(datagram.span.extracting(0..<count), for: index, at: arrival)
    case .rtcp, .stun, .dtls, .unknown: reject(index)
    }
  }

  /// The length of what is left without encryption; `nil` where it is not authentic.
  private mutating func decrypt(
    _ datagram: inout MutableSpan<UInt8>, _ kind: PacketClass, for index: MemberIndex
  ) -> Int? {
    guard senders[index].isEncrypted else { return datagram.count }
    switch kind {
    case .rtp: return try? encryption[index].unprotect(&datagram, count: datagram.count)
    case .rtcp: return try? encryption[index].unprotectRTCP(&datagram, count: datagram.count)
    case .stun, .dtls, .unknown: return nil
    }
  }

  /// Whether a packet from there can be the leg's: from where it was told to send, or from anywhere until that is learnt.
  private func isFromLeg(_ source: TransportAddress, _ index: MemberIndex) -> Bool {
    guard let remote = members[index].remote else { return true }
    return source == remote || source == members[index].rtcpRoute.address
  }

  /// The source of a leg's first good packet is the leg's place from now on (RFC 4961). It happens once.
  private mutating func learn(_ source: TransportAddress, for index: MemberIndex, at arrival: PacketTime) {
    guard members[index].remote == nil else { return }
    members[index].remote = source
    senders[index].route.address = source
    senders[index].isReady = true
    members[index].rtcpRoute = senders[index].route
    tell(.sourceLearnt(members[index].id, source), at: arrival)
  }

  private mutating func receiveRTP(
    _ packet: Span<UInt8>, from source: TransportAddress, for index: MemberIndex, at arrival: PacketTime,
    pool: inout PacketPool
  ) {
    guard let header = try? RTPHeader(parsing: packet) else { return reject(index) }
    let isVoice = header.payloadType == members[index].format.payloadType
    let isEvent = header.payloadType == members[index].telephoneEventPayloadType
    guard isVoice || isEvent else { return reject(index) }
    switch members[index].reception.receive(header, at: arrival) {
    case .refused, .packet(.probation), .packet(.jump): return reject(index)
    case .packet(.next(let missing)):
      for _ in 0..<missing { members[index].losses.note(.lost) }
    case .newSource: members[index].keys.restart()
    case .packet: break
    }
    learn(source, for: index, at: arrival)
    noteMedia(index, at: arrival)
    guard isVoice else {
      members[index].keys.receive(header, payload: header.payload(of: packet), at: arrival)
      members[index].losses.note(.heard)
      return
    }
    guard members[index].canTalk else { return }
    var packetLevel: UInt8?
    if let id = members[index].audioLevelExtension {
      packetLevel = AudioLevel(id: id, header: header, packet: packet).map { UInt8($0.belowOverload) }
    }
    let received = ReceivedPacket(
      ssrc: header.ssrc, sequence: header.sequenceNumber, timestamp: header.timestamp, isMarked: header.isMarked,
      level: packetLevel, arrival: arrival)
    let outcome = members[index].buffer.insert(received, payload: header.payload(of: packet), pool: &pool)
    members[index].losses.note(outcome == .accepted ? .heard : .discarded)
    addIncoming(index)
  }

  private mutating func noteMedia(_ index: MemberIndex, at arrival: PacketTime) {
    if members[index].lastPacket == nil { tell(.mediaStarted(members[index].id), at: arrival) }
    members[index].lastPacket = arrival
    members[index].lossToldSeconds = 0
  }

  mutating func reject(_ index: MemberIndex) {
    members[index].quality.packetsRejected &+= 1
  }

  private mutating func addIncoming(_ index: MemberIndex) {
    guard members[index].incomingPlace < 0 else { return }
    prepareVoice(of: index)
    incoming[incomingCount] = Int32(index)
    members[index].incomingPlace = Int32(incomingCount)
    incomingCount += 1
  }

  mutating func removeIncoming(_ index: MemberIndex) {
    let place = Int(members[index].incomingPlace)
    guard place >= 0 else { return }
    incomingCount -= 1
    let last = incoming[incomingCount]
    incoming[place] = last
    members[Int(last)].incomingPlace = Int32(place)
    members[index].incomingPlace = -1
  }
}
