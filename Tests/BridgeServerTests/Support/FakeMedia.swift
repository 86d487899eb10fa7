import Conference
import MediaBase
import RTC
import Synchronization

/// A media side that mixes nothing: it notes what it is told, answers as it is set to, and tells what the test wants.
final class FakeMedia: ConferenceMedia, RoomTapping {
  struct State {
    var nextRoom: UInt32 = 1
    var nextMember: UInt64 = 1
    var rooms: [RoomID: RoomSettings] = [:]
    var legs: [MemberID: LegSettings] = [:]
    var roomOf: [MemberID: RoomID] = [:]
    /// Every change, in the order in which it came.
    var changes: [(MemberID, MemberChange)] = []
    var left: [MemberID] = []
    var closed: [RoomID] = []
    var taps: [RoomTap] = []
    var refusal: ConferenceMediaError?
    var strangerPackets: [UInt64] = []
    /// Every change of a room as text, in the order in which it came.
    var roomChanges: [String] = []
    private var answers = 0

    /// What a WebRTC peer is told: credentials that are new each time.
    mutating func nextAnswer() -> PeerAnswer {
      answers += 1
      guard
        let credentials = ICECredentials(
          usernameFragment: "ours\(answers)", password: String(repeating: "p", count: 24)),
        let fingerprint = CertificateFingerprint(algorithm: .sha256, bytes: Array(1...32))
      else { preconditionFailure("credentials that are none") }
      let place = TransportAddress(ipv4: 0x7f00_0001, port: 20_000)
      return PeerAnswer(
        credentials: credentials,
        candidates: [
          ICECandidate(address: place, transport: .udp, priority: 2_130_706_431),
          ICECandidate(address: place, transport: .tcpPassive, priority: 2_105_540_607),
        ],
        fingerprint: fingerprint)
    }
  }

  let state = Mutex(State())
  private let stream = AsyncStream.makeStream(of: MediaEvent.self)

  /// What every call that may fail answers from now on; `nil`: they work.
  func refuse(with error: ConferenceMediaError?) {
    state.withLock { $0.refusal = error }
  }

  /// Tells an event.
  func tell(_ kind: MediaEvent.Kind, in room: RoomID = RoomID(rawValue: 1)) {
    stream.continuation.yield(MediaEvent(room: room, time: PacketTime(nanoseconds: 0), kind: kind))
  }

  /// The changes so far, as text, and forgets them.
  func takeChanges() -> [String] {
    state.withLock { state in
      defer { state.changes = [] }
      return state.changes.map { member, change in
        switch change {
        case .voice(let voice):
          "\(member.rawValue) voice \(voice.gain.value) \(voice.isMuted ? "muted" : "open") \(voice.pan.position)"
        case .canTalk(let can): "\(member.rawValue) canTalk \(can)"
        case .canHear(let can): "\(member.rawValue) canHear \(can)"
        case .level(let level, of: let source): "\(member.rawValue) hears \(source.rawValue) at \(level.value)"
        case .press(let presses):
          "\(member.rawValue) gets \(String(String.UnicodeScalarView(presses.keys.map(\.sign)))) "
            + "\(presses.toneMilliseconds)/\(presses.pauseMilliseconds)"
        }
      }
    }
  }

  /// The changes of rooms so far, and forgets them.
  func takeRoomChanges() -> [String] {
    state.withLock { state in
      defer { state.roomChanges = [] }
      return state.roomChanges
    }
  }

  func change(_ room: RoomID, _ change: RoomChange) async throws(ConferenceMediaError) {
    if case .play = change { try check() }
    let text =
      switch change {
      case .play(let sound, as: let id, let gain, let loops):
        "play \(id.rawValue): \(sound.frames) of \(sound.layout) at \(gain.value)\(loops ? ", over and over" : "")"
      case .stop(let id): "stop \(id.rawValue)"
      case .tone(let sound): "tone of \(sound.frames)"
      case .hold(let sound): "hold \(sound?.frames ?? 0)"
      case .admit: "admit"
      }
    state.withLock { $0.roomChanges.append(text) }
  }

  func openRoom(_ settings: RoomSettings) async throws(ConferenceMediaError) -> RoomID {
    try check()
    return state.withLock { state in
      let id = RoomID(rawValue: state.nextRoom)
      state.nextRoom += 1
      state.rooms[id] = settings
      return id
    }
  }

  func closeRoom(_ room: RoomID) async {
    state.withLock { state in
      state.rooms[room] = nil
      state.closed.append(room)
    }
  }

  func join(_ room: RoomID, leg: LegSettings) async throws(ConferenceMediaError) -> JoinedLeg {
    try check()
    return state.withLock { state in
      let id = MemberID(rawValue: state.nextMember)
      state.nextMember += 1
      state.legs[id] = leg
      state.roomOf[id] = room
      return JoinedLeg(
        member: id, local: TransportAddress(ipv4: 0x7f00_0001, port: 20_000), ssrc: SSRC(rawValue: 1_000),
        peer: leg.peer.map { _ in state.nextAnswer() })
    }
  }

  func restartICE(
    of member: MemberID, with credentials: ICECredentials
  ) async throws(ConferenceMediaError) -> PeerAnswer {
    try check()
    return state.withLock { state in
      state.legs[member]?.peer?.credentials = credentials
      return state.nextAnswer()
    }
  }

  func change(_ member: MemberID, _ change: MemberChange) async throws(ConferenceMediaError) {
    if case .press = change { try check() }
    state.withLock { $0.changes.append((member, change)) }
  }

  func leave(_ member: MemberID) async {
    state.withLock { $0.left.append(member) }
  }

  func attach(_ tap: RoomTap, to room: RoomID) async throws(ConferenceMediaError) {
    try check()
    state.withLock { $0.taps.append(tap) }
  }

  func detach(_ tap: RoomTap, from room: RoomID) async {
    state.withLock { $0.taps.removeAll { $0 === tap } }
  }

  var strangerPackets: [UInt64] { state.withLock { $0.strangerPackets } }

  func events() async -> AsyncStream<MediaEvent> { stream.stream }

  private func check() throws(ConferenceMediaError) {
    if let refusal = state.withLock({ $0.refusal }) { throw refusal }
  }
}
