import MediaBase
import Mixing
import RTC

/// Who has a voice, an own mix and an own encoder: what follows from the selection. See `MixPlace`.
extension Room {
  /// Lets the selected begin, and moves everybody else on.
  mutating func assignPlaces(at now: PacketTime, pool: inout PacketPool) {
    for place in 0..<placeCount where places[place].phase != .free { advance(place) }
    for number in 0..<selection.selectedCount {
      let index = selection.selected(at: number)
      let place = senders[index].place
      if place < 0 || places[Int(place)].phase != .talking { promote(index, at: now, pool: &pool) }
    }
  }

  /// The hang-over before a listener is handed to the shared encoder, and the longest wait for a quiet moment.
  private static var leastLingering: Int { 20 }
  private static var mostLingering: Int { 50 }
  /// Quieter than this, in dBFS of a sample, a change of encoders is masked by nothing and heard by nobody.
  private static var quietPeak: Float { 0.01 }

  private mutating func advance(_ place: Int) {
    let index = Int(places[place].member)
    places[place].ticks += 1
    switch places[place].phase {
    case .free: break
    case .talking:
      guard !selection.isSelected(index) else { break }
      if let member = places[place].mixerMember {
        var settings = members[index].voiceSettings
        settings.isMuted = true
        mixer.set(settings, for: member)
      }
      enter(.fading, place)
    case .fading:
      guard hasRamped(place) else { break }
      if !members[index].keepsVoice { detach(index) }
      enter(members[index].hearsDifferently ? .listening : .parting, place)
    case .listening:
      if !members[index].hearsDifferently { enter(.parting, place) }
    case .parting:
      guard hasRamped(place) else { break }
      if let member = places[place].mixerMember { mixer.leave(member) }
      places[place].mixerMember = nil
      if !handOverToResting(place) { enter(.lingering, place) }
    case .lingering:
      if mayHandOver(place) { release(place) }
    }
  }

  /// Hands a member back to a shared encoder that nobody else hears: it goes on from their own one, so that their decoder
  /// sees one stream. False where others hear it.
  private mutating func handOverToResting(_ place: Int) -> Bool {
    let stream = Int(senders[Int(places[place].member)].stream)
    let encoder = Int(places[place].encoder)
    guard encoder >= 0, !streams[stream].isHeard else { return false }
    if streams[stream].isLobby {
      Self.goOn(&streams[stream].encoder, from: ownEncoders[encoder].encoder, recent: lobby.mix)
    } else {
      Self.goOn(&streams[stream].encoder, from: ownEncoders[encoder].encoder, recent: sharedMix)
    }
    streams[stream].isHeard = true
    release(place)
    return true
  }

  /// Whether a phase has lasted as long as a ramp takes: with short frames, several ticks.
  private func hasRamped(_ place: Int) -> Bool { places[place].ticks * frame.samples >= Self.rampSamples }

  /// What a voice takes to go out of the sum, and an own mix to go over into the shared one: as long as the mixer's ramps.
  static var rampSamples: Int { FrameDuration.ms20.samples }

  private mutating func enter(_ phase: MixPlace.Phase, _ place: Int) {
    places[place].phase = phase
    places[place].ticks = 0
  }

  /// Both encoders have heard the same for long enough, and a packet begins, best in a quiet moment.
  private func mayHandOver(_ place: Int) -> Bool {
    let encoder = places[place].encoder
    guard encoder >= 0 else { return true }
    guard ownEncoders[Int(encoder)].encoder.isAtPacketBoundary else { return false }
    return mayHandOver(afterSamples: places[place].ticks * frame.samples)
  }

  /// Whether two encoders have heard the same for long enough, or for less and it is quiet.
  func mayHandOver(afterSamples samples: Int) -> Bool {
    let ticks = samples / FrameDuration.ms20.samples
    return ticks >= Self.mostLingering
      || (ticks >= Self.leastLingering && kernels.peak(sharedMix.span) < Self.quietPeak)
  }

  // MARK: In

