import Conference
import Foundation
import MediaBase
import Mixing
import RTC

/// One room as the control side knows it: its rules applied to who is in it.
///
/// A plain value, owned by `RoomDirectory`. It does nothing itself: each method takes what happened and gives back what
/// the media side and the readers of events are to be told.
struct RoomState: Sendable {
  let name: String
  let id: RoomID
  /// How it mixes; fixed.
  let settings: RoomSettings
  let openedAt: Date
  private(set) var rules: RoomRules
  private(set) var members: [MemberID: MemberState] = [:]
  private(set) var groups: [String: WhisperGroup] = [:]
  var quality = RoomQuality()
  var shedding = LoadShedding.none
  /// What is played to everybody.
  var playbacks: [PlaybackID: Playback] = [:]
  /// Joins that the media side has been asked for and not yet answered.
  private(set) var joining = 0
  private var pinGate = PINGate()
  /// A host has been here since the room was last empty: it stays open for all until it is empty again.
  private var hostHasCome = false
  private(set) var emptySince: Duration?
  /// Whether the media side was told that everybody waits.
  private var toldWaiting = false
  /// The pairs that the media side knows.
  private var levels: [LevelPair: Decibels] = [:]

  /// What is to be done about something that happened.
  struct Outcome {
    /// For the media side, in this order.
    var changes: [(MemberID, MemberChange)] = []
    /// For the media side, of the room as a whole, before the others.
    var wishes: [RoomWish] = []
    /// For the readers of events, in this order.
    var events: [EventKind] = []
    /// Whether the room is over.
    var closes: RoomCloseReason?
  }

  init(name: String, id: RoomID, settings: RoomSettings, rules: RoomRules, openedAt: Date, now: Duration) {
    self.name = name
    self.id = id
    self.settings = settings
    self.rules = rules
    self.openedAt = openedAt
    emptySince = now
  }

  /// Whether everybody but hosts waits for one.
  var isWaiting: Bool { rules.waitsForHost && !hostHasCome }
  /// Members in the order in which they came.
  var membersInOrder: [MemberState] { members.values.sorted { $0.id.rawValue < $1.id.rawValue } }
  private var hasHost: Bool { members.values.contains { $0.role == .host } }

  /// The member that a person's session is in the room as.
  func member(of session: String) -> MemberID? {
    members.first { $0.value.session == session }?.key
  }

  // MARK: Joining

  /// Checks a PIN, of a join or for a session that may join later.
  mutating func checkPIN(_ pin: String?, at now: Duration) throws(RoomError) {
    switch pinGate.check(pin, against: rules.pin, at: now) {
    case .right: break
    case .wrong: throw .pinWrong
    case .mustWait(let seconds): throw .tooManyTries(seconds: seconds)
    }
  }

  /// Checks a join and keeps a place for it. To be ended by `admit` or `abandonJoin`.
  mutating func reserve(_ request: JoinRequest, at now: Duration) throws(RoomError) -> LegWish {
    // Who is here comes back, such as over another network: into a locked room too, and in the place of their own.
    let former = request.session.flatMap { member(of: $0) }
    if rules.isLocked && request.role != .host && former == nil { throw .roomLocked }
    if !request.hasShownPIN { try checkPIN(request.pin, at: now) }
    guard members.count + joining < settings.capacity else { throw .roomFull(capacity: settings.capacity) }
    joining += 1
    return LegWish(
      voice: MemberSettings(gain: request.gain, isMuted: request.isMuted, pan: request.pan),
      canTalk: request.role != .listener && (!isWaiting || request.role == .host) && request.direction.sends,
      canHear: request.direction.receives, waits: isWaiting && request.role != .host)
  }

  /// The media side refused.
  mutating func abandonJoin() {
    joining -= 1
  }

