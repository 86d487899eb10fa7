import MediaBase
import RTC

/// Taps: who else gets what goes into the room and comes out of it.
extension Room {
  /// Puts a tap in, between two ticks. It is told who is in the room already.
  ///
  /// Where something has happened already, it gets a checkpoint too, so that a replay can go on from here.
  public mutating func attach(_ tap: RoomTap, at now: PacketTime, pool: inout PacketPool) {
    tap.note(.began(settings, shedding, isFresh: !hasHistory), at: now)
    for index in 0..<memberLimit where members.isTaken(index) {
      tap.note(.joined(members[index].id, presentLeg(of: index), local: members[index].local), at: now)
    }
    for pair in 0..<levelCount {
      let listener = members[Int(levels[pair].listener)].id, source = members[Int(levels[pair].source)].id
      tap.note(.changed(listener, .level(levels[pair].level, of: source)), at: now)
    }
    if hasHistory, tap.content.contains(.packets), let checkpoint = checkpoint(pool: &pool) {
      tap.note(.checkpoint(checkpoint), at: now)
    }
    taps.append(tap)
  }

  /// Takes a tap out, between two ticks. What it holds can still be read.
  public mutating func detach(_ tap: RoomTap, at now: PacketTime) {
    guard let place = taps.firstIndex(where: { $0 === tap }) else { return }
    taps.remove(at: place)
    tap.note(.ended, at: now)
  }

  /// Takes all taps out, before the room is let go.
  public mutating func detachAll(at now: PacketTime) {
    while let tap = taps.last { detach(tap, at: now) }
  }

  /// The leg as it would join now.
  private func presentLeg(of index: MemberIndex) -> LegSettings {
    var leg = members[index].leg
    leg.voice = members[index].voiceSettings
    leg.canTalk = members[index].canTalk
    leg.canHear = members[index].canHear
    if let remote = members[index].remote, leg.learnsSource {
      leg.remote = remote
      leg.remoteRTCP = remote
      leg.learnsSource = false
    }
    return leg
  }

  func tap(_ command: RoomCommand, at now: PacketTime) {
    for tap in taps { tap.note(command, at: now) }
  }

  func tapPacket(_ datagram: Span<UInt8>, from source: TransportAddress, for index: MemberIndex, at arrival: PacketTime)
  {
    for tap in taps { tap.notePacket(datagram, from: source, for: members[index].id, at: arrival) }
  }

  mutating func tapTick(at now: PacketTime) {
    lastTick = now
    for tap in taps { tap.noteTick(at: now, mix: sharedMix.span) }
  }
}
