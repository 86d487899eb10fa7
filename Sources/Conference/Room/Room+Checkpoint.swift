import MediaBase
import Mixing
import RTC

/// A checkpoint: all that the shared mix of the next ticks depends on besides who is in the room, so that another room can go
/// on from there.
///
/// ```
/// head │ clock, selection, mixer, last mix │ each member: reception, jitter buffer, selection │ order of those who send │
///      │ voices │ places
/// ```
/// Members are named by their identity: the room that is brought there has taken in the same ones, at whatever index.
/// Mixes of one's own, streams and encoders are not part of it, and begin anew.
extension Room {
  /// The state now, between two ticks; `nil` where something is at work that a checkpoint does not hold: sounds that play.
  ///
  /// Every decoder in use is made anew from its last packets (see `Voice.code`), here as where it is restored. Allocates.
  mutating func checkpoint(pool: inout PacketPool) -> [UInt8]? {
    guard sounds.count == 0 else { return nil }
    var coder = CheckpointCoder(reserving: Self.checkpointBytes(voices: voices.count, members: memberCount))
    code(&coder, pool: &pool)
    return coder.isDamaged ? nil : coder.bytes
  }

  /// Goes on from a checkpoint of a room with the same settings and members. False where it is not one; the room is then
  /// in no state to go on from, and to be let go.
  mutating func restore(_ bytes: [UInt8], pool: inout PacketPool) -> Bool {
    var coder = CheckpointCoder(reading: bytes)
    for place in 0..<placeCount where places[place].phase != .free { release(place) }
    for index in 0..<memberLimit where members.isTaken(index) {
      if members[index].voice >= 0 { detach(index) }
      removeIncoming(index)
    }
    code(&coder, pool: &pool)
    return coder.isComplete
  }

  /// What a checkpoint of a quiet room takes, and a little more: so that writing seldom has to enlarge it.
  private static func checkpointBytes(voices: Int, members: Int) -> Int { 65_536 + voices * 131_072 + members * 256 }

  /// The program that may read what this one wrote.
  private static var checkpointVersion: UInt32 { 1 }

  private mutating func code(_ coder: inout CheckpointCoder, pool: inout PacketPool) {
    codeHead(&coder)
    guard !coder.isDamaged else { return }
    coder.code(time: &clock)
    coder.code(&tickCount, in: 0...1 << 60)
    coder.code(time: &nextTone)
    coder.code(time: &lastTick.nanoseconds)
    coder.code(sharedMix)
    selection.code(&coder)
    mixer.code(&coder)
    for member in codeOrder((0..<memberLimit).filter { members.isTaken($0) }, &coder) {
      codeMember(member, &coder, pool: &pool)
    }
    for member in codeOrder((0..<incomingCount).map { Int(incoming[$0]) }, &coder) where coder.isReading {
      guard members[member].incomingPlace < 0 else { return coder.fail() }
      incoming[incomingCount] = Int32(member)
      members[member].incomingPlace = Int32(incomingCount)
      incomingCount += 1
    }
    for member in codeOrder((0..<selection.selectedCount).map { selection.selected(at: $0) }, &coder)
    where coder.isReading {
      selection.restoreSelected(member)
    }
    codeVoices(&coder)
    codePlaces(&coder)
  }

  private func codeHead(_ coder: inout CheckpointCoder) {
    var version = Self.checkpointVersion
    coder.code(&version, in: version...version)
    var (samples, channels, count) = (frame.samples, settings.layout.count, memberCount)
    coder.code(&samples, in: samples...samples)
    coder.code(&channels, in: channels...channels)
    coder.code(&count, in: count...count)
  }

  // MARK: Members

  /// A member by identity; `nil` where nobody is meant.
  private func codeName(_ index: MemberIndex?, _ coder: inout CheckpointCoder) -> MemberIndex? {
    var id = index.map { members[$0].id.rawValue }
    coder.code(&id, empty: 0) { $0.code(&$1) }
    guard coder.isReading else { return index }
    guard !coder.isDamaged, let id else { return nil }
    for index in 0..<memberLimit where members.isTaken(index) && members[index].id.rawValue == id { return index }
    coder.fail()
    return nil
  }

  /// Members in some order; none where the coder is damaged.
  private func codeOrder(_ order: [MemberIndex], _ coder: inout CheckpointCoder) -> [MemberIndex] {
    var count = order.count
    coder.code(&count, in: 0...memberCount)
    var result: [MemberIndex] = []
    for place in 0..<count where !coder.isDamaged {
      if let index = codeName(coder.isReading ? nil : order[place], &coder) { result.append(index) }
    }
    if result.count != count { coder.fail() }
    return coder.isDamaged ? [] : result
  }