  /// The media side has taken them.
  mutating func admit(_ member: MemberState) -> Outcome {
    joining -= 1
    emptySince = nil
    members[member.id] = member
    var outcome = Outcome()
    outcome.events = [.memberJoined(MemberDocument(member, in: self))]
    outcome.changes = hostsChanged(alsoSettling: member.id)
    outcome.changes += settleLevels()
    // Waiting began while their leg was on its way into the room.
    if isWaiting && !member.told.waits { toldWaiting = false }
    outcome.wishes = settleWaiting()
    if rules.tones != .none && !isWaiting { outcome.wishes.append(.tone(.joining)) }
    outcome.events[0] = .memberJoined(MemberDocument(members[member.id] ?? member, in: self))
    return outcome
  }

  /// Removes one; the media side is told to let them go by whoever calls.
  mutating func remove(_ id: MemberID, because reason: LeaveReason, at now: Duration) -> Outcome {
    guard let member = members.removeValue(forKey: id) else { return Outcome() }
    var outcome = Outcome()
    outcome.events = [.memberLeft(MemberLeft(member: id, name: member.name, reason: reason))]
    for other in members.keys { members[other]?.wishes[id] = nil }
    for name in groups.keys { groups[name]?.members.remove(id) }
    outcome.changes = settleLevels()
    if members.isEmpty {
      emptySince = now
      hostHasCome = false
    }
    outcome.wishes = settleWaiting()
    if rules.tones == .both && !members.isEmpty && !isWaiting { outcome.wishes.append(.tone(.leaving)) }
    if member.role == .host && rules.endsWhenHostLeaves && !hasHost { outcome.closes = .hostLeft }
    return outcome
  }

  // MARK: Changing

  /// Changes the rules; a host's presence may mean something else from now on.
  mutating func apply(_ edit: RoomEdit, at now: Duration) -> Outcome {
    edit.apply(to: &rules)
    if edit.pin != nil { pinGate = PINGate() }
    if members.isEmpty { emptySince = now }
    let changes = hostsChanged()
    return Outcome(changes: changes, wishes: settleWaiting())
  }

  /// Changes a member; `events` tell it only where something did change.
  mutating func apply(_ edit: MemberEdit, to id: MemberID) throws(RoomError) -> Outcome {
    guard var member = members[id] else { throw .memberUnknown(id.text) }
    for other in edit.levels.keys where members[other] == nil || other == id { throw .memberUnknown(other.text) }
    let before = MemberDocument(member, in: self)
    let raisedBefore = member.hasRaisedHand
    edit.apply(to: &member)
    let old = self
    members[id] = member
    var outcome = Outcome(changes: hostsChanged(alsoSettling: id))
    outcome.wishes = settleWaiting()
    if !edit.levels.isEmpty {
      guard plannedLevels().count <= settings.levelCapacity else {
        self = old
        throw .tooManyLevels(limit: settings.levelCapacity)
      }
      outcome.changes += settleLevels()
    }
    let after = MemberDocument(members[id] ?? member, in: self)
    if after != before { outcome.events.append(.memberChanged(after)) }
    if member.hasRaisedHand != raisedBefore {
      outcome.events.append(.handRaised(HandRaised(member: id, raised: member.hasRaisedHand)))
    }
    if old.members[id]?.role == .host && member.role != .host && rules.endsWhenHostLeaves && !hasHost {
      outcome.closes = .hostLeft
    }
    return outcome
  }

