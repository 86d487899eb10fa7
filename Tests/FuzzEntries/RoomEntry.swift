import Conference
import MediaBase
import RTC

/// Runs a live room by the bytes: legs of all formats join, leave, are changed, send well-formed packets with any header and
/// payload, and plain rubbish, while the ticks go on.
///
/// The first byte: layout, talkers, frame length. Then steps: a byte whose lowest three bits tell what to do and whose
/// others tell with whom.
func feedRoom(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  var room = FuzzedConference(kind: script.byte())
  // A tick costs more than a byte of script: inputs stay short by being cut here.
  var ticks = 0
  while !script.isAtEnd, ticks < 40 {
    let step = script.byte()
    let who = Int(step >> 3) % FuzzedConference.capacity
    switch step & 7 {
    case 0: room.join(script.byte(), script.byte())
    case 1: room.leave(who)
    case 2: room.change(who, script.byte(), script.byte())
    case 3:
      room.receive(script.take(Int(script.byte())), from: who)
    case 4, 5:
      room.speak(who, marker: step & 7 == 5, jump: script.word(), payload: script.take(Int(script.byte()) % 64))
    default:
      room.tick()
      ticks += 1
    }
  }
  room.tick()
}

/// A room with what must hold of it: every packet that leaves it is a good one, each leg's are numbered without a gap, and
/// they go to its own place.
private struct FuzzedConference: ~Copyable {
  static let capacity = 6

  private var room: Room
  private var pool = PacketPool(blocks: 32)
  private var sink = CheckingSink()
  private var legs: [Leg?] = Array(repeating: nil, count: capacity)
  private var joined: UInt64 = 0
  private var now = PacketTime(nanoseconds: 1_000_000_000)
  private let frame: FrameDuration

  private struct Leg {
    let index: Int
    let settings: LegSettings
    var sequence: UInt16 = 0
    var timestamp: UInt32 = 0
  }

  init(kind: UInt8) {
    let frames: [FrameDuration] = kind & 64 == 0 ? [.ms20, .ms10] : [.ms5, .ms2point5]
    frame = frames[Int(kind >> 1 & 1)]
    let talkers: RoomSettings.Talkers = kind & 4 == 0 ? .loudest(Int(kind >> 4 & 3) + 1) : .all
    let settings = RoomSettings(
      talkers: talkers, layout: kind & 1 == 0 ? .mono : .stereo, frame: frame, capacity: Self.capacity, levelCapacity: 4
    )
    let wall = NTPClock(at: PacketTime(nanoseconds: 0), is: NTPTimestamp(secondsSince1970: 1_700_000_000))
    room = Room(
      id: RoomID(rawValue: 1), settings: settings, events: BoundedRing(capacity: 64), wall: wall, seed: UInt64(kind))
  }

  mutating func join(_ format: UInt8, _ options: UInt8) {
    let codec = LegFormat.Codec.allCases[Int(format) % 3]
    var leg = LegSettings(
      format: LegFormat(codec: codec, payloadType: codec == .opus ? 111 : 8),
      remote: TransportAddress(ipv4: 0x7f00_0001, port: UInt16(1_000 + joined % 60_000)))
    leg.format.packet = PacketDuration.allCases[Int(format >> 2 & 7)]
    leg.format.layout = options & 1 == 0 ? .mono : .stereo
    leg.format.usesDTX = options & 2 != 0
    leg.audioLevelExtension = options & 4 == 0 ? nil : 1
    leg.telephoneEventPayloadType = options & 8 == 0 ? nil : 101
    leg.canHear = options & 16 == 0
    leg.learnsSource = options & 32 != 0
    leg.waits = options & 64 != 0
    joined += 1
    guard let place = legs.firstIndex(where: { $0 == nil }) else { return }
    let taken = try? room.join(MemberID(rawValue: joined), leg: leg, socket: 0, at: now, pool: &pool)
    guard let taken else { return }
    legs[place] = Leg(index: taken.index, settings: leg)
    sink.expect(taken.ssrc, at: leg.remote)
  }

  mutating func leave(_ who: Int) {
    guard let leg = legs[who] else { return }
    legs[who] = nil
    room.sayGoodbye(to: leg.index, at: now, into: &sink)
    room.leave(leg.index, pool: &pool)
    sink.forget(leg.settings.remote)
  }

  mutating func change(_ who: Int, _ what: UInt8, _ value: UInt8) {
    guard let leg = legs[who] else { return }
    let level = Decibels(Double(value) - 128)
    switch what & 7 {
    case 0: try? room.change(leg.index, .canHear(value & 1 == 0))
    case 1: try? room.change(leg.index, .canTalk(value & 1 == 0))
    case 2: room.shed(LoadShedding(rawValue: Int(value) % 4) ?? .none, at: now)
    case 3: try? room.change(leg.index, .voice(.init(gain: level, isMuted: value & 1 == 0)))
    case 4:
      let keys = [TelephoneKey(code: value & 15), TelephoneKey(code: value >> 4)].compactMap { $0 }
      try? room.change(leg.index, .press(KeyPresses(keys: keys, toneMilliseconds: Int(value) * 8 - 100)))
    case 5: changeRoom(value)
    default:
      guard let other = legs[Int(value) % Self.capacity] else { return }
      let heard = value & 0x40 == 0 ? Decibels.silence : value & 0x80 == 0 ? .unity : level
      try? room.change(leg.index, .level(heard, of: MemberID(rawValue: 0)), source: other.index)
    }
  }

