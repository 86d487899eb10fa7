import Glibc
import MediaBase
import MediaRuntime
import RTC

/// What the generator is to do, and when.
struct LoadPlan: Sendable {
  var sockets: LoadSockets
  var legs: Int
  var talkers: [LoadTalker]
  var streams: [OpusStream]
  /// What all legs encrypt with; `nil` where packets are plain.
  var srtp: SRTPKeys.Suite?
  /// The first packets go out.
  var start: PacketTime
  /// What lies between is measured.
  var begin: PacketTime, end: PacketTime
  /// The leg whose packets are kept, and the talker (by place in `talkers`) whose sending times are: for the latency.
  var keptLeg: Int?, keptTalker: Int?
}

/// What the generator saw.
struct LoadRecord: Sendable {
  var reception: MixReception
  /// From when a packet was due to when it had been sent.
  var lateness = DurationHistogram()
  var sent = SendOutcome()
  var unreadDrops = 0
  /// CPU time of the process without the generator's thread, while it was measured.
  var othersCPUNanoseconds: Int64 = 0
  var generatorCPUNanoseconds: Int64 = 0
  /// Growth of the process's memory while it ran, after the generator had allocated its own.
  var residentGrowthBytes = 0
  var keptPackets: [(arrival: PacketTime, packet: [UInt8])] = []
  var keptSendTimes: [PacketTime] = []
}

/// The generator's thread at work: it sends every millisecond what is due then, whatever the bridge does, and reads what
/// has come.
///
/// Times are fixed before the first packet. Where the generator is late it sends what it missed at once, and the lateness
/// is noted, so that nothing is left out of the figures (coordinated omission).
struct LoadRun: ~Copyable {
  private static let slotsPerPeriod = 20

  private let plan: LoadPlan
  /// For each slot its talkers, those of one socket together.
  private let slots: [[Int]]
  private var record: LoadRecord
  private var encryption: LoadEncryption
  private var sending = SendBatch(capacity: 256, sharedPayloadBytes: 0)
  private var receiving = ReceiveBatch(capacity: 128)
  /// The socket to be read next.
  private var nextSocket = 0
  private var cpuAtBegin: (process: Int64, generator: Int64)?

  init(_ plan: LoadPlan) {
    self.plan = plan
    encryption = LoadEncryption(
      plan.srtp, legs: plan.talkers.map(\.leg) + (plan.keptLeg.map { [$0] } ?? []))
    record = LoadRecord(reception: MixReception(legs: plan.legs, begin: plan.begin, end: plan.end))
    record.keptPackets.reserveCapacity(4_096)
    record.keptSendTimes.reserveCapacity(4_096)
    slots = (0..<Self.slotsPerPeriod).map { slot in
      plan.talkers.indices.filter { plan.talkers[$0].slot == slot }
        .sorted { plan.talkers[$0].leg < plan.talkers[$1].leg }
    }
  }

  /// Runs to the end of the plan, or until it is to stop, and a little longer for what is under way.
  mutating func run(stop: StopSignal, poller: inout Poller) -> LoadRecord {
    let last = plan.end.advanced(byMilliseconds: 100)
    let residentBytes = ProcessMemory.residentBytes
    var millisecond = 0
    while !stop.isRequested {
      let due = plan.start.advanced(byMilliseconds: millisecond)
      if due > last { break }
      while !stop.isRequested, MonotonicClock.now < due { poller.wait(until: due) }
      noteCPU(at: due)
      if due < plan.end {
        send(slot: millisecond % Self.slotsPerPeriod, period: millisecond / Self.slotsPerPeriod, due: due)
      }
      millisecond += 1
      receive(until: plan.start.advanced(byMilliseconds: millisecond))
    }
    receive(until: last.advanced(byMilliseconds: 100))
    record.sent = sending.totals
    record.residentGrowthBytes = ProcessMemory.residentBytes - residentBytes
    record.unreadDrops = plan.sockets.unreadDrops
    return record
  }

