import MediaBase
import Mixing
import RTC

/// Joins, leaves and changes: between two ticks. They allocate, so that ticks need not.
extension Room {
  /// Takes a member in. Their packets go to `receive` from now on, and theirs come at the next tick.
  ///
  /// - Parameters:
  ///   - socket: the number of the socket that they are sent from.
  ///   - rtcpSocket: that of their RTCP, where it is another.
  ///   - local: where they are to send their packets; only a tap is told.
  /// - Returns: their index, until they leave, and the SSRC of what they will get.
  public mutating func join(
    _ id: MemberID, leg: LegSettings, socket: Int32, rtcpSocket: Int32? = nil, local: TransportAddress = .unspecified,
    at now: PacketTime, pool: inout PacketPool
  ) throws(ConferenceMediaError) -> (index: MemberIndex, ssrc: SSRC) {
    try Self.check(leg)
    let index = try freeIndex()
    hasHistory = true
    let keepsVoice = leg.audioLevelExtension == nil || settings.talkers == .all
    let stream = try openStream(StreamFormat(leg.format, room: settings, protection: .none), isLobby: leg.waits)
    let ssrc = SSRC(rawValue: UInt32(truncatingIfNeeded: random.next()))
    do throws(ConferenceMediaError) {
      try prepare(for: leg, stream: stream, keepsVoice: keepsVoice)
      try encrypt(index, with: leg.srtp, ssrc: ssrc)
    } catch {
      closeStream(stream)
      throw error
    }
    let reports = RTCPSchedule(joining: now, sessionBitsPerSecond: leg.format.sessionBitsPerSecond, generator: &random)
    members.insert(
      Member(
        id: id, leg: leg, local: local, rtcpSocket: rtcpSocket ?? socket, frame: frame, keepsVoice: keepsVoice,
        reports: reports),
      at: index)
    takeSender(index, leg: leg, ssrc: ssrc, socket: socket, stream: stream)
    memberLimit = max(memberLimit, index + 1)
    quality.members = memberCount
    // Before anything else of theirs is told.
    tap(.joined(id, members[index].leg, local: local), at: now)
    if !leg.canHear {
      // Without memory for a mix of their own they could not be kept from hearing the room's.
      do throws(ConferenceMediaError) {
        try prepareOwnMix(of: index)
      } catch {
        leave(index, pool: &pool)
        throw error
      }
      listenApart(index)
    }
    return (index, senders[index].ssrc)
  }

  /// Takes a member out. Their index is given out again.
  public mutating func leave(_ index: MemberIndex, pool: inout PacketPool) {
    guard members.isTaken(index) else { return }
    tap(.left(members[index].id), at: lastTick)
    dropLevels(naming: index)
    if senders[index].place >= 0 { release(Int(senders[index].place)) }
    if members[index].voice >= 0 { detach(index) }
    members[index].buffer.removeAll(pool: &pool)
    if members[index].hasVoiceKept { keptVoices -= 1 }
    removeIncoming(index)
    selection.forget(index)
    closeStream(Int(senders[index].stream))
    if encryption.isTaken(index) { encryption.remove(at: index) }
    senders[index] = LegSender()
    members.remove(at: index)
    quality.members = memberCount
    while memberLimit > 0, !members.isTaken(memberLimit - 1) { memberLimit -= 1 }
  }

  /// Changes how a member is heard and hears. `source` is the index of the member that a level names.
  public mutating func change(
    _ index: MemberIndex, _ change: MemberChange, source: MemberIndex? = nil
  ) throws(ConferenceMediaError) {
    try apply(change, to: index, source: source)
    tap(.changed(members[index].id, change), at: lastTick)
  }

  private mutating func apply(
    _ change: MemberChange, to index: MemberIndex, source: MemberIndex?
  ) throws(ConferenceMediaError) {
    switch change {
    case .voice(let settings):
      members[index].voiceSettings = settings
      if let place = mixerPlace(of: index) { mixer.set(settings, for: place) }
    case .canTalk(let canTalk):
      members[index].canTalk = canTalk
    case .canHear(let canHear):
      guard members[index].canHear != canHear else { return }
      if !canHear { try prepareOwnMix(of: index) }
      members[index].canHear = canHear
      if !canHear { listenApart(index) }
    case .level(let level, of: let other):
      guard let source else { throw .unknownMember(other) }
      try setLevel(level, of: source, heardBy: index)
    case .press(let presses):
      try press(presses, to: index)
    }
  }

  /// Where a member's mix differs from the shared one: the mixer's place for them.
  func mixerPlace(of index: MemberIndex) -> Mixer.Member? {
    let place = senders[index].place
    return place >= 0 ? places[Int(place)].mixerMember : nil
  }

