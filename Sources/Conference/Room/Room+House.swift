import MediaBase
import RTC

/// What is done now and then, a share of the members each tick: who talks, how each leg does, whose packets stay away.
extension Room {
  /// Passes over ticks that cannot be made up for, in whole packets of every length; returns how many it passed over.
  public mutating func skip(ticks: Int) -> Int {
    let step = PacketDuration.commonSamples / frame.samples
    let skipped = ticks / step * step
    clock += Int64(skipped * frame.samples)
    tap(.skipped(ticks: skipped), at: lastTick)
    return skipped
  }

  /// Counts how long after it was due a tick began, in nanoseconds.
  public mutating func noteLateness(_ nanoseconds: Int64) {
    quality.lateness.note(nanoseconds)
    if nanoseconds > Int64(frame.samples) * 1_000_000 / 96 { quality.lateTicks += 1 }
  }

  /// Counts what a tick cost, in nanoseconds of CPU.
  public mutating func noteCost(_ nanoseconds: Int64) {
    quality.cost.note(nanoseconds)
  }

  mutating func keepHouse<Sink: PacketSink & ~Copyable>(at now: PacketTime, into sink: inout Sink) {
    let ticksASecond = max(1, AudioRate.samplesPerSecond / frame.samples)
    let turn = Int(tickCount % UInt64(ticksASecond))
    for index in stride(from: turn, to: memberLimit, by: ticksASecond) where members.isTaken(index) {
      tellQuality(of: index, at: now)
      tellLoss(of: index, at: now)
      report(to: index, at: now, into: &sink)
    }
    for place in 0..<incomingCount {
      tellTalking(Int(incoming[place]), at: now)
      tellKeys(Int(incoming[place]), at: now)
    }
    for place in 0..<placeCount where places[place].phase != .free { tellTalking(Int(places[place].member), at: now) }
    if turn == 0 { tell(.roomQuality(quality), at: now) }
  }

  private mutating func tellTalking(_ index: MemberIndex, at now: PacketTime) {
    let isTalking = selection.isSelected(index) && selection.isVoiced(index)
    guard isTalking != members[index].isTalking else { return }
    members[index].isTalking = isTalking
    tell(.talking(members[index].id, isTalking), at: now)
  }

  private mutating func tellKeys(_ index: MemberIndex, at now: PacketTime) {
    members[index].keys.expire(at: now)
    while let event = members[index].keys.popEvent() {
      if case .pressed(let key) = event { tell(.digit(members[index].id, key.sign), at: now) }
    }
  }

  /// Packets that stay away from one who sent some: told after 5 s, and each time that this has doubled.
  private mutating func tellLoss(of index: MemberIndex, at now: PacketTime) {
    guard let last = members[index].lastPacket else { return }
    let seconds = Int(now.nanoseconds(since: last) / 1_000_000_000)
    let told = members[index].lossToldSeconds
    guard seconds >= max(5, told * 2) else { return }
    members[index].lossToldSeconds = seconds
    tell(.mediaLost(members[index].id, seconds: seconds), at: now)
  }

  private mutating func tellQuality(of index: MemberIndex, at now: PacketTime) {
    let sent = senders[index].statistics
    guard members[index].lastPacket != nil || sent.packetsSent > 0 else { return }
    let reception = members[index].reception
    let played = members[index].buffer.statistics
    members[index].quality.update(reception: reception, played: played, sent: sent)
    let voice = members[index].voice
    members[index].quality.leveldBFS =
      voice >= 0 ? voices[Int(voice)].level : TalkerSelection.Level.silence
    tell(.quality(members[index].id, members[index].quality), at: now)
  }
}

extension LegQuality {
  fileprivate mutating func update(
    reception: ReceptionStatistics, played: JitterBufferStatistics, sent: SendingStatistics
  ) {
    packetsReceived = reception.packetsReceived
    bytesReceived = reception.payloadBytesReceived
    packetsLost = reception.packetsLost
    jitterMilliseconds = Float(reception.jitter.ticks) * 1000 / Float(reception.clockRate)
    packetsSent = sent.packetsSent
    bytesSent = sent.payloadBytesSent
    packetsLate = played.packetsLate
    packetsDuplicate = played.packetsDuplicate
    packetsRecovered = played.packetsRecovered
    samplesConcealed = played.samplesConcealed
    samplesStretched = played.samplesStretched
    samplesShrunk = played.samplesShrunk
    depthMilliseconds = played.depthMilliseconds
    driftPPM = played.driftPPM
  }
}
