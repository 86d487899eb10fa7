import MediaBase
import RTC

/// A packet on its way, for tests.
struct SentPacket {
  var number = 0
  var sequence: UInt16 = 0
  var timestamp: UInt32 = 0
  var ssrc: UInt32 = 1
  var level: UInt8?
  var payload: [UInt8] = []
  /// When it comes.
  var milliseconds = 0.0

  var header: ReceivedPacket {
    ReceivedPacket(
      ssrc: SSRC(rawValue: ssrc), sequence: SequenceNumber(rawValue: sequence),
      timestamp: RTPTimestamp(rawValue: timestamp), level: level,
      arrival: PacketTime(nanoseconds: PlayoutRig.epoch + Int64((milliseconds * 1_000_000).rounded())))
  }

  /// Packets of one stream, each `ticks` of its clock long, that come `every` so many milliseconds from `first` on.
  static func stream(
    _ payloads: [[UInt8]], ticks: Int, every: Double = 20, first: Double = 10, sequence: UInt16 = 65_500,
    timestamp: UInt32 = 4_294_960_000
  ) -> [SentPacket] {
    payloads.enumerated().map { number, payload in
      SentPacket(
        number: number, sequence: sequence &+ UInt16(truncatingIfNeeded: number),
        timestamp: timestamp &+ UInt32(truncatingIfNeeded: number * ticks), payload: payload,
        milliseconds: first + Double(number) * every)
    }
  }
}

/// A member's buffer and voice, fed with packets at their times and ticked in virtual time.
struct PlayoutRig: ~Copyable {
  static let epoch: Int64 = 1_000_000_000_000

  var pool: PacketPool
  var buffer: JitterBuffer
  var voice: Voice
  let frame: FrameDuration
  /// Ticks done; the next is due a frame after the last.
  private(set) var ticks = 0
  private(set) var outcomes: [JitterBuffer.Outcome] = []
  private(set) var frames: [RenderedFrame] = []
  private(set) var samples: [Float] = []
  private var waiting: ArraySlice<SentPacket> = []

  init(
    _ codec: VoiceCodec = .opus, layout: ChannelLayout = .mono, frame: FrameDuration = .ms20, blocks: Int = 1_000
  ) throws {
    pool = PacketPool(blocks: blocks)
    buffer = JitterBuffer(codec: codec, frame: frame)
    voice = try Voice(layout: layout, frame: frame)
    self.frame = frame
  }

  var milliseconds: Double { Double(ticks) * frame.milliseconds }
  var now: PacketTime { PacketTime(nanoseconds: Self.epoch + Int64((milliseconds * 1_000_000).rounded())) }
  var statistics: JitterBufferStatistics { buffer.statistics }

  mutating func send(_ packets: [SentPacket]) {
    waiting = (Array(waiting) + packets).sorted { $0.milliseconds < $1.milliseconds }[...]
  }

  /// So many ticks with the voice: the frames are kept.
  mutating func play(ticks count: Int) {
    for _ in 0..<count {
      startTick()
      var output = [Float](repeating: .nan, count: voice.samplesPerFrame)
      var span = output.mutableSpan
      frames.append(voice.render(from: &buffer, pool: &pool, now: now, into: &span))
      samples += output
    }
  }

  /// For long plays.
  mutating func forgetWhatWasPlayed() {
    samples.removeAll()
    frames.removeAll()
    outcomes.removeAll()
  }

  /// Plays so long.
  mutating func play(seconds: Double) { play(ticks: Int(seconds * 1_000 / frame.milliseconds)) }

  /// One tick without the voice.
  mutating func advance() -> JitterBuffer.Due {
    startTick()
    return buffer.advance(to: now, pool: &pool)
  }

  /// One tick at which the voice is given to the member after `advance` told what was due.
  mutating func advanceAndAttach() -> JitterBuffer.Due {
    startTick()
    let due = buffer.advance(to: now, pool: &pool)
    voice.attach(to: &buffer, pool: &pool, now: now)
    var output = [Float](repeating: .nan, count: voice.samplesPerFrame)
    var span = output.mutableSpan
    frames.append(voice.render(from: &buffer, pool: &pool, now: now, into: &span))
    samples += output
    return due
  }

  private mutating func startTick() {
    ticks += 1
    while let packet = waiting.first, packet.milliseconds <= milliseconds {
      waiting.removeFirst()
      outcomes.append(buffer.insert(packet.header, payload: packet.payload.span, pool: &pool))
    }
  }
}