  private static func check(_ leg: LegSettings) throws(ConferenceMediaError) {
    let format = leg.format
    guard format.packet.isPossible(with: format.codec) else {
      throw .unsupported("\(format.codec.rawValue) has no packets of \(format.packet.milliseconds) ms")
    }
    guard (0...127).contains(format.payloadType), leg.audioLevelExtension.map((1...14).contains) ?? true,
      leg.telephoneEventPayloadType.map((0...127).contains) ?? true
    else { throw .unsupported("a payload type is 0 to 127, and an extension's number 1 to 14") }
    guard format.codec != .opus || (6_000...510_000).contains(format.bitsPerSecond) else {
      throw .unsupported("\(format.bitsPerSecond) bit/s of Opus: 6,000 to 510,000 are possible")
    }
  }

  private mutating func freeIndex() throws(ConferenceMediaError) -> MemberIndex {
    guard memberCount < settings.capacity else { throw .roomFull(capacity: settings.capacity) }
    if let index = members.firstFree { return index }
    let index = members.capacity
    let larger = min(settings.capacity, index * 2)
    members.enlarge(to: larger)
    senders.enlarge(to: larger) { _ in LegSender() }
    encryption.enlarge(to: larger)
    incoming.enlarge(to: larger) { _ in -1 }
    selection.enlarge(to: larger)
    return index
  }

  mutating func encrypt(
    _ index: MemberIndex, with keys: SRTPKeys?, ssrc: SSRC
  ) throws(ConferenceMediaError) {
    guard let keys else { return }
    do throws(SRTPError) {
      encryption.insert(try SRTPContext(keys, sending: ssrc), at: index)
    } catch {
      throw .unsupported("SRTP with \(keys.suite.rawValue): \(error)")
    }
  }

  private mutating func takeSender(_ index: MemberIndex, leg: LegSettings, ssrc: SSRC, socket: Int32, stream: Int) {
    var sender = LegSender()
    sender.isTaken = true
    sender.isReady = !leg.learnsSource && leg.peer == nil
    sender.route = SendRoute(address: leg.remote, socket: socket)
    sender.payloadType = leg.format.payloadType
    sender.ssrc = ssrc
    sender.isEncrypted = leg.srtp != nil
    sender.sequence = SequenceNumber(rawValue: UInt16(truncatingIfNeeded: random.next()))
    sender.timestampOffset = UInt32(truncatingIfNeeded: random.next())
    sender.samplesPerTick = Int64(AudioRate.samplesPerSecond / leg.format.clockRate)
    sender.stream = Int32(stream)
    sender.statistics = SendingStatistics(clockRate: leg.format.clockRate)
    senders[index] = sender
  }

  // MARK: Formats

  /// The room's stream of a format, or the lobby's, which it opens if nobody has it: at the room's clock, or going on from
  /// `parent`.
  mutating func openStream(
    _ format: StreamFormat, isLobby: Bool, from parent: Int? = nil
  ) throws(ConferenceMediaError) -> Int {
    sweepStreams()
    if isLobby { prepareLobby() }
    for index in 0..<streams.capacity
    where streams.isTaken(index) && streams[index].isLobby == isLobby && streams[index].encoder.format == format {
      streams[index].members += 1
      return index
    }
    guard let free = streams.firstFree else {
      throw .unsupported("a room has at most \(streams.capacity) formats at one time")
    }
    var encoder = try MixEncoder(
      format: format, mixLayout: settings.layout, frame: frame, clock: clock, effort: effort)
    if let parent, isLobby { encoder.copyState(of: streams[parent].encoder, recent: lobby.mix.span) }
    if let parent, !isLobby { encoder.copyState(of: streams[parent].encoder, recent: sharedMix.span) }
    var stream = SharedStream(encoder: encoder, isLobby: isLobby)
    if let parent { stream.settledSamples = streams[parent].settledSamples }
    streams.insert(stream, at: free)
    noteLobby()
    return free
  }

  mutating func closeStream(_ index: Int) {
    streams[index].members -= 1
    if streams[index].members == 0 { streams.remove(at: index) }
    noteLobby()
  }

  /// Lets a stream that rests go on from another one's state, whose listeners are about to hear it.
  mutating func wake(_ stream: Int, from other: Int) {
    // Taken out of its place: two streams of one store cannot be reached at the same time.
    var resting = streams.remove(at: stream)
    if resting.isLobby {
      Self.goOn(&resting.encoder, from: streams[other].encoder, recent: lobby.mix)
    } else {
      Self.goOn(&resting.encoder, from: streams[other].encoder, recent: sharedMix)
    }
    resting.isHeard = true
    resting.settledSamples = streams[other].settledSamples
    streams.insert(resting, at: stream)
  }

  /// Brings a member to the stream that protects against the loss which they report.
  mutating func setProtection(_ protection: LossProtection, of index: MemberIndex) {
    guard members[index].protection != protection else { return }
    let format = StreamFormat(members[index].format, room: settings, protection: protection)
    let before = Int(senders[index].stream)
    guard streams[before].encoder.format != format else { return }
    // Where there are too many formats, they go on with what they have.
    guard let stream = try? openStream(format, isLobby: streams[before].isLobby, from: before) else { return }
    if !streams[stream].isHeard { wake(stream, from: before) }
    members[index].protection = protection
    senders[index].stream = Int32(stream)
    closeStream(before)
    let place = senders[index].place
    if place >= 0, places[Int(place)].encoder >= 0 {
      ownEncoders[Int(places[Int(place)].encoder)].encoder.setFormat(format)
    }
  }

