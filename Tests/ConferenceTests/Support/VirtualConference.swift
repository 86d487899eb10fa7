import AudioCodecs
import Conference
import MediaBase
import Mixing
import RTC

/// A room in virtual time with legs that speak and hear: what a leg says is encoded and sent in packets of the length that
/// it wants to hear, what it gets is decoded in order. No socket, no clock, no thread.
final class VirtualConference {
  var room: Room
  var pool = PacketPool(blocks: 64)
  let events = BoundedRing<MediaEvent>(capacity: 4_096)
  private(set) var legs: [VirtualLeg] = []
  private(set) var now = PacketTime(nanoseconds: 1_000_000_000)
  private(set) var told: [MediaEvent] = []

  init(_ settings: RoomSettings = RoomSettings()) {
    let wall = NTPClock(at: PacketTime(nanoseconds: 0), is: NTPTimestamp(secondsSince1970: 1_700_000_000))
    room = Room(id: RoomID(rawValue: 1), settings: settings, events: events, wall: wall, seed: 7)
  }

  /// Adds a leg; it says nothing until it is given something to say.
  @discardableResult
  func join(
    _ format: LegFormat = LegFormat(codec: .opus, payloadType: 111), sendsLevel: Bool = true,
    change: (inout LegSettings) -> Void = { _ in }
  ) throws -> VirtualLeg {
    let number = legs.count
    let remote = TransportAddress(ipv4: 0x7f00_0001, port: UInt16(10_000 + number))
    var settings = LegSettings(format: format, remote: remote)
    if sendsLevel { settings.audioLevelExtension = 1 }
    change(&settings)
    let id = MemberID(rawValue: UInt64(number + 1))
    let joined = try room.join(id, leg: settings, socket: 0, at: now, pool: &pool)
    let leg = try VirtualLeg(id: id, index: joined.index, ssrc: joined.ssrc, settings: settings)
    legs.append(leg)
    return leg
  }

  func leave(_ leg: VirtualLeg) {
    room.leave(leg.index, pool: &pool)
    leg.hasLeft = true
  }

  private var frame: FrameDuration { room.settings.frame }

  /// Runs so many ticks: each leg's packets arrive as they are complete, a quarter of a frame before the tick.
  func run(ticks: Int) {
    for _ in 0..<ticks {
      for leg in legs where !leg.hasLeft { send(of: leg) }
      runWithoutPackets(ticks: 1)
    }
  }

  private func send(of leg: VirtualLeg) {
    leg.owedSamples += frame.samples
    while leg.owedSamples >= leg.packetSamples {
      leg.owedSamples -= leg.packetSamples
      guard var packet = leg.nextPacket() else { continue }
      var bytes = packet.mutableSpan
      let before = frame.samples / 4 + leg.owedSamples
      let arrival = now.advanced(byNanoseconds: -Int64(before) * 1_000_000 / 48)
      room.receive(&bytes, from: leg.settings.remote, for: leg.index, at: arrival, pool: &pool)
    }
  }

  /// Runs so many ticks in which nobody's packets arrive.
  func runWithoutPackets(ticks: Int) {
    for _ in 0..<ticks {
      var sink = ListSink()
      room.tick(at: now, pool: &pool, into: &sink)
      for (route, bytes) in sink.packets {
        guard let leg = legs.first(where: { $0.settings.remote == route.address && !$0.hasLeft }) else { continue }
        leg.receive(bytes)
      }
      while let event = events.pop() { told.append(event) }
      now = now.advanced(byNanoseconds: Int64(frame.samples) * 1_000_000 / 48)
    }
  }

  /// Lets so many ticks pass as if the machine had slept; returns how many the room passed over.
  func skip(ticks: Int) -> Int {
    let skipped = room.skip(ticks: ticks)
    now = now.advanced(byNanoseconds: Int64(skipped * frame.samples) * 1_000_000 / 48)
    return skipped
  }

  /// What was told last of a leg.
  func quality(of leg: VirtualLeg) -> LegQuality? {
    for event in told.reversed() {
      if case .quality(leg.id, let quality) = event.kind { return quality }
    }
    return nil
  }

  /// Runs ticks without what the test itself has to keep: for counting allocations.
  func runQuietly(_ packets: inout PacketTrain, from leg: VirtualLeg, ticks: Range<Int>) {
    var sink = CountingSink()
    for tick in ticks {
      let range = packets.ranges[tick]
      var all = packets.bytes.mutableSpan
      var bytes = all._mutatingExtracting(range)
      room.receive(&bytes, from: leg.settings.remote, for: leg.index, at: now.advanced(byMilliseconds: -5), pool: &pool)
      room.tick(at: now, pool: &pool, into: &sink)
      now = now.advanced(byMilliseconds: 20)
    }
  }
}

/// Packets made beforehand, one behind the other.
struct PacketTrain {
  var bytes: [UInt8] = []
  private(set) var ranges: [Range<Int>] = []

  mutating func append(_ packet: [UInt8]) {
    ranges.append(bytes.count..<bytes.count + packet.count)
    bytes += packet
  }
}

/// Keeps the packets of one tick.
struct ListSink: PacketSink, ~Copyable {
  var packets: [(SendRoute, [UInt8])] = []

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var bytes = [UInt8](repeating: 0, count: 1_500)
    var span = bytes.mutableSpan
    let count = write(&span)
    if count > 0 { packets.append((route, Array(bytes[..<count]))) }
    return count
  }
}

