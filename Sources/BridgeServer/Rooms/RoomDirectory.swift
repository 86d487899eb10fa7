import Conference
import Foundation
import Logging
import MediaBase
import Mixing
import Recording

/// All rooms and who is in them, on top of the media side.
///
/// ```
/// API ─ command ─▶ RoomState ─┬─ changes ─ outbox ─▶ ConferenceMedia
/// ConferenceMedia ─ event ─▶  └─ events ─▶ EventHub
/// ```
///
/// An actor: commands of different requests may come between another's waits for the media side. So state is settled
/// before the first wait, and what the media side is to be told goes through one outbox in order.
package actor RoomDirectory {
  /// Bounds of the whole.
  struct Limits: Sendable {
    var rooms: Int
    var members: Int
  }

  let media: any ConferenceMedia & RoomTapping
  let clock: any BridgeClock
  let sounds: SoundLibrary
  let hub: EventHub
  private let metrics: BridgeMetrics
  let logger: Logger
  /// Where rooms are recorded; `nil` where they are not.
  let recorder: Recorder?
  /// The recordings of rooms that are open, by the room's name: the last one of each.
  var recordings: [String: RoomRecording] = [:]
  var lastRecording: UInt64 = 0
  /// Recordings whose rooms have closed and whose files have not yet, by their number.
  var closingRecordings: [UInt64: RoomRecording] = [:]

  private var limits: Limits
  var rooms: [String: RoomState] = [:]
  /// What people share in rooms that are open, by the room's name.
  var sharedItems: [String: SharedItems] = [:]
  private var names: [RoomID: String] = [:]
  /// Rooms that the media side has been asked for and not yet given.
  private var opening: Set<String> = []
  private var outbox: [Order] = []
  /// The number of the sound that was played last, in any room.
  var lastPlayback: UInt64 = 0
  private var isSending = false
  private var isShuttingDown = false

  init(
    media: any ConferenceMedia & RoomTapping, recorder: Recorder?, sounds: SoundLibrary, limits: Limits,
    clock: any BridgeClock, hub: EventHub, metrics: BridgeMetrics, logger: Logger
  ) {
    self.media = media
    self.recorder = recorder
    self.sounds = sounds
    self.limits = limits
    self.clock = clock
    self.hub = hub
    self.metrics = metrics
    self.logger = logger
  }

  /// From now on those bounds; what is there already stays.
  func setLimits(_ limits: Limits) {
    self.limits = limits
  }

  // MARK: Rooms

  /// Opens a room of a name that is free, and records it from the start where that is wished.
  func openRoom(
    _ name: String, settings: RoomSettings, rules: RoomRules, recording: RecordingContent? = nil
  ) async throws(RoomError) -> RoomDocument {
    if recording != nil, recorder == nil { throw .recordingOff }
    guard !isShuttingDown else { throw .shuttingDown }
    guard rooms[name] == nil, !opening.contains(name) else { throw .roomExists(name) }
    guard rooms.count + opening.count < limits.rooms else { throw .tooManyRooms(limit: limits.rooms) }
    opening.insert(name)
    defer { opening.remove(name) }
    // Whoever still waits for the end of an earlier room's recording is no reader of this one.
    if closingRecordings.values.contains(where: { $0.name == name }) { hub.finish(room: name) }
    let id: RoomID
    do {
      id = try await media.openRoom(settings)
    } catch {
      throw RoomError(error, room: name)
    }
    guard !isShuttingDown else {
      await media.closeRoom(id)
      throw .shuttingDown
    }
    var room = RoomState(
      name: name, id: id, settings: settings, rules: rules, openedAt: clock.wall, now: clock.monotonic)
    rooms[name] = room
    names[id] = name
    let wishes = room.settleWaiting()
    rooms[name] = room
    publish([.roomOpened(RoomDocument(room))], room: name)
    await carryOut(RoomState.Outcome(wishes: wishes), in: name)
    logger.info("room opened", metadata: ["room": "\(name)"])
    guard let recording else { return RoomDocument(room) }
    do throws(RoomError) {
      _ = try await startRecording(name, recording)
    } catch {
      await close(name, id, because: .ended)
      throw error
    }
    return try show(name)
  }

  /// Rooms by name, those after `after`, at most so many.
  func list(after: String?, limit: Int) -> PageDocument<RoomDocument> {
    let names = rooms.keys.filter { name in after.map { name > $0 } ?? true }.sorted()
    return PageDocument(
      items: names.prefix(limit).compactMap { rooms[$0].map(RoomDocument.init) },
      next: names.count > limit ? names[limit - 1] : nil)
  }

  /// One room.
  func show(_ name: String) throws(RoomError) -> RoomDocument {
    RoomDocument(try room(name))
  }

  /// A room as the media side knows it; `nil` where there is none of that name.
  func mediaRoom(_ name: String) -> (id: RoomID, settings: RoomSettings)? {
    rooms[name].map { ($0.id, $0.settings) }
  }

  /// Changes a room's rules.
  func change(_ name: String, _ edit: RoomEdit) async throws(RoomError) -> RoomDocument {
    var room = try room(name)
    let outcome = room.apply(edit, at: clock.monotonic)
    rooms[name] = room
    publish([.roomChanged(RoomDocument(room))], room: name)
    await carryOut(outcome, in: name)
    return RoomDocument(room)
  }

  /// Closes a room; its members are told goodbye.
  func close(_ name: String, because reason: RoomCloseReason) async throws(RoomError) {
    let room = try room(name)
    rooms[name] = nil
    sharedItems[name] = nil
    names[room.id] = nil
    for member in room.membersInOrder {
      publish(
        [.memberLeft(MemberLeft(member: member.id, name: member.name, reason: .roomClosed))], room: name)
      metrics.forget(member.id)
    }
    for playback in room.playbacks.values.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
      publish(
        [.playbackEnded(PlaybackEnded(id: playback.id.text, file: playback.file, reason: .roomClosed))], room: name)
    }
    publish([.roomClosed(RoomClosed(reason: reason))], room: name)
    hub.forgetPeople(of: name)
    metrics.forget(room.id)
    logger.info("room closed", metadata: ["room": "\(name)", "reason": "\(reason.rawValue)"])
    let recording = recordings[name]?.recording
    // Who reads this room's events hears of the recording's end, too.
    if !letRecordingEnd(of: name) { hub.finish(room: name) }
    await media.closeRoom(room.id)
    // Its tap has ended with the room, but may have been too full to be told.
    recording?.end()
  }

  /// Closes that very room: while others were waited for, it may have gone, and another one may have its name.
  private func close(_ name: String, _ id: RoomID, because reason: RoomCloseReason) async {
    if rooms[name]?.id == id { try? await close(name, because: reason) }
  }

  // MARK: Members

  /// Takes a member in.
  func join(_ name: String, _ request: JoinRequest) async throws(RoomError) -> MemberDocument {
    guard !isShuttingDown else { throw .shuttingDown }
    let id = try room(name).id
    guard memberCount < limits.members else { throw .tooManyMembers(limit: limits.members) }
    // Rooms are changed in place here: a copy of a large room for each that joins would be dear.
    let wish: LegWish
    do throws(RoomError) {
      guard let reserved = try rooms[name]?.reserve(request, at: clock.monotonic) else {
        throw RoomError.roomUnknown(name)
      }
      wish = reserved
    } catch {
      if error == .pinWrong { logger.notice("wrong PIN", metadata: ["room": "\(name)"]) }
      throw error
    }
    var leg = request.leg
    (leg.voice, leg.canTalk, leg.canHear, leg.waits) = (wish.voice, wish.canTalk, wish.canHear, wish.waits)
    let joined: JoinedLeg
    do {
      joined = try await media.join(id, leg: leg)
    } catch {
      if rooms[name]?.id == id { rooms[name]?.abandonJoin() }
      throw RoomError(error, room: name)
    }
    let member = MemberState(id: joined.member, leg: joined, request: request, told: wish, at: clock.wall)
    guard rooms[name]?.id == id, let outcome = rooms[name]?.admit(member) else {
      await media.leave(joined.member)
      throw .roomClosed(name)
    }
    recordings[name]?.recording?.setName(member.name, of: member.id)
    logger.info("member joined", metadata: ["room": "\(name)", "member": "\(joined.member.text)"])
    await carryOut(outcome, in: name)
    guard let room = rooms[name], let member = room.members[joined.member] else { throw .roomClosed(name) }
    return MemberDocument(member, in: room)
  }

  /// Members in the order in which they came, those after `after`, at most so many.
  func listMembers(_ name: String, after: MemberID?, limit: Int) throws(RoomError) -> PageDocument<MemberDocument> {
    let room = try room(name)
    let members = room.membersInOrder.filter { member in after.map { member.id.rawValue > $0.rawValue } ?? true }
    return PageDocument(
      items: members.prefix(limit).map { MemberDocument($0, in: room) },
      next: members.count > limit ? members[limit - 1].id.text : nil)
  }

  /// One member, with how their leg is doing.
  func showMember(_ name: String, _ id: MemberID) throws(RoomError) -> MemberDocument {
    let room = try room(name)
    guard let member = room.members[id] else { throw .memberUnknown(id.text) }
    return MemberDocument(member, in: room, withQuality: true)
  }

  /// A member's leg, with our end of it.
  func leg(_ name: String, _ id: MemberID) throws(RoomError) -> JoinedLeg {
    guard let member = try room(name).members[id] else { throw .memberUnknown(id.text) }
    return member.leg
  }

  /// Changes a member.
  func changeMember(_ name: String, _ id: MemberID, _ edit: MemberEdit) async throws(RoomError) -> MemberDocument {
    var room = try room(name)
    let outcome = try room.apply(edit, to: id)
    rooms[name] = room
    await carryOut(outcome, in: name)
    guard let member = room.members[id] else { throw .memberUnknown(id.text) }
    return MemberDocument(member, in: room, withQuality: true)
  }

  /// Sends telephone keys to a member's leg.
  func press(_ presses: KeyPresses, to id: MemberID, in name: String) async throws(RoomError) {
    guard try room(name).members[id] != nil else { throw .memberUnknown(id.text) }
    do {
      try await media.change(id, .press(presses))
    } catch {
      throw RoomError(error, room: name)
    }
  }

  /// Takes a member out.
  func removeMember(_ name: String, _ id: MemberID, because reason: LeaveReason) async throws(RoomError) {
    let room = try room(name)
    guard room.members[id] != nil else { throw .memberUnknown(id.text) }
    await letGo(id, of: name, because: reason)
  }

  /// Mutes or unmutes everybody but hosts; gives back how many that changed.
  func muteAll(_ name: String, _ isMuted: Bool) async throws(RoomError) -> Int {
    var room = try room(name)
    let (outcome, count) = room.muteAll(isMuted)
    rooms[name] = room
    await carryOut(outcome, in: name)
    return count
  }

  // MARK: Whisper groups

  /// A room's groups by name.
  func listGroups(_ name: String) throws(RoomError) -> [GroupDocument] {
    try room(name).groups.sorted { $0.key < $1.key }.map { GroupDocument($0, $1) }
  }

  /// Makes a group or changes it.
  func setGroup(_ name: String, _ group: String, _ value: WhisperGroup) async throws(RoomError) -> GroupDocument {
    var room = try room(name)
    var outcome = try room.setGroup(group, value)
    rooms[name] = room
    let document = GroupDocument(group, value)
    outcome.events.append(.groupChanged(document))
    await carryOut(outcome, in: name)
    return document
  }

  /// Ends a group.
  func removeGroup(_ name: String, _ group: String) async throws(RoomError) {
    var room = try room(name)
    var outcome = try room.setGroup(group, nil)
    rooms[name] = room
    outcome.events.append(.groupEnded(GroupEnded(name: group)))
    await carryOut(outcome, in: name)
  }

  // MARK: What happens by itself

  /// Takes what the media side tells. What concerns rooms and members that are gone is passed over.
  package func take(_ event: MediaEvent) async {
    guard let name = names[event.room] else { return }
    switch event.kind {
    case .quality(let id, let quality) where rooms[name]?.members[id] != nil:
      metrics.record(quality, of: id, in: name)
    case .roomQuality(let quality):
      metrics.record(quality, of: event.room, named: name)
    case .shedding(let shedding):
      metrics.record(shedding, of: event.room, named: name)
      logger.warning("load shedding", metadata: ["room": "\(name)", "shedding": "\(shedding.name)"])
    case .leftByRTCP(let id):
      return await letGo(id, of: name, because: .saidGoodbye)
    case .peerLost(let id, let loss):
      return await letGo(id, of: name, because: loss == .closed ? .left : .mediaLost)
    case .playbackEnded(let id):
      return await noteEnd(of: id, in: name)
    default: break
    }
    // In place: a copy of a large room for each leg and second would be dear.
    guard let outcome = rooms[name]?.note(event.kind, at: clock.monotonic) else { return }
    await carryOut(outcome, in: name)
  }

  /// Ends what has been idle or silent for too long. To be called about once a second.
  package func expire() async {
    let now = clock.monotonic
    for name in rooms.keys.sorted() {
      for id in rooms[name]?.silentMembers(at: now) ?? [] { await letGo(id, of: name, because: .mediaLost) }
      if rooms[name]?.isIdle(at: now) == true { try? await close(name, because: .idle) }
    }
    metrics.setCounts(rooms: rooms.count, members: memberCount, readers: hub.readerCount)
    metrics.record(strangers: media.strangerPackets)
  }

  /// Closes every room, and opens none any more.
  package func shutDown() async {
    isShuttingDown = true
    for name in rooms.keys.sorted() { try? await close(name, because: .shutdown) }
    await waitForRecordings()
    hub.finish()
  }

  // MARK: Inside

  private var memberCount: Int { rooms.values.reduce(0) { $0 + $1.members.count + $1.joining } }

  func room(_ name: String) throws(RoomError) -> RoomState {
    guard let room = rooms[name] else { throw .roomUnknown(name) }
    return room
  }

  private func letGo(_ id: MemberID, of name: String, because reason: LeaveReason) async {
    guard var room = rooms[name], room.members[id] != nil else { return }
    let outcome = room.remove(id, because: reason, at: clock.monotonic)
    rooms[name] = room
    metrics.forget(id)
    logger.info("member left", metadata: ["room": "\(name)", "member": "\(id.text)", "reason": "\(reason.rawValue)"])
    await media.leave(id)
    await carryOut(outcome, in: name)
  }

  func publish(_ events: [EventKind], room: String) {
    for event in events { hub.publish(event, room: room, at: clock.wall) }
  }

  /// Tells what is to be told. Events first: they are in order with the state, whatever the media side takes.
  private func carryOut(_ outcome: RoomState.Outcome, in name: String) async {
    publish(outcome.events, room: name)
    let id = rooms[name]?.id
    if let id { outbox += outcome.wishes.map { Order.room(id, $0) } }
    outbox += outcome.changes.map { Order.member($0, $1) }
    await send()
    if let reason = outcome.closes, let id { await close(name, id, because: reason) }
  }

  /// What the media side is to be told.
  private enum Order {
    case member(MemberID, MemberChange)
    case room(RoomID, RoomWish)
  }

  private func send(_ order: Order) async {
    do throws(ConferenceMediaError) {
      switch order {
      case .member(let id, let change): try await media.change(id, change)
      case .room(let id, let wish): try await carryOut(wish, in: id)
      }
    } catch .unknownMember, .unknownRoom {
      return  // They have left meanwhile.
    } catch {
      logger.error("the media side refused a change", metadata: ["order": "\(order)", "reason": "\(error)"])
    }
  }

  /// Empties the outbox, one at a time: two that send could overtake each other.
  private func send() async {
    guard !isSending else { return }
    isSending = true
    defer { isSending = false }
    while !outbox.isEmpty {
      let batch = outbox
      outbox = []
      for order in batch { await send(order) }
    }
  }
}
