import AudioCodecs
import Conference
import MediaBase
import MediaRuntime
import RTC
import Synchronization
import Testing

/// A real engine on loopback with legs around it, and what it told.
final class EngineRig: Sendable {
  let engine: MediaEngine
  private let legs: LoopbackLegs
  private let told = Mutex<[MediaEvent]>([])
  private let isStopped = Atomic(false)

  /// Runs a test against an engine of its own, and stops everything afterwards, also where the test throws.
  static func run(
    threads: Int = 1, ports: ClosedRange<UInt16>? = nil, _ test: (EngineRig) async throws -> Void
  ) async throws {
    var settings = MediaEngine.Settings()
    settings.threads = threads
    settings.ports = ports
    settings.seed = 7
    let rig = try EngineRig(settings)
    let events = await rig.engine.events()
    let listening = Task { for await event in events { rig.told.withLock { $0.append(event) } } }
    do {
      try await test(rig)
    } catch {
      await rig.end(listening)
      throw error
    }
    await rig.end(listening)
  }

  private init(_ settings: MediaEngine.Settings) throws {
    engine = try MediaEngine(settings)
    do {
      legs = try LoopbackLegs()
    } catch {
      engine.stop()
      throw error
    }
  }

  /// Stops the engine; the legs go on, and get what it says at its end.
  func stopEngine() {
    if !isStopped.exchange(true, ordering: .relaxed) { engine.stop() }
  }

  private func end(_ listening: Task<Void, Never>) async {
    stopEngine()
    await listening.value
    legs.stop()
  }

  // MARK: Legs

  /// A leg that is in no room yet.
  func leg(_ law: G711 = .muLaw, number: UInt32 = 1, keys: SRTPKeys? = nil) throws -> LoopbackLeg {
    let leg = try LoopbackLeg(law, number: number, keys: keys)
    legs.add(leg)
    return leg
  }

  /// Takes a leg into a room.
  func join(
    _ room: RoomID, _ leg: LoopbackLeg, _ change: (inout LegSettings) -> Void = { _ in }
  ) async throws -> JoinedLeg {
    var settings = Self.settings(of: leg)
    change(&settings)
    return try await engine.join(room, leg: settings)
  }

  /// The ordinary settings for a leg.
  static func settings(of leg: LoopbackLeg) -> LegSettings {
    LegSettings(
      format: LegFormat(codec: leg.law == .muLaw ? .pcmu : .pcma, payloadType: leg.payloadType), remote: leg.address)
  }

  // MARK: Events

  /// What was told so far.
  var events: [MediaEvent.Kind] { told.withLock { $0.map(\.kind) } }

  /// The last that was told of how a leg does.
  func quality(of member: MemberID) -> LegQuality? {
    for case .quality(member, let quality) in events.reversed() { return quality }
    return nil
  }

  func tells(_ expected: (MediaEvent.Kind) -> Bool) -> Bool {
    events.contains(where: expected)
  }
}

/// Waits until something is so, for as long as a busy machine may need.
func eventually(
  _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ isSo: () -> Bool
) async throws {
  let deadline = MonotonicClock.now.advanced(byMilliseconds: 20_000)
  while !isSo() {
    try #require(MonotonicClock.now < deadline, "never came: \(what)", sourceLocation: sourceLocation)
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Expects packets of G.711 to follow each other without a gap: numbers by 1, timestamps by 160.
func expectNoGap(_ packets: ArraySlice<LoopbackLeg.Packet>, sourceLocation: SourceLocation = #_sourceLocation) {
  for (packet, next) in zip(packets, packets.dropFirst()) {
    let numbers = next.header.sequenceNumber.rawValue &- packet.header.sequenceNumber.rawValue
    let ticks = next.header.timestamp.rawValue &- packet.header.timestamp.rawValue
    #expect(numbers == 1, sourceLocation: sourceLocation)
    // After a standstill of the whole machine for half a second, the bridge passes over steps of 120 ms.
    #expect(ticks >= 160 && (ticks - 160) % 960 == 0, sourceLocation: sourceLocation)
    #expect(next.header.ssrc == packet.header.ssrc, sourceLocation: sourceLocation)
  }
}
