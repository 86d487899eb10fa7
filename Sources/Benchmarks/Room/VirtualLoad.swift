import Conference
import MediaBase
import MediaRuntime
import RTC

/// The load of one scenario without sockets, threads or clock: packets and ticks follow each other as fast as they can.
///
/// What rooms cost by themselves, the same in each run but for the time that it takes: what a profiler counts here can be
/// compared with what it counted yesterday. One owner, one thread.
struct VirtualLoad: ~Copyable {
  private var rooms: [HostedRoom] = []
  private var pool = PacketPool(blocks: 256)
  private var sink = DiscardingSink()
  private let streams: [OpusStream]
  private var encryption: LoadEncryption
  private var period = 0
  private static let start = PacketTime(nanoseconds: 1_000_000_000)
  private static let periodMilliseconds = 20
  /// Packets of a period come before its tick, this one's first.
  private static let firstArrivalMilliseconds = -periodMilliseconds

  /// A room with those in it who talk.
  private final class HostedRoom {
    var room: Room
    var talkers: [(talker: LoadTalker, index: Room.MemberIndex, source: TransportAddress)] = []

    init(_ room: consuming Room) {
      self.room = room
    }
  }

  /// Rooms with all their members. `streams` are what talkers say, in SRTP where there is a suite.
  init(
    _ loaded: [LoadedRoom], streams: [OpusStream], levelExtension: Int, srtp suite: SRTPKeys.Suite? = nil
  ) throws(ConferenceMediaError) {
    encryption = LoadEncryption(suite, legs: Self.talkers(loaded))
    self.streams = streams
    let wall = NTPClock(at: Self.start, is: NTPTimestamp(secondsSince1970: 1_700_000_000))
    var leg = 0
    for (number, load) in loaded.enumerated() {
      let hosted = HostedRoom(
        Room(
          id: RoomID(rawValue: UInt32(number + 1)), settings: load.settings, events: BoundedRing(capacity: 1_024),
          wall: wall, seed: UInt64(number)))
      for member in 0..<load.members {
        let source = TransportAddress(ipv4: 0x7f01_0001 + UInt32(leg / 50_000), port: UInt16(10_000 + leg % 50_000))
        var settings = LegSettings(
          format: LegFormat(codec: .opus, payloadType: LoadTalker.payloadType), remote: source)
        settings.audioLevelExtension = load.sendsLevels ? levelExtension : nil
        settings.srtp = suite.map { LoadEncryption.keys($0, ofLeg: leg) }
        pool.grow(to: 256 + (leg + 1) * 8)
        let joined = try hosted.room.join(
          MemberID(rawValue: UInt64(leg + 1)), leg: settings, socket: 0, at: Self.start, pool: &pool)
        if member < load.talkers {
          let talker = LoadTalker(
            leg: leg, stream: leg % streams.count, firstPacket: leg * 37 % 500, slot: leg * 7 % 20,
            destination: SocketAddress(ipv4: 0x7f00_0001, port: 9), audioLevelExtension: settings.audioLevelExtension)
          hosted.talkers.append((talker, joined.index, source))
        }
        leg += 1
      }
      rooms.append(hosted)
    }
  }

  /// The numbers of the legs who talk: the first of each room.
  private static func talkers(_ rooms: [LoadedRoom]) -> [Int] {
    var first = 0
    return rooms.flatMap { room in
      defer { first += room.members }
      return first..<first + room.talkers
    }
  }

  /// What all rooms have done since they were made.
  var qualities: [RoomQuality] { rooms.map { $0.room.quality } }

  /// Runs so many ticks of all rooms, each with the packets that come before it; returns the CPU time that it took, in
  /// nanoseconds. Not inlined, so that a profiler can count it alone (`--toggle-collect`). The first packets of each talker
  /// may allocate, and nothing later.
  @inline(never)
  mutating func runTicks(_ count: Int, mayAllocate: Bool = false) -> Int64 {
    let before = ThreadCPUTime.nanoseconds
    var packet = [UInt8](repeating: 0, count: 1_500)
    if !mayAllocate { RealtimeSection.enter() }
    defer { if !mayAllocate { RealtimeSection.exit() } }
    for _ in 0..<count {
      let now = Self.start.advanced(byMilliseconds: (period + 1) * Self.periodMilliseconds)
      for hosted in rooms {
        for sending in hosted.talkers {
          var bytes = packet.mutableSpan
          let length = sending.talker.writePacket(period: period, of: streams, into: &bytes)
          let count = encryption.protect(&bytes, count: length, ofLeg: sending.talker.leg)
          var datagram = bytes._mutatingExtracting(0..<count)
          let arrival = now.advanced(byMilliseconds: Self.firstArrivalMilliseconds + sending.talker.slot)
          hosted.room.receive(&datagram, from: sending.source, for: sending.index, at: arrival, pool: &pool)
        }
        hosted.room.tick(at: now, pool: &pool, into: &sink)
      }
      period += 1
    }
    return ThreadCPUTime.nanoseconds - before
  }
}

/// Takes packets and forgets them.
private struct DiscardingSink: PacketSink, ~Copyable {
  private var bytes = InlineArray<1_500, UInt8>(repeating: 0)

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var span = bytes.mutableSpan
    return write(&span)
  }
}