  /// Opus's effort under the load that the core has.
  var effort: EncodingEffort { shedding >= .complexity ? .least : .ordinary }

  /// Gives up quality, or takes it back, and says so.
  public mutating func shed(_ shedding: LoadShedding, at now: PacketTime) {
    guard shedding != self.shedding else { return }
    self.shedding = shedding
    tap(.shed(shedding), at: now)
    tell(.shedding(shedding), at: now)
    let limit = settings.talkers.limit
    selection.setLimit(shedding >= .talkers ? max(1, (limit ?? memberCount) / 2) : limit)
    for index in 0..<streams.capacity where streams.isTaken(index) {
      streams[index].encoder.setEffort(effort)
    }
    for index in 0..<ownEncoders.count { ownEncoders[index].encoder.setEffort(effort) }
  }

  // MARK: What talkers need

  /// How many may have a place at one time without having levels of their own: those who are mixed and as many who have just
  /// been; where all are mixed, whoever has sent anything.
  var mostTalkers: Int {
    settings.talkers.limit.map { min($0 * 2, settings.capacity) } ?? keptVoices
  }

  /// Makes sure that there are places, voices and encoders for one more member, who is not counted yet.
  private mutating func prepare(
    for leg: LegSettings, stream: Int, keepsVoice: Bool
  ) throws(ConferenceMediaError) {
    // Where all are mixed, most of a large room may never send: those who do get what they need at their first packet.
    guard settings.talkers.limit != nil else { return }
    try makePlaces(min(memberCount + 1, mostTalkers) + pinnedCount)
    // One who goes out of the sum keeps the voice for one more tick. Those who keep theirs get it when they first send, for
    // most of a large room never do.
    if !keepsVoice {
      lentVoices = max(lentVoices, min(memberCount + 1, (settings.talkers.limit ?? 0) + 2))
      try makeVoices(keptVoices + lentVoices)
    }
    try makeOwnEncoders(like: stream, most: mostTalkers + pinnedCount)
  }

  /// Members with a place because of what they hear.
  var pinnedCount: Int {
    var count = 0
    for index in 0..<memberLimit where members.isTaken(index) && members[index].hearsDifferently { count += 1 }
    return count
  }

  mutating func makePlaces(_ count: Int) throws(ConferenceMediaError) {
    guard count > placeCount else { return }
    if count > places.count {
      places.enlarge(to: Self.roomier(places.count, for: count)) { _ in MixPlace() }
      mixer.enlarge(to: places.count + sounds.capacity)
    }
    placeCount = count
  }

  /// How far to enlarge a store of so many: by a quarter, since a place with a mix of its own is 9 KB.
  private static func roomier(_ size: Int, for count: Int) -> Int {
    max(count, size + max(firstPlaces, size / 4))
  }

  /// Makes sure that one who keeps a voice will have one, and where all are mixed a place and an encoder: at their first
  /// packet.
  mutating func prepareVoice(of index: MemberIndex) {
    guard members[index].keepsVoice, !members[index].hasVoiceKept else { return }
    members[index].hasVoiceKept = true
    keptVoices += 1
    // Without memory for a voice they are not heard, and all others are.
    try? makeVoices(keptVoices + lentVoices)
    guard settings.talkers.limit == nil else { return }
    try? makePlaces(mostTalkers + pinnedCount)
    try? makeOwnEncoders(like: Int(senders[index].stream), most: mostTalkers + pinnedCount)
  }

  mutating func makeVoices(_ count: Int) throws(ConferenceMediaError) {
    if count > voices.capacity { voices.enlarge(to: Self.roomier(voices.capacity, for: count)) }
    while voices.count < count {
      voices.insert(try VoiceSlot(layout: settings.layout, frame: frame), at: voices.count)
    }
  }

  /// Makes encoders of the kind of a stream, up to one for each of its members, and no more than `most`.
  mutating func makeOwnEncoders(like stream: Int, most: Int) throws(ConferenceMediaError) {
    let format = streams[stream].encoder.format
    var wanted = 0, there = 0
    for index in 0..<streams.capacity
    where streams.isTaken(index) && streams[index].encoder.format.isInterchangeable(with: format) {
      wanted += streams[index].members
    }
    for index in 0..<ownEncoders.count
    where ownEncoders[index].encoder.format.isInterchangeable(with: format) { there += 1 }
    while there < min(wanted, most) {
      if ownEncoders.count == ownEncoders.capacity { ownEncoders.enlarge(to: ownEncoders.capacity * 2) }
      let encoder = try MixEncoder(
        format: format, mixLayout: settings.layout, frame: frame, clock: clock, effort: effort)
      ownEncoders.insert(OwnEncoder(encoder: encoder), at: ownEncoders.count)
      there += 1
    }
  }
}