  /// Mutes or unmutes everybody but hosts, as a host; the second is how many it changed.
  mutating func muteAll(_ isMuted: Bool) -> (Outcome, Int) {
    var outcome = Outcome()
    for id in members.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard var member = members[id], member.role != .host, member.isMutedByHost != isMuted else { continue }
      member.isMutedByHost = isMuted
      outcome.changes += member.settle(isWaiting: isWaiting)
      members[id] = member
      outcome.events.append(.memberChanged(MemberDocument(member, in: self)))
    }
    return (outcome, outcome.events.count)
  }

  /// Makes a group, changes it, or with `nil` ends it.
  mutating func setGroup(_ name: String, _ group: WhisperGroup?) throws(RoomError) -> Outcome {
    if let stranger = group?.members.first(where: { members[$0] == nil }) { throw .memberUnknown(stranger.text) }
    guard group != nil || groups[name] != nil else { throw .groupUnknown(name) }
    let old = groups[name]
    groups[name] = group
    guard plannedLevels().count <= settings.levelCapacity else {
      groups[name] = old
      throw .tooManyLevels(limit: settings.levelCapacity)
    }
    return Outcome(changes: settleLevels())
  }

  // MARK: What the media side tells

  /// Notes what happened to a member; nothing for one who has left.
  mutating func note(_ kind: MediaEvent.Kind, at now: Duration) -> Outcome {
    switch kind {
    case .talking(let id, let isTalking):
      guard members[id] != nil else { return Outcome() }
      members[id]?.isTalking = isTalking
      return Outcome(events: [.talking(Talking(member: id, talking: isTalking))])
    case .quality(let id, let quality):
      return noteQuality(id, quality)
    case .digit(let id, let digit):
      guard members[id] != nil else { return Outcome() }
      return Outcome(events: [.digit(Digit(member: id, digit: String(Character(digit))))])
    case .mediaStarted(let id):
      members[id]?.hasMedia = true
      members[id]?.lostSince = nil
      return Outcome()
    case .mediaLost(let id, let seconds):
      guard members[id] != nil else { return Outcome() }
      members[id]?.lostSince = now - .seconds(seconds)
      return Outcome(events: [.mediaLost(MediaLost(member: id, seconds: seconds))])
    case .sourceLearnt(let id, let address):
      guard var member = members[id] else { return Outcome() }
      member.remote = address
      members[id] = member
      return Outcome(events: [.memberChanged(MemberDocument(member, in: self))])
    case .playbackEnded:
      return Outcome()  // The directory knows what plays.
    case .peerConnected(let id):
      return noteConnection(of: id)
    case .leftByRTCP, .peerLost:
      return Outcome()  // `remove` is called for it: the media side has to let go as well.
    case .roomQuality(let quality):
      self.quality = quality
      return Outcome()
    case .shedding(let shedding):
      self.shedding = shedding
      return Outcome(events: [.shedding(Shedding(shedding: shedding.name))])
    }
  }

  private mutating func noteConnection(of id: MemberID) -> Outcome {
    members[id]?.lostSince = nil
    guard members[id]?.peer?.isConnected == false else { return Outcome() }
    members[id]?.peer?.isConnected = true
    return Outcome(events: members[id].map { [.memberChanged(MemberDocument($0, in: self))] } ?? [])
  }

  /// The credentials of both sides since an ICE restart.
  mutating func noteRestart(of id: MemberID, theirs: ICECredentials, ours: ICECredentials) {
    members[id]?.peer?.theirs = theirs
    members[id]?.peer?.ours = ours
  }

  private mutating func noteQuality(_ id: MemberID, _ quality: LegQuality) -> Outcome {
    guard var member = members[id] else { return Outcome() }
    if quality.packetsReceived > (member.quality?.packetsReceived ?? 0) {
      member.hasMedia = true
      member.lostSince = nil
    }
    member.quality = quality
    members[id] = member
    return Outcome(events: [
      .quality(MemberQuality(member: id, quality: QualityDocument(quality))),
      .level(MemberLevel(member: id, leveldBFS: quality.leveldBFS)),
    ])
  }

  // MARK: Time

  /// Members whose packets have been missing for too long.
  func silentMembers(at now: Duration) -> [MemberID] {
    guard rules.mediaTimeoutSeconds > 0 else { return [] }
    return membersInOrder.filter { member in
      member.role != .listener && member.direction.sends
        && member.lostSince.map { now - $0 >= .seconds(rules.mediaTimeoutSeconds) } ?? false
    }.map(\.id)
  }

  /// Whether it has been empty for too long.
  func isIdle(at now: Duration) -> Bool {
    guard let emptySince, joining == 0, rules.idleTimeoutSeconds > 0 else { return false }
    return now - emptySince >= .seconds(rules.idleTimeoutSeconds)
  }

  // MARK: What follows

  /// Settles those concerned: everybody where waiting began or ended, else the one.
  private mutating func hostsChanged(alsoSettling id: MemberID? = nil) -> [(MemberID, MemberChange)] {
    let waited = isWaiting
    if hasHost { hostHasCome = true }
    let isWaiting = isWaiting
    if let id, waited == isWaiting { return members[id]?.settle(isWaiting: isWaiting) ?? [] }
    let everybody = members.keys.sorted { $0.rawValue < $1.rawValue }
    return everybody.flatMap { members[$0]?.settle(isWaiting: isWaiting) ?? [] }
  }

  /// What the media side is to be told of waiting, if anything; from then on it counts as told.
  mutating func settleWaiting() -> [RoomWish] {
    guard isWaiting != toldWaiting else { return [] }
    toldWaiting = isWaiting
    return [isWaiting ? .hold : .admit]
  }

  private func plannedLevels() -> [LevelPair: Decibels] {
    let wishes = members.values.flatMap { member in
      member.wishes.map { (LevelPair(listener: member.id, source: $0), $1) }
    }
    if groups.isEmpty && wishes.isEmpty { return [:] }
    return LevelPlan.pairs(
      members: Array(members.keys), groups: groups.values, wishes: Dictionary(uniqueKeysWithValues: wishes))
  }

  private mutating func settleLevels() -> [(MemberID, MemberChange)] {
    if groups.isEmpty && levels.isEmpty && members.values.allSatisfy(\.wishes.isEmpty) { return [] }
    let planned = plannedLevels()
    defer { levels = planned }
    return LevelPlan.changes(from: levels, to: planned, among: Set(members.keys))
  }
}

