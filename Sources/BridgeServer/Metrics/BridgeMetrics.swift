import Conference
import CoreMetrics
import Foundation
import Synchronization

/// What the bridge counts, through swift-metrics.
///
/// One for the bridge; safe from any thread; never used on a media thread: it is fed from `MediaEvent`s, about once a
/// second for each leg and room. At most so many legs as it was made for have series of their own.
final class BridgeMetrics: Sendable {
  private struct State {
    var legs: [MemberID: LegSeries] = [:]
    var rooms: [RoomID: RoomSeries] = [:]
    var legsWithoutSeries: Set<MemberID> = []
  }

  private let factory: PrometheusRegistry
  private let legLimit: Int
  private let state = Mutex(State())
  private let roomCount: Meter
  private let memberCount: Meter
  private let legsWithoutSeries: Meter
  private let eventReaders: Meter
  private let strangers: Mutex<[UInt64]> = Mutex([])

  /// - Parameter legLimit: the most legs with series of their own.
  init(factory: PrometheusRegistry, legLimit: Int) {
    self.factory = factory
    self.legLimit = legLimit
    roomCount = Meter(label: "partyline_rooms", factory: factory)
    memberCount = Meter(label: "partyline_members", factory: factory)
    legsWithoutSeries = Meter(label: "partyline_legs_without_series", factory: factory)
    eventReaders = Meter(label: "partyline_event_readers", factory: factory)
  }

  /// How many there are now.
  func setCounts(rooms: Int, members: Int, readers: Int) {
    roomCount.set(rooms)
    memberCount.set(members)
    eventReaders.set(readers)
  }

  /// Packets of strangers so far, by media thread.
  func record(strangers counts: [UInt64]) {
    let before = strangers.withLock { before in
      defer { before = counts }
      return before
    }
    for (thread, count) in counts.enumerated() {
      Counter(
        label: "partyline_media_stranger_packets_total", dimensions: [("thread", String(thread))], factory: factory
      ).increment(by: LegSeries.added(count, thread < before.count ? before[thread] : 0))
    }
  }

  /// A leg's counts so far.
  func record(_ quality: LegQuality, of member: MemberID, in room: String) {
    state.withLock { state in
      if state.legs[member] == nil {
        guard state.legs.count < legLimit else {
          state.legsWithoutSeries.insert(member)
          return legsWithoutSeries.set(state.legsWithoutSeries.count)
        }
        state.legs[member] = LegSeries(room: room, member: member, factory: factory)
      }
      state.legs[member]?.record(quality)
    }
  }

  /// A room's counts so far.
  func record(_ quality: RoomQuality, of id: RoomID, named room: String) {
    state.withLock { state in
      state.rooms[id, default: RoomSeries(room: room, factory: factory)].record(quality)
    }
  }

  /// What a room gives up: 0 nothing to 3 admission.
  func record(_ shedding: LoadShedding, of id: RoomID, named room: String) {
    state.withLock { state in
      state.rooms[id, default: RoomSeries(room: room, factory: factory)].shedding.set(shedding.rawValue)
    }
  }

  /// A member has left: their series go.
  func forget(_ member: MemberID) {
    state.withLock { state in
      state.legs.removeValue(forKey: member)?.destroy()
      if state.legsWithoutSeries.remove(member) != nil { legsWithoutSeries.set(state.legsWithoutSeries.count) }
    }
  }

  /// A room is closed: its series go.
  func forget(_ room: RoomID) {
    state.withLock { $0.rooms.removeValue(forKey: room)?.destroy(in: factory) }
  }

  /// A request was answered. The route is the router's, so that there are only as many as it has.
  func recordRequest(method: String, route: String, status: Int, duration: Duration) {
    Counter(
      label: "partyline_http_requests_total",
      dimensions: [("method", method), ("route", route), ("status", String(status))], factory: factory
    ).increment()
    Timer(label: "partyline_http_request_seconds", dimensions: [("route", route)], factory: factory)
      .recordNanoseconds(Int64(duration / .nanoseconds(1)))
  }

  /// What each metric is, for `# HELP`.
  static let descriptions: [String: PrometheusRegistry.Description] = [
    "partyline_rooms": .init(help: "Rooms that are open."),
    "partyline_members": .init(help: "Members of all rooms."),
    "partyline_legs_without_series": .init(help: "Legs beyond limits.metricsLegs, which have no series of their own."),
    "partyline_event_readers": .init(help: "Readers of event streams."),
    "partyline_http_requests_total": .init(help: "Requests answered."),
    "partyline_http_request_seconds": .init(help: "Time until a request's answer began."),
    "partyline_media_stranger_packets_total": .init(
      help: "Packets from an address that no leg has, by media thread."),
    "partyline_room_tick_seconds": .init(
      help: "CPU time of a room's tick.", buckets: DurationCounts.boundsSeconds),
    "partyline_room_tick_lateness_seconds": .init(
      help: "How long after it was due a room's tick began.", buckets: DurationCounts.boundsSeconds),
    "partyline_room_ticks_total": .init(help: "Ticks of a room."),
    "partyline_room_late_ticks_total": .init(help: "Ticks begun later than half a frame after they were due."),
    "partyline_room_encodes_shared_total": .init(help: "Encodes for a mix that several hear."),
    "partyline_room_encodes_own_total": .init(help: "Encodes for a mix that one hears."),
    "partyline_room_talkers": .init(help: "Members in the sum at the last tick."),
    "partyline_room_shedding": .init(help: "What the room gives up: 0 nothing, 1 complexity, 2 talkers, 3 admission."),
    "partyline_leg_packets_received_total": .init(help: "Packets from a leg."),
    "partyline_leg_packets_sent_total": .init(help: "Packets to a leg."),
    "partyline_leg_packets_late_total": .init(help: "Packets that came too late to be heard."),
    "partyline_leg_packets_rejected_total": .init(
      help: "Packets not taken: malformed, not authentic, beyond the limit."),
    "partyline_leg_packets_recovered_total": .init(help: "Missing packets rebuilt from FEC."),
    "partyline_leg_concealed_seconds_total": .init(help: "Sound invented for what was missing."),
    "partyline_leg_samples_clipped_total": .init(help: "Samples over full scale at 48 kHz."),
    "partyline_leg_packets_lost": .init(help: "Packets missing by RFC 3550 A.3; may shrink when a late one comes."),
    "partyline_leg_depth_seconds": .init(help: "How long the jitter buffer holds a packet."),
    "partyline_leg_jitter_seconds": .init(help: "Interarrival jitter by RFC 3550 A.8."),
    "partyline_leg_drift_ppm": .init(help: "How fast the leg's clock runs against ours."),
  ]
}

