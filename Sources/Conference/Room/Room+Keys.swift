import MediaBase
import RTC

/// Telephone keys to a leg: in place of its voice packets, in the same stream (RFC 4733, 2.5.1).
extension Room {
  /// Lets keys wait for a leg's next packets. Allocates at its first ones.
  mutating func press(_ presses: KeyPresses, to index: MemberIndex) throws(ConferenceMediaError) {
    guard members[index].telephoneEventPayloadType != nil else { throw .noTelephoneEvents(members[index].id) }
    if members[index].pressing == nil { members[index].pressing = KeyQueue(members[index].format) }
    guard members[index].pressing?.append(presses) == true else { throw .tooManyKeys(limit: KeyPresses.mostWaiting) }
    senders[index].pressesKeys = true
  }

  /// Sends the key's packet that takes the place of a voice packet, which begins at a sample of the room's clock; false
  /// where the voice is to be sent.
  static func sendKey<Sink: PacketSink & ~Copyable>(
    to index: MemberIndex, of members: inout SlotArray<Member>, by sender: inout LegSender,
    _ encryption: inout SlotArray<SRTPContext>, clock: Int64, at now: PacketTime, into sink: inout Sink
  ) -> Bool {
    let time = sender.timestamp(at: clock)
    guard let payloadType = members[index].telephoneEventPayloadType,
      let event = members[index].pressing?.nextPacket(at: time)
    else {
      sender.pressesKeys = members[index].pressing?.isIdle == false
      return false
    }
    let header = sender.nextHeader(of: event, payloadType: payloadType)
    _ = sink.send(to: sender.route) { slot in
      // A slot holds both.
      _ = try? header.write(into: &slot)
      var payload = slot._mutatingExtracting(RTPHeader.fixedBytes..<RTPHeader.fixedBytes + TelephoneEventPayload.bytes)
      _ = try? event.payload.write(into: &payload)
      let count = RTPHeader.fixedBytes + TelephoneEventPayload.bytes
      guard sender.isEncrypted else { return count }
      return (try? encryption[index].protect(&slot, count: count)) ?? 0
    }
    // Reports tell the time of the stream, which goes on while the event's stands still.
    sender.statistics.noteSent(time, payloadBytes: TelephoneEventPayload.bytes, at: now)
    return true
  }
}
