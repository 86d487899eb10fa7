import Conference
import MediaBase
import MediaFiles
import RTC

/// One replay on its way: a room in virtual time, and what is noted of each stream and leg.
///
/// Of `CaptureReplay`, on its thread. Allocates when it is made, and at a leg's first packet.
struct ReplayRun: ~Copyable {
  /// Where a packet goes.
  struct Target {
    var header: RTPHeader
    var stream: Int
    var leg: Int
  }

  private(set) var figures: ReplayFigures

  private var room: Room
  private var pool: PacketPool
  private let events: BoundedRing<MediaEvent>
  private var sink = NoSink()
  /// Each leg's index in the room.
  private var members: [Int] = []
  private let streams: [StreamKey: Int]
  private let verdicts: [StreamPlan.Verdict]
  private var jitter: [InterarrivalJitter]
  /// The stream that each leg's last packet belonged to.
  private var lastStream: [Int]
  private var nextTick: PacketTime
  /// Samples at the beginning that are the limiter's, not the voices'.
  private var latency: Int
  private let layout: ChannelLayout
  private var packet = [UInt8](repeating: 0, count: 65_536)

  /// The longest that a last packet can have to wait.
  private static let longestTail: Int64 = 1_000_000_000
  private static let shortestTail: Int64 = 60_000_000
  private static var step: Int64 { Int64(CaptureReplay.frame.milliseconds * 1_000_000) }

  init(_ plan: StreamPlan, options: ReplayOptions, start: PacketTime) throws(RecordingError) {
    nextTick = start
    verdicts = plan.verdicts
    layout = options.layout
    streams = Dictionary(uniqueKeysWithValues: plan.streams.enumerated().map { ($1.key, $0) })
    figures = ReplayFigures(streams: plan.streams.count, legs: plan.legs.count)
    jitter = zip(plan.streams, plan.verdicts).map { _, verdict in
      InterarrivalJitter(clockRate: Self.clockRate(verdict, plan.legs))
    }
    lastStream = Array(repeating: -1, count: plan.legs.count)
    events = BoundedRing(capacity: 64 + 16 * plan.legs.count)
    pool = PacketPool(blocks: 64 + 128 * plan.legs.count)
    let settings = RoomSettings(
      talkers: options.talkers, layout: options.layout, frame: CaptureReplay.frame, capacity: max(1, plan.legs.count),
      sendsMixes: false)
    // Nobody gets a report; any wall clock will do, but always the same.
    let wall = NTPClock(at: PacketTime(nanoseconds: 0), is: NTPTimestamp(secondsSince1970: 0))
    room = Room(id: RoomID(rawValue: 1), settings: settings, events: events, wall: wall, seed: 1)
    latency = room.latencySamples
    for (index, leg) in plan.legs.enumerated() { try join(leg, number: index) }
  }

  private static func clockRate(_ verdict: StreamPlan.Verdict, _ legs: [StreamPlan.Leg]) -> Int {
    guard case .mixed(let parts) = verdict, let leg = parts.first?.leg else { return 8_000 }
    return legs[leg].codec == .opus ? 48_000 : 8_000
  }

  private mutating func join(_ leg: StreamPlan.Leg, number: Int) throws(RecordingError) {
    var settings = LegSettings(
      format: LegFormat(codec: leg.codec, payloadType: leg.payloadType), remote: leg.source)
    settings.audioLevelExtension = leg.audioLevelExtension
    settings.telephoneEventPayloadType = leg.telephoneEventType
    do {
      let id = MemberID(rawValue: UInt64(number + 1))
      members.append(try room.join(id, leg: settings, socket: 0, at: nextTick, pool: &pool).index)
    } catch {
      // Everything else that a room refuses, the plan does not ask for.
      throw .outOfMemory
    }
  }

  // MARK: Packets

  /// Whom a packet is for; `nil` where it is not mixed.
  func target(of datagram: CapturedDatagram, payload: Span<UInt8>) -> Target? {
    guard let header = StreamFinder.header(of: payload, isWhole: true),
      let stream = streams[StreamKey(source: datagram.source, destination: datagram.destination, ssrc: header.ssrc)],
      case .mixed(let parts) = verdicts[stream],
      let part = parts.first(where: { $0.type == header.payloadType })
    else { return nil }
    return Target(header: header, stream: stream, leg: part.leg)
  }

  /// Hands a packet to its leg.
  mutating func receive(_ payload: Span<UInt8>, from source: TransportAddress, _ target: Target, at time: PacketTime) {
    Self.hand(payload, through: &packet) { datagram in
      room.receive(&datagram, from: source, for: members[target.leg], at: time, pool: &pool)
    }
    lastStream[target.leg] = target.stream
    jitter[target.stream].note(target.header.timestamp, at: time)
    figures.streams[target.stream].note(jitterMilliseconds: jitter[target.stream].milliseconds)
  }

  /// Copies a packet to where it may be changed: a room takes datagrams as a socket gives them.
  private static func hand(
    _ payload: Span<UInt8>, through packet: inout [UInt8], _ body: (inout MutableSpan<UInt8>) -> Void
  ) {
    var all = packet.mutableSpan
    var datagram = all._mutatingExtracting(first: payload.count)
    for index in payload.indices { datagram[index] = payload[index] }
    body(&datagram)
  }

  // MARK: Ticks

  /// Runs the ticks that are due before a packet comes.
  mutating func tick(
    before time: PacketTime, _ deliver: (Span<Float>) throws(RecordingError) -> Void
  ) throws(RecordingError) {
    while nextTick < time {
      room.tick(at: nextTick, pool: &pool, into: &sink)
      nextTick = nextTick.advanced(byNanoseconds: Self.step)
      drainEvents()
      let skipped = min(latency, CaptureReplay.frame.samples)
      latency -= skipped
      figures.samples += Int64(CaptureReplay.frame.samples - skipped)
      let start = skipped * layout.count
      try room.withSharedMix { (mix) throws(RecordingError) in try deliver(mix.extracting(start..<mix.count)) }
    }
  }

  /// Runs the ticks that play what has come, and those in which the last figures are told.
  mutating func end(
    after last: PacketTime, _ deliver: (Span<Float>) throws(RecordingError) -> Void
  ) throws(RecordingError) {
    let depth = figures.legs.map { Int64($0.depthMilliseconds * 1_000_000) }.max() ?? 0
    let tail = min(Self.longestTail, max(0, depth) + Self.shortestTail)
    try tick(before: last.advanced(byNanoseconds: tail), deliver)
    // Each member's figures are told once a second.
    for _ in 0..<50 {
      room.tick(at: nextTick, pool: &pool, into: &sink)
      nextTick = nextTick.advanced(byNanoseconds: Self.step)
      drainEvents()
    }
  }

  private mutating func drainEvents() {
    while let event = events.pop() {
      guard case .quality(let member, let quality) = event.kind else { continue }
      let leg = Int(member.rawValue) - 1
      let late = quality.packetsLate - figures.legs[leg].packetsLate
      if lastStream[leg] >= 0 { figures.streams[lastStream[leg]].late += Int(late) }
      figures.legs[leg].update(quality)
    }
  }
}

/// What a room sends where nobody is.
private struct NoSink: PacketSink, ~Copyable {
  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int { 0 }
}