/// The series of one leg. swift-metrics counters are told what was added, so the last counts are kept.
private struct LegSeries {
  private var last = LegQuality()
  private let counters: [(KeyPath<LegQuality, UInt64> & Sendable, Counter)]
  private let concealed: FloatingPointCounter
  private let lost, depth, jitter, drift: Meter

  init(room: String, member: MemberID, factory: any MetricsFactory) {
    let labels = [("room", room), ("member", member.text)]
    func counter(_ name: String) -> Counter { Counter(label: name, dimensions: labels, factory: factory) }
    func meter(_ name: String) -> Meter { Meter(label: name, dimensions: labels, factory: factory) }
    counters = [
      (\.packetsReceived, counter("partyline_leg_packets_received_total")),
      (\.packetsSent, counter("partyline_leg_packets_sent_total")),
      (\.packetsLate, counter("partyline_leg_packets_late_total")),
      (\.packetsRejected, counter("partyline_leg_packets_rejected_total")),
      (\.packetsRecovered, counter("partyline_leg_packets_recovered_total")),
      (\.samplesClipped, counter("partyline_leg_samples_clipped_total")),
    ]
    concealed = FloatingPointCounter(
      label: "partyline_leg_concealed_seconds_total", dimensions: labels, factory: factory)
    lost = meter("partyline_leg_packets_lost")
    depth = meter("partyline_leg_depth_seconds")
    jitter = meter("partyline_leg_jitter_seconds")
    drift = meter("partyline_leg_drift_ppm")
  }

  mutating func record(_ quality: LegQuality) {
    for (field, counter) in counters {
      counter.increment(by: Self.added(quality[keyPath: field], last[keyPath: field]))
    }
    concealed.increment(by: Double(Self.added(quality.samplesConcealed, last.samplesConcealed)) / 48_000)
    lost.set(quality.packetsLost)
    depth.set(Double(quality.depthMilliseconds) / 1_000)
    jitter.set(Double(quality.jitterMilliseconds) / 1_000)
    drift.set(quality.driftPPM)
    last = quality
  }

  /// What was added; never less than nothing, and never more than a counter takes.
  static func added(_ new: UInt64, _ old: UInt64) -> Int64 {
    new > old ? Int64(clamping: new - old) : 0
  }

  func destroy() {
    for (_, counter) in counters { counter.destroy() }
    concealed.destroy()
    for meter in [lost, depth, jitter, drift] { meter.destroy() }
  }
}

/// The series of one room.
private struct RoomSeries {
  private var last = RoomQuality()
  private let counters: [(KeyPath<RoomQuality, UInt64> & Sendable, Counter)]
  private let cost, lateness: PrometheusHistogram
  private let talkers: Meter
  let shedding: Meter

  init(room: String, factory: PrometheusRegistry) {
    let labels = [("room", room)]
    func counter(_ name: String) -> Counter { Counter(label: name, dimensions: labels, factory: factory) }
    counters = [
      (\.ticks, counter("partyline_room_ticks_total")), (\.lateTicks, counter("partyline_room_late_ticks_total")),
      (\.encodesShared, counter("partyline_room_encodes_shared_total")),
      (\.encodesOwn, counter("partyline_room_encodes_own_total")),
    ]
    cost = factory.makeHistogram(label: "partyline_room_tick_seconds", dimensions: labels)
    lateness = factory.makeHistogram(label: "partyline_room_tick_lateness_seconds", dimensions: labels)
    talkers = Meter(label: "partyline_room_talkers", dimensions: labels, factory: factory)
    shedding = Meter(label: "partyline_room_shedding", dimensions: labels, factory: factory)
  }

  mutating func record(_ quality: RoomQuality) {
    for (field, counter) in counters {
      counter.increment(by: LegSeries.added(quality[keyPath: field], last[keyPath: field]))
    }
    Self.add(quality.cost, since: last.cost, to: cost)
    Self.add(quality.lateness, since: last.lateness, to: lateness)
    talkers.set(quality.talkers)
    last = quality
  }

  private static func add(_ new: DurationCounts, since old: DurationCounts, to series: PrometheusHistogram) {
    let counts = (0..<DurationCounts.bucketCount).map { bucket in
      UInt64(new.count(inBucket: bucket) &- old.count(inBucket: bucket))
    }
    series.add(counts, sum: Double(new.nanoseconds &- old.nanoseconds) / 1_000_000_000)
  }

  func destroy(in factory: PrometheusRegistry) {
    for (_, counter) in counters { counter.destroy() }
    factory.forget(cost)
    factory.forget(lateness)
    talkers.destroy()
    shedding.destroy()
  }
}