  private mutating func promote(_ index: MemberIndex, at now: PacketTime, pool: inout PacketPool) {
    if members[index].voice < 0 {
      attach(index, at: now, pool: &pool)
      let voice = members[index].voice
      // All are lent: they come in when one is given back, at the next tick.
      guard voice >= 0 else { return }
      _ = voices[Int(voice)].render(from: &members[index].buffer, pool: &pool, now: now)
    }
    guard let place = takePlace(index) else { return }
    if places[place].mixerMember == nil, !enterMixer(place) { return release(place) }
    if let member = places[place].mixerMember {
      mixer.set(members[index].voiceSettings, for: member)
    }
    enter(.talking, place)
  }

  /// Lends a voice to a member, if one is free.
  mutating func attach(_ index: MemberIndex, at now: PacketTime, pool: inout PacketPool) {
    for slot in 0..<voices.count where voices[slot].member < 0 {
      voices[slot].member = Int32(index)
      members[index].voice = Int32(slot)
      voices[slot].voice.attach(to: &members[index].buffer, pool: &pool, now: now)
      return
    }
  }

  /// Takes a voice back.
  mutating func detach(_ index: MemberIndex) {
    let slot = Int(members[index].voice)
    guard slot >= 0 else { return }
    voices[slot].voice.detach(from: &members[index].buffer)
    voices[slot].member = -1
    members[index].voice = -1
  }

  /// The member's place, or a free one, or the one that lingers longest: its member hears the shared encoder from now on.
  private mutating func takePlace(_ index: MemberIndex) -> Int? {
    if senders[index].place >= 0 { return Int(senders[index].place) }
    var found: Int?
    for place in 0..<placeCount {
      if places[place].phase == .free {
        found = place
        break
      }
      if places[place].phase == .lingering, found.map({ places[place].ticks > places[$0].ticks }) ?? true {
        found = place
      }
    }
    guard let found else { return nil }
    if places[found].phase != .free { release(found) }
    places[found].member = Int32(index)
    senders[index].place = Int32(found)
    lendEncoder(index, to: found)
    return found
  }

  /// Gives a place in the mixer, whose mix goes on from the shared one.
  private mutating func enterMixer(_ place: Int) -> Bool {
    let index = Int(places[place].member)
    guard let member = try? mixer.join(members[index].voiceSettings, fromSharedMix: true) else { return false }
    places[place].mixerMember = member
    applyLevels(naming: index)
    return true
  }

  /// Lends an encoder that goes on from the shared one which the member heard until now.
  mutating func lendEncoder(_ index: MemberIndex, to place: Int) {
    let stream = Int(senders[index].stream)
    places[place].encoder = -1
    for slot in 0..<ownEncoders.count where !ownEncoders[slot].isTaken {
      guard ownEncoders[slot].encoder.format.isInterchangeable(with: streams[stream].encoder.format) else { continue }
      ownEncoders[slot].isTaken = true
      ownEncoders[slot].encoder.setFormat(streams[stream].encoder.format)
      if streams[stream].isLobby {
        Self.goOn(&ownEncoders[slot].encoder, from: streams[stream].encoder, recent: lobby.mix)
      } else {
        Self.goOn(&ownEncoders[slot].encoder, from: streams[stream].encoder, recent: sharedMix)
      }
      places[place].encoder = Int32(slot)
      return
    }
  }

  static func goOn(
    _ encoder: inout MixEncoder, from other: borrowing MixEncoder, recent: borrowing SampleBuffer
  ) {
    encoder.copyState(of: other, recent: recent.span)
  }

  /// Gives a member a place to listen in, with a mix of their own.
  mutating func listenApart(_ index: MemberIndex) {
    guard members[index].hearsDifferently, let place = takePlace(index) else { return }
    if places[place].mixerMember == nil, !enterMixer(place) { return release(place) }
    if places[place].phase != .talking && places[place].phase != .fading { enter(.listening, place) }
  }

  // MARK: Out

  /// Frees a place: its member hears the shared encoder from the next packet on.
  mutating func release(_ place: Int) {
    if let member = places[place].mixerMember { mixer.leave(member) }
    let encoder = places[place].encoder
    if encoder >= 0 { ownEncoders[Int(encoder)].isTaken = false }
    let index = places[place].member
    if index >= 0 { senders[Int(index)].place = -1 }
    places[place] = MixPlace()
  }
}
