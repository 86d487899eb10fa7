import MediaBase
import Mixing
import RTC

/// One frame of the room, from the jitter buffers to the packets.
extension Room {
  /// Mixes one frame and gives its packets out.
  ///
  /// - Parameter now: when the tick is due, not when it came to run: one frame after the last one.
  public mutating func tick<Sink: PacketSink & ~Copyable>(
    at now: PacketTime, pool: inout PacketPool, into sink: inout Sink
  ) {
    hear(at: now, pool: &pool)
    selection.decide()
    assignPlaces(at: now, pool: &pool)
    handOverLobby()
    sumVoices()
    sumSounds(at: now)
    mixAndEncode()
    tapTick(at: now)
    if settings.sendsMixes { send(at: now, into: &sink) }
    clock += Int64(frame.samples)
    tickCount += 1
    quality.ticks = tickCount
    keepHouse(at: now, into: &sink)
  }

  // MARK: Levels

  /// Renders the voices that are lent, and finds how loud everybody is.
  private mutating func hear(at now: PacketTime, pool: inout PacketPool) {
    selection.beginTick()
    var place = 0
    while place < incomingCount {
      let index = Int(incoming[place])
      if members[index].voice >= 0 {
        hearVoice(of: index, at: now, pool: &pool)
      } else if members[index].keepsVoice {
        attach(index, at: now, pool: &pool)
        hearVoice(of: index, at: now, pool: &pool)
      } else {
        hearClaim(of: index, at: now, pool: &pool)
        if members[index].buffer.isIdle {
          // The last one takes this place, and is looked at next.
          removeIncoming(index)
          continue
        }
      }
      place += 1
    }
  }

  /// One who is decoded: what they say of their level is held against what it is.
  private mutating func hearVoice(of index: MemberIndex, at now: PacketTime, pool: inout PacketPool) {
    let slot = Int(members[index].voice)
    let rendered = voices[slot].render(from: &members[index].buffer, pool: &pool, now: now)
    let level = kernels.leveldBFS(voices[slot].frame)
    voices[slot].level = level
    voices[slot].isSilent = rendered.isSilent
    if let claimed = rendered.level {
      // Within 10 dB it is a matter of taste; above, it is believed less and less, and more again as it comes true.
      let excess = min(0, level + Float(claimed) + 10)
      members[index].levelCorrection += (excess - members[index].levelCorrection) * 0.05
    }
    if !rendered.isSilent && isAudible(index) { selection.offer(index, level: level) }
  }

  /// One who is not decoded: the level in their packets, as far as it can be believed.
  private mutating func hearClaim(of index: MemberIndex, at now: PacketTime, pool: inout PacketPool) {
    let due = members[index].buffer.advance(to: now, pool: &pool)
    guard due.hasPackets, isAudible(index) else { return }
    let claim = due.level.map { -Float($0) } ?? Self.unknownLevel
    selection.offer(index, level: claim + members[index].levelCorrection)
  }

  /// Of one who says nothing about their level though they said they would: like soft speech.
  private static var unknownLevel: Float { -45 }

  private func isAudible(_ index: MemberIndex) -> Bool {
    members[index].canTalk && !members[index].voiceSettings.isMuted
  }

  // MARK: Sum

  private mutating func sumVoices() {
    mixer.beginFrame()
    var talkers = 0
    for place in 0..<placeCount where places[place].phase == .talking || places[place].phase == .fading {
      let voice = members[Int(places[place].member)].voice
      guard voice >= 0, let member = places[place].mixerMember else { continue }
      Self.contribute(voices[Int(voice)].frame, layout: settings.layout, from: member, to: &mixer)
      talkers += 1
    }
    quality.talkers = talkers
  }

  private static func contribute(
    _ frame: borrowing SampleBuffer, layout: ChannelLayout, from member: Mixer.Member, to mixer: inout Mixer
  ) {
    mixer.contribute(frame.span, layout: layout, from: member)
  }

  // MARK: Mixes

  private mutating func mixAndEncode() {
    previousSharedMix.copy(sharedMix.span)
    Self.renderShared(&mixer, into: sharedMix)
    guard settings.sendsMixes else { return }
    renderLobby()
    encodeShared(isSilent: kernels.peak(sharedMix.span) == 0)
    for place in 0..<placeCount where places[place].phase != .free { encodeOwn(place) }
  }

  private mutating func encodeShared(isSilent: Bool) {
    findHeardStreams()
    for index in 0..<streams.capacity where streams.isTaken(index) && streams[index].members > 0 {
      guard streams[index].isHeard else {
        streams[index].settledSamples = 0
        if streams[index].isLobby {
          Self.pass(lobby.mix, by: &streams[index].encoder)
        } else {
          Self.pass(sharedMix, by: &streams[index].encoder)
        }
        continue
      }
      streams[index].settledSamples += frame.samples
      let before = streams[index].encoder.encodeCount
      if streams[index].isLobby {
        Self.encode(lobby.mix, isSilent: kernels.peak(lobby.mix.span) == 0, by: &streams[index].encoder)
      } else {
        Self.encode(sharedMix, isSilent: isSilent, by: &streams[index].encoder)
      }
      quality.encodesShared &+= streams[index].encoder.encodeCount - before
    }
  }