  private mutating func codeMember(_ index: MemberIndex, _ coder: inout CheckpointCoder, pool: inout PacketPool) {
    // Most of a large room never send: nothing is known of them.
    var hasSent = members[index].reception.source != nil
    coder.code(&hasSent)
    if hasSent {
      members[index].reception.code(&coder)
      members[index].buffer.code(&coder, pool: &pool)
    }
    coder.code(&members[index].levelCorrection)
    coder.code(&members[index].hasVoiceKept)
    selection.codeMember(index, &coder)
    coder.code(&streams[Int(senders[index].stream)].isHeard)
  }

  // MARK: Voices

  private static var mostVoices: Int { 4_096 }

  private mutating func codeVoices(_ coder: inout CheckpointCoder) {
    coder.code(&keptVoices, in: 0...memberCount)
    coder.code(&lentVoices, in: 0...Self.mostVoices)
    var count = voices.count
    coder.code(&count, in: 0...Self.mostVoices)
    guard !coder.isDamaged, (try? makeVoices(count)) != nil else { return coder.fail() }
    for slot in 0..<count where !coder.isDamaged {
      let owner = voices[slot].member
      let index = codeName(owner >= 0 ? Int(owner) : nil, &coder)
      // One that is lent to nobody forgets all when it is.
      guard let index else { continue }
      if coder.isReading {
        guard members[index].voice < 0 else { return coder.fail() }
        members[index].voice = Int32(slot)
        voices[slot].member = Int32(index)
      }
      coder.code(&voices[slot].level)
      coder.code(&voices[slot].isSilent)
      voices[slot].voice.code(&coder)
    }
  }

  // MARK: Places

  private static var mostPlaces: Int { 4_096 }

  private mutating func codePlaces(_ coder: inout CheckpointCoder) {
    var count = placeCount
    coder.code(&count, in: 0...Self.mostPlaces)
    guard !coder.isDamaged, (try? makePlaces(count)) != nil else { return coder.fail() }
    if coder.isReading {
      // All are free by now. Joins in another order may have made more, and which one is taken next would differ.
      placeCount = count
      guard renewStreams() else { return coder.fail() }
    }
    for place in 0..<count where !coder.isDamaged { codePlace(place, &coder) }
  }

  private mutating func codePlace(_ place: Int, _ coder: inout CheckpointCoder) {
    coder.code(&places[place].phase, of: [.free, .talking, .fading, .parting, .lingering, .listening])
    coder.code(&places[place].ticks, in: 0...1 << 40)
    let member = places[place].member
    let index = codeName(member >= 0 ? Int(member) : nil, &coder)
    var mixerPlace = places[place].mixerMember?.index
    coder.code(&mixerPlace, empty: 0) { $0.code(&$1, in: 0...Int(Int32.max)) }
    var hasEncoder = places[place].encoder >= 0
    coder.code(&hasEncoder)
    guard coder.isReading, !coder.isDamaged else { return }
    guard let index else {
      // Only a free one is nobody's.
      return places[place].phase == .free && mixerPlace == nil ? () : coder.fail()
    }
    guard places[place].phase != .free, senders[index].place < 0, isFree(mixerPlace) else { return coder.fail() }
    places[place].member = Int32(index)
    senders[index].place = Int32(place)
    places[place].mixerMember = mixerPlace.flatMap { mixer.member(at: $0) }
    let isHeard = streams[Int(senders[index].stream)].isHeard
    if hasEncoder {
      try? makeOwnEncoders(like: Int(senders[index].stream), most: .max)
      lendEncoder(index, to: place)
    }
    streams[Int(senders[index].stream)].isHeard = isHeard
    applyLevels(naming: index)
  }

  /// Whether a place of the mixer is taken there, and by nobody here.
  private func isFree(_ mixerPlace: Int?) -> Bool {
    guard let mixerPlace else { return true }
    guard let member = mixer.member(at: mixerPlace) else { return false }
    for place in 0..<placeCount where places[place].mixerMember == member { return false }
    return true
  }

  /// Encoders whose packets begin where the room's clock has them begin.
  private mutating func renewStreams() -> Bool {
    for index in 0..<streams.capacity where streams.isTaken(index) {
      guard let encoder = newEncoder(of: streams[index].encoder.format) else { return false }
      streams[index].encoder = encoder
    }
    for index in 0..<ownEncoders.count {
      guard let encoder = newEncoder(of: ownEncoders[index].encoder.format) else { return false }
      ownEncoders[index] = OwnEncoder(encoder: encoder)
    }
    return true
  }

  private func newEncoder(of format: StreamFormat) -> MixEncoder? {
    try? MixEncoder(format: format, mixLayout: settings.layout, frame: frame, clock: clock, effort: effort)
  }
}
