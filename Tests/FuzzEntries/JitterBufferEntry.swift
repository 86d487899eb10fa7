import MediaBase
import RTC

/// Plays the bytes as a member whose packets have any headers and come at any time.
///
/// The first byte: codec, layout and tick. Then steps: a byte whose lowest three bits tell what to do.
func feedJitterBuffer(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  let kind = script.byte()
  let codecs = VoiceCodec.allCases, frames = FrameDuration.allCases
  var member = FuzzedMember(
    codec: codecs[Int(kind & 3) % codecs.count], layout: kind & 4 == 0 ? .mono : .stereo,
    frame: frames[Int(kind >> 3) % frames.count])
  while !script.isAtEnd {
    let step = script.byte()
    switch step & 7 {
    case 0, 1, 2: member.insertNext(payload: script.take(Int(step >> 3) * 6), skipping: 0)
    case 3: member.insertNext(payload: script.take(Int(step >> 3)), skipping: Int(script.byte()))
    case 4:
      member.jump(
        ssrc: UInt32(step >> 6), sequence: UInt16(truncatingIfNeeded: script.word()), timestamp: script.word())
    case 5: member.pass(nanoseconds: Int64(Int32(bitPattern: script.word())) << Int64(step >> 3))
    default: for _ in 0...step >> 5 { member.tick(isPlaying: step & 1 == 0) }
    }
  }
  member.leave()
}

private struct FuzzedMember: ~Copyable {
  var pool = PacketPool(blocks: 40)
  var buffer: JitterBuffer
  var voice: Voice
  var now = PacketTime(nanoseconds: 0)
  var packet: ReceivedPacket
  var isAttached = false

  init(codec: VoiceCodec, layout: ChannelLayout, frame: FrameDuration) {
    buffer = JitterBuffer(codec: codec, frame: frame)
    guard let voice = try? Voice(layout: layout, frame: frame) else { preconditionFailure("no memory for a voice") }
    self.voice = voice
    packet = ReceivedPacket(
      ssrc: SSRC(rawValue: 1), sequence: SequenceNumber(rawValue: 65_530), timestamp: RTPTimestamp(rawValue: 0),
      arrival: now)
  }

  mutating func insertNext(payload: Span<UInt8>, skipping packets: Int) {
    let ticks = buffer.codec == .opus ? 960 : max(1, payload.count)
    packet.sequence = packet.sequence.advanced(by: 1 + packets)
    packet.timestamp = packet.timestamp.advanced(by: ticks * (1 + packets))
    packet.arrival = now
    packet.level = payload.isEmpty ? nil : payload[0] & 127
    _ = buffer.insert(packet, payload: payload, pool: &pool)
  }

  mutating func jump(ssrc: UInt32, sequence: UInt16, timestamp: UInt32) {
    packet.ssrc = SSRC(rawValue: ssrc)
    packet.sequence = SequenceNumber(rawValue: sequence)
    packet.timestamp = RTPTimestamp(rawValue: timestamp)
  }

  mutating func pass(nanoseconds: Int64) {
    now = now.advanced(byNanoseconds: nanoseconds)
  }

  mutating func tick(isPlaying: Bool) {
    pass(nanoseconds: Int64(voice.frame.samples) * 125_000 / 6)
    if isPlaying {
      if !isAttached { voice.attach(to: &buffer, pool: &pool, now: now) }
      var output = [Float](repeating: .nan, count: voice.samplesPerFrame)
      var span = output.mutableSpan
      _ = voice.render(from: &buffer, pool: &pool, now: now, into: &span)
      precondition(output.allSatisfy(\.isFinite), "a sample that is no number")
    } else {
      if isAttached { voice.detach(from: &buffer) }
      _ = buffer.advance(to: now, pool: &pool)
    }
    isAttached = isPlaying
  }

  mutating func leave() {
    _ = buffer.statistics
    buffer.removeAll(pool: &pool)
    precondition(buffer.isIdle && pool.freeBlocks == pool.blockCount, "blocks of the pool were lost")
  }
}