extension MemberEdit {
  /// Puts what is given into the member.
  func apply(to member: inout MemberState) {
    if let name { member.name = name }
    if let role { member.role = role }
    if let isMutedByHost { member.isMutedByHost = isMutedByHost }
    if let isMutedBySelf { member.isMutedBySelf = isMutedBySelf }
    if let isDeafened { member.isDeafened = isDeafened }
    if let gain { member.gain = gain }
    if let pan { member.pan = pan }
    if let hasRaisedHand { member.hasRaisedHand = hasRaisedHand }
    for (other, level) in levels { member.wishes[other] = level == .unity ? nil : level }
  }
}

/// What is to be changed of a room; `nil` leaves as it is.
struct RoomEdit: Sendable {
  /// The inner `nil` takes the PIN away.
  var pin: String??
  var isLocked: Bool?
  var waitsForHost: Bool?
  var endsWhenHostLeaves: Bool?
  var tones: ToneRule?
  var idleTimeoutSeconds: Int?
  var mediaTimeoutSeconds: Int?

  /// Puts what is given into the rules.
  func apply(to rules: inout RoomRules) {
    if let pin { rules.pin = pin }
    if let isLocked { rules.isLocked = isLocked }
    if let waitsForHost { rules.waitsForHost = waitsForHost }
    if let tones { rules.tones = tones }
    if let endsWhenHostLeaves { rules.endsWhenHostLeaves = endsWhenHostLeaves }
    if let idleTimeoutSeconds { rules.idleTimeoutSeconds = idleTimeoutSeconds }
    if let mediaTimeoutSeconds { rules.mediaTimeoutSeconds = mediaTimeoutSeconds }
  }
}

extension MemberID {
  /// As the API writes it.
  var text: String { String(rawValue) }

  /// Reads what the API writes.
  init?(text: some StringProtocol) {
    guard let number = UInt64(text), String(number) == text else { return nil }
    self.init(rawValue: number)
  }
}

extension LoadShedding {
  /// As the API writes it.
  var name: String {
    switch self {
    case .none: "none"
    case .complexity: "complexity"
    case .talkers: "talkers"
    case .admission: "admission"
    }
  }
}