  /// Notes which streams have a listener: whoever has no encoder of their own, or will be handed back to the shared one.
  private mutating func findHeardStreams() {
    var unheard = 0
    for index in 0..<streams.capacity where streams.isTaken(index) {
      streams[index].isHeard = false
      unheard += 1
    }
    for index in 0..<memberLimit where senders[index].isTaken {
      guard unheard > 0 else { return }
      let place = Int(senders[index].place)
      guard place < 0 || places[place].encoder < 0 || places[place].phase == .lingering else { continue }
      let stream = Int(senders[index].stream)
      if !streams[stream].isHeard { unheard -= 1 }
      streams[stream].isHeard = true
    }
  }

  private mutating func encodeOwn(_ place: Int) {
    let encoder = Int(places[place].encoder)
    guard encoder >= 0 else { return }
    let before = ownEncoders[encoder].encoder.encodeCount
    let index = Int(places[place].member)
    if let member = places[place].mixerMember {
      Self.render(&mixer, for: member, into: ownMix)
      if places[place].phase == .parting {
        crossfade(ownMix, to: sharedMix, from: places[place].ticks * frame.samples)
      }
      if waits(index) { lobby.fade(ownMix, insteadOf: sharedMix, channels: settings.layout.count) }
    }
    if !members[index].canHear {
      Self.encode(silence, isSilent: true, by: &ownEncoders[encoder].encoder)
    } else if places[place].mixerMember != nil {
      Self.encode(ownMix, isSilent: kernels.peak(ownMix.span) == 0, by: &ownEncoders[encoder].encoder)
    } else if waits(index) {
      Self.encode(lobby.mix, isSilent: kernels.peak(lobby.mix.span) == 0, by: &ownEncoders[encoder].encoder)
    } else {
      Self.encode(sharedMix, isSilent: kernels.peak(sharedMix.span) == 0, by: &ownEncoders[encoder].encoder)
    }
    quality.encodesOwn &+= ownEncoders[encoder].encoder.encodeCount - before
  }

  // Functions of their own: each reaches into several of the room's stores at a time.

  private static func renderShared(_ mixer: inout Mixer, into mix: borrowing SampleBuffer) {
    var samples = mix.mutableSpan
    mixer.renderSharedMix(into: &samples)
  }

  private static func render(_ mixer: inout Mixer, for member: Mixer.Member, into mix: borrowing SampleBuffer) {
    var samples = mix.mutableSpan
    mixer.renderMix(for: member, into: &samples)
  }

  private static func encode(
    _ mix: borrowing SampleBuffer, isSilent: Bool, by encoder: inout MixEncoder
  ) {
    encoder.encode(mix.span, isSilent: isSilent)
  }

  private static func pass(_ mix: borrowing SampleBuffer, by encoder: inout MixEncoder) {
    encoder.pass(mix.span)
  }

  /// Lets one mix go over into another, from so many samples behind the beginning of the ramp on.
  private func crossfade(_ mix: borrowing SampleBuffer, to other: borrowing SampleBuffer, from done: Int) {
    var out = mix.mutableSpan
    let into = other.span
    let channels = settings.layout.count
    let step = 1 / Float(max(frame.samples, Self.rampSamples) * channels)
    let start = Float(done * channels) * step
    for index in 0..<out.count {
      out[index] += (into[index] - out[index]) * min(1, start + Float(index) * step)
    }
  }

  // MARK: Packets

  private mutating func send<Sink: PacketSink & ~Copyable>(at now: PacketTime, into sink: inout Sink) {
    for index in 0..<memberLimit where senders[index].isReady {
      let place = senders[index].place
      if place >= 0, places[Int(place)].encoder >= 0 {
        Self.send(
          ownEncoders[Int(places[Int(place)].encoder)].encoder, to: index, of: &members, by: &senders[index],
          &encryption, clock: clock, at: now, into: &sink)
      } else {
        Self.send(
          streams[Int(senders[index].stream)].encoder, to: index, of: &members, by: &senders[index], &encryption,
          clock: clock, at: now, into: &sink)
      }
    }
  }

  private static func send<Sink: PacketSink & ~Copyable>(
    _ encoder: borrowing MixEncoder, to index: MemberIndex, of members: inout SlotArray<Member>,
    by sender: inout LegSender, _ encryption: inout SlotArray<SRTPContext>, clock: Int64, at now: PacketTime,
    into sink: inout Sink
  ) {
    let packetSamples = Int64(encoder.format.packetSamples)
    for packet in 0..<encoder.packetCount {
      let start = clock / packetSamples * packetSamples + Int64(packet) * packetSamples
      if sender.pressesKeys,
        sendKey(to: index, of: &members, by: &sender, &encryption, clock: start, at: now, into: &sink)
      {
        continue
      }
      guard !encoder.isHeldBack else {
        sender.isMarkedNext = true
        continue
      }
      let header = sender.nextHeader(at: start)
      var payloadBytes = 0
      _ = sink.send(to: sender.route) { slot in
        // A slot holds any header.
        _ = try? header.write(into: &slot)
        payloadBytes = encoder.copyPacket(packet, into: &slot, at: RTPHeader.fixedBytes)
        let count = RTPHeader.fixedBytes + payloadBytes
        guard sender.isEncrypted else { return count }
        // Nothing is sent that could not be encrypted.
        return (try? encryption[index].protect(&slot, count: count)) ?? 0
      }
      sender.statistics.noteSent(header.timestamp, payloadBytes: payloadBytes, at: now)
    }
  }
}

extension MixKernels {
  /// Root mean square of a frame in dBFS, where 0 is a square wave of full scale; −127 for silence.
  fileprivate func leveldBFS(_ frame: borrowing SampleBuffer) -> Float {
    let power = energy(frame.span) / Float(frame.count)
    return power > 2e-13 ? Float(Decibels(power: Double(power)).value) : TalkerSelection.Level.silence
  }
}