  /// Sounds of any length, and waiting.
  mutating func changeRoom(_ value: UInt8) {
    let layout: ChannelLayout = value & 8 == 0 ? .mono : .stereo
    let sound = RoomSound([Int16](repeating: 9_000, count: Int(value >> 4) * 400), layout: layout)
    let id = PlaybackID(rawValue: UInt64(value >> 6))
    switch value & 7 {
    case 0, 1: try? room.change(.play(sound, as: id, gain: .unity, loops: value & 1 == 0), at: now)
    case 2: try? room.change(.stop(id), at: now)
    case 3: try? room.change(.tone(sound), at: now)
    case 4: try? room.change(.hold(value & 8 == 0 ? sound : nil), at: now)
    default: try? room.change(.admit, at: now)
    }
  }

  /// Rubbish, from the leg's place or from a stranger's.
  mutating func receive(_ bytes: Span<UInt8>, from who: Int) {
    guard let leg = legs[who] else { return }
    var datagram = [UInt8]()
    for index in bytes.indices { datagram.append(bytes[index]) }
    let isStranger = datagram.count % 5 == 4
    var span = datagram.mutableSpan
    room.receive(
      &span, from: isStranger ? leg.settings.remote.withPort(1) : leg.settings.remote, for: leg.index, at: now,
      pool: &pool)
  }

  /// A packet of the leg's stream, whose time and number may jump.
  mutating func speak(_ who: Int, marker: Bool, jump: UInt32, payload: Span<UInt8>) {
    guard var leg = legs[who] else { return }
    leg.sequence &+= jump & 0xff < 0xf0 ? 1 : UInt16(truncatingIfNeeded: jump >> 8)
    leg.timestamp &+= jump & 0xff < 0xe0 ? 960 : jump
    legs[who] = leg
    var datagram = [UInt8](repeating: 0, count: 100)
    let header = RTPHeader(
      payloadType: leg.settings.format.payloadType, isMarked: marker,
      sequenceNumber: SequenceNumber(rawValue: leg.sequence), timestamp: RTPTimestamp(rawValue: leg.timestamp),
      ssrc: SSRC(rawValue: jump & 0xff == 0xff ? jump : 7))
    var span = datagram.mutableSpan
    let level = AudioLevel(belowOverload: Int(jump >> 24 & 0x7f), isVoice: marker)
    guard let count = try? header.write(into: &span, audioLevel: leg.settings.audioLevelExtension.map { (level, $0) })
    else { return }
    for index in payload.indices { span[count + index] = payload[index] }
    var packet = span._mutatingExtracting(0..<count + payload.count)
    room.receive(&packet, from: leg.settings.remote, for: leg.index, at: now, pool: &pool)
  }

  mutating func tick() {
    room.tick(at: now, pool: &pool, into: &sink)
    now = now.advanced(byNanoseconds: Int64(frame.samples) * 1_000_000_000 / 48_000)
  }
}

/// Looks at every packet that a room sends.
private struct CheckingSink: PacketSink, ~Copyable {
  private var bytes = [UInt8](repeating: 0, count: 1_500)
  private var streams: [TransportAddress: (ssrc: SSRC, next: SequenceNumber?)] = [:]

  mutating func expect(_ ssrc: SSRC, at place: TransportAddress) {
    streams[place] = (ssrc, nil)
  }

  mutating func forget(_ place: TransportAddress) {
    streams[place] = nil
  }

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var span = bytes.mutableSpan
    let count = write(&span)
    precondition((0...1_500).contains(count), "a packet fits its slot")
    guard count > 0 else { return 0 }
    let packet = Array(bytes[..<count])
    switch PacketClass(of: packet.span) {
    case .rtcp: precondition((try? RTCPReader(packet.span)) != nil, "our reports are well formed")
    case .rtp: check(packet.span, at: route.address)
    case .stun, .dtls, .unknown: preconditionFailure("a room sends RTP and RTCP")
    }
    return count
  }

  private mutating func check(_ packet: Span<UInt8>, at place: TransportAddress) {
    guard let header = try? RTPHeader(parsing: packet), var stream = streams[place] else {
      preconditionFailure("a packet of ours is well formed, and for somebody who is there")
    }
    precondition(header.ssrc == stream.ssrc, "a leg gets its own stream")
    precondition(stream.next.map { $0 == header.sequenceNumber } ?? true, "no number is left out")
    stream.next = header.sequenceNumber.advanced(by: 1)
    streams[place] = stream
  }
}