  private mutating func send(slot: Int, period: Int, due: PacketTime) {
    var socket = 0
    for index in slots[slot] {
      let next = plan.sockets.socket(ofLeg: plan.talkers[index].leg)
      if next != socket || sending.isFull { flush(socket, due: due) }
      socket = next
      Self.append(
        plan.talkers[index], period: period, of: plan.streams,
        fromIPv4: plan.sockets.ipv4(ofLeg: plan.talkers[index].leg),
        to: &sending, &encryption)
      if index == plan.keptTalker {
        flush(socket, due: due, keepsTime: true)
      }
    }
    flush(socket, due: due)
  }

  private static func append(
    _ talker: LoadTalker, period: Int, of streams: [OpusStream], fromIPv4 source: UInt32, to batch: inout SendBatch,
    _ encryption: inout LoadEncryption
  ) {
    var packet = batch.packetSlot
    let length = talker.writePacket(period: period, of: streams, into: &packet)
    let count = encryption.protect(&packet, count: length, ofLeg: talker.leg)
    batch.appendPacket(byteCount: count, to: talker.destination, fromIPv4: source)
  }

  private mutating func flush(_ socket: Int, due: PacketTime, keepsTime: Bool = false) {
    let count = sending.count
    guard count > 0 else { return }
    if keepsTime { record.keptSendTimes.append(MonotonicClock.now) }
    sending.flush(to: plan.sockets.sockets[socket])
    guard due >= plan.begin else { return }
    let late = MonotonicClock.now.nanoseconds(since: due)
    for _ in 0..<count { record.lateness.note(nanoseconds: late) }
  }

  /// Reads what has come, socket after socket, until the next packets are due: the rest is read after those. Arrival times
  /// are the kernel's, so that nothing is measured later for it.
  private mutating func receive(until due: PacketTime) {
    for _ in plan.sockets.sockets.indices {
      while receiving.receive(from: plan.sockets.sockets[nextSocket]) > 0 {
        for index in 0..<receiving.count { take(index, from: nextSocket) }
        if MonotonicClock.now >= due { return }
        if receiving.count < receiving.capacity { break }
      }
      nextSocket = (nextSocket + 1) % plan.sockets.sockets.count
    }
  }

  private mutating func take(_ index: Int, from socket: Int) {
    guard let leg = plan.sockets.leg(socket: socket, ipv4: receiving.destinationIPv4(index)), leg < plan.legs,
      let header = rtpHeader(index)
    else { return }
    let arrival = receiving.arrival(index)
    record.reception.note(leg: leg, arrival: arrival, sequence: header.sequenceNumber)
    if leg == plan.keptLeg {
      keep(index, header, arrival)
    }
  }

  /// Keeps what a packet of the leg that is listened to carries.
  private mutating func keep(_ index: Int, _ header: RTPHeader, _ arrival: PacketTime) {
    var packet = bytes(0..<receiving.datagram(index).count, of: index)
    var span = packet.mutableSpan
    let count = encryption.unprotect(&span, ofLeg: plan.keptLeg ?? 0)
    let trailer = packet.count - count
    guard header.payload.upperBound - trailer > header.payload.lowerBound else { return }
    record.keptPackets.append((arrival, Array(packet[header.payload.lowerBound..<header.payload.upperBound - trailer])))
  }

  private borrowing func rtpHeader(_ index: Int) -> RTPHeader? {
    let packet = receiving.datagram(index)
    return PacketClass(of: packet) == .rtp ? try? RTPHeader(parsing: packet) : nil
  }

  private borrowing func bytes(_ range: Range<Int>, of index: Int) -> [UInt8] {
    let packet = receiving.datagram(index)
    return range.map { packet[$0] }
  }

  private mutating func noteCPU(at due: PacketTime) {
    if cpuAtBegin == nil, due >= plan.begin {
      cpuAtBegin = (Self.processCPUNanoseconds, ThreadCPUTime.nanoseconds)
    }
    if let begin = cpuAtBegin, due >= plan.end, record.generatorCPUNanoseconds == 0 {
      record.generatorCPUNanoseconds = ThreadCPUTime.nanoseconds - begin.generator
      record.othersCPUNanoseconds =
        Self.processCPUNanoseconds - begin.process - record.generatorCPUNanoseconds
    }
  }

  private static var processCPUNanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