/// Counts packets, and keeps none.
struct CountingSink: PacketSink, ~Copyable {
  var count = 0
  private var bytes = InlineArray<1_500, UInt8>(repeating: 0)

  init() {}

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var span = bytes.mutableSpan
    count += 1
    return write(&span)
  }
}

/// One leg: says samples, hears samples.
final class VirtualLeg {
  let id: MemberID
  let index: Int
  let ssrc: SSRC
  let settings: LegSettings
  var hasLeft = false
  /// What it will say at 48 kHz, mono; silence is sent as such when it is over, if `keepsSending`.
  private var speech: [Float] = []
  private var position = 0
  var keepsSending = false
  /// Samples at 48 kHz of each packet that it sends, and those that wait for the rest of one.
  let packetSamples: Int
  var owedSamples = 0
  /// What it heard, interleaved.
  private(set) var heard: [Float] = []
  private(set) var headers: [RTPHeader] = []
  private(set) var rtcp: [[UInt8]] = []
  /// Bytes of the payloads, in order.
  private(set) var payloads: [[UInt8]] = []

  private var encoder: OpusEncoder
  private var decoder: OpusDecoder
  private var narrow: LiveResampler
  private var wide: LiveResampler
  private var sequence: UInt16 = 65_500
  private var timestamp: UInt32 = 0xffff_0000
  private let sentSSRC: SSRC

  init(id: MemberID, index: Int, ssrc: SSRC, settings: LegSettings) throws {
    self.id = id
    self.index = index
    self.ssrc = ssrc
    self.settings = settings
    sentSSRC = SSRC(rawValue: UInt32(0xabc0_0000 + id.rawValue))
    packetSamples = settings.format.packet.samples
    var encoding = OpusEncoderSettings()
    encoding.bitrate = .bitsPerSecond(64_000)
    encoder = try OpusEncoder(layout: .mono, application: .audio, settings: encoding)
    decoder = try OpusDecoder(layout: settings.format.layout)
    narrow = try LiveResampler(channels: 1, inputRate: 48_000, outputRate: 8_000)
    wide = try LiveResampler(channels: 1, inputRate: 8_000, outputRate: 48_000)
  }

  /// Gives it something to say, at once.
  func say(_ samples: [Float]) {
    speech = samples
    position = 0
  }

  /// Its next packet; nothing where it has nothing to say.
  func nextPacket() -> [UInt8]? {
    guard position < speech.count || keepsSending else { return nil }
    var frame = [Float](repeating: 0, count: packetSamples)
    for index in frame.indices where position + index < speech.count { frame[index] = speech[position + index] }
    position += packetSamples
    return packet(of: frame)
  }

  private func packet(of frame: [Float]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1_500)
    var span = bytes.mutableSpan
    let power = frame.reduce(0) { $0 + $1 * $1 } / Float(frame.count)
    let level = AudioLevel(dBov: Decibels(power: Double(power)), isVoice: power > 1e-5)
    let header = RTPHeader(
      payloadType: settings.format.payloadType, sequenceNumber: SequenceNumber(rawValue: sequence),
      timestamp: RTPTimestamp(rawValue: timestamp), ssrc: sentSSRC)
    let offset = (try? header.write(into: &span, audioLevel: settings.audioLevelExtension.map { (level, $0) })) ?? 0
    let payload = encode(frame)
    for index in payload.indices { span[offset + index] = payload[index] }
    sequence &+= 1
    timestamp &+= UInt32(packetSamples * settings.format.clockRate / 48_000)
    return Array(bytes[..<(offset + payload.count)])
  }

  private func encode(_ frame: [Float]) -> [UInt8] {
    var payload = [UInt8](repeating: 0, count: 1_400)
    var span = payload.mutableSpan
    switch settings.format.codec {
    case .opus:
      let count = (try? encoder.encode(frame.span, into: &span)) ?? 0
      return Array(payload[..<count])
    case .pcmu, .pcma:
      var samples = [Float](repeating: 0, count: packetSamples / 6)
      var out = samples.mutableSpan
      _ = narrow.process(frame.span, into: &out)
      (settings.format.codec == .pcmu ? G711.muLaw : G711.aLaw).encode(samples.span, into: &span)
      return Array(payload[..<samples.count])
    }
  }

  func receive(_ bytes: [UInt8]) {
    guard PacketClass(of: bytes.span) == .rtp, let header = try? RTPHeader(parsing: bytes.span) else {
      rtcp.append(bytes)
      return
    }
    headers.append(header)
    let payload = Array(bytes[header.payload])
    payloads.append(payload)
    // A telephone event, which is not heard.
    guard header.payloadType == settings.format.payloadType else { return }
    var samples = [Float](repeating: 0, count: 5_760 * settings.format.layout.count)
    var out = samples.mutableSpan
    switch settings.format.codec {
    case .opus:
      let count = (try? decoder.decode(payload.span, into: &out)) ?? 0
      heard += samples[..<(count * settings.format.layout.count)]
    case .pcmu, .pcma:
      var coded = [Float](repeating: 0, count: payload.count)
      var codedSpan = coded.mutableSpan
      (settings.format.codec == .pcmu ? G711.muLaw : G711.aLaw).decode(payload.span, into: &codedSpan)
      let progress = wide.process(coded.span, into: &out)
      heard += samples[..<progress.producedFrames]
    }
  }
}
