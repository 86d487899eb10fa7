import AudioCodecs
import Conference
import Foundation
import MediaBase
import MediaRuntime
import RTC
import Synchronization

/// A bridge made for one run of the load, and how it is ended.
public struct BridgeUnderLoad: Sendable {
  /// What is loaded.
  public var media: any ConferenceMedia
  /// Stops its threads and closes its sockets.
  public var shutDown: @Sendable () async -> Void

  /// A bridge that `shutDown` ends.
  public init(media: any ConferenceMedia, shutDown: @escaping @Sendable () async -> Void) {
    self.media = media
    self.shutDown = shutDown
  }
}

/// Loads a bridge with rooms over real packets on loopback, and finds how much it carries.
///
/// Bridge and generator share the process, each with threads of its own, pinned to different cores. Every run has a fresh
/// bridge: legs join, 1.5 s pass, then it is measured.
public struct RoomBenchmark: Sendable {
  /// Length of what is measured in each run.
  public var seconds = 5.0
  /// From the first packet to the measured time: buffers settle, encoders and caches warm up.
  public var settleSeconds = 1.5
  /// The generator's core; `nil` leaves it to the system.
  public var generatorCore: Int?
  /// The core on which the codec's limit is measured: the bridge's.
  public var bridgeCore: Int?

  /// What all legs encrypt with; `nil` sends plain RTP.
  public var srtp: SRTPKeys.Suite?

  private let startBridge: @Sendable () async throws -> BridgeUnderLoad
  private let talkers: Talkers
  let speech: [OpusStream]
  private let quiet: OpusStream
  private let markers: OpusStream
  static let audioLevelExtension = 1

  /// - Parameters:
  ///   - recordings: legs of speech, 48 kHz mono, full scale ±1; silent ones are passed over. Must hold speech.
  ///   - startBridge: makes a bridge with one media thread.
  public init(
    recordings: [[Float]], startBridge: @escaping @Sendable () async throws -> BridgeUnderLoad
  ) throws {
    let voices = recordings.compactMap(Voice.init(recording:))
    guard !voices.isEmpty else { throw RoomBenchmarkError.noSpeech }
    talkers = Talkers(voices, count: 12, level: Decibels(-24))
    speech = try OpusStream.speech(of: talkers, settings: Self.encoding)
    quiet = try OpusStream.quiet(settings: Self.encoding)
    markers = try OpusStream.markers(settings: Self.encoding)
    self.startBridge = startBridge
  }

  /// As the talkers encode, and as the codec's limit is measured: 32 kbit/s, complexity 5.
  package static var encoding: OpusEncoderSettings {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(32_000)
    settings.complexity = 5
    return settings
  }

  /// What libopus alone could do.
  public func codecLimit() throws -> CodecLimit {
    try CodecLimit.measure(talkers, settings: Self.encoding, core: bridgeCore)
  }

  /// Runs one load.
  ///
  /// With `measuresLatency` all talkers are quiet, and one of the first room sends markers that its next member listens
  /// for; the bridge has the same packets to decode, mix and encode.
  public func run(
    _ scenario: RoomScenario, size: Int, measuresLatency: Bool = false
  ) async throws -> RoomLoadResult {
    let rooms = scenario.rooms(size: size)
    let legs = rooms.reduce(0) { $0 + $1.members }
    var result = RoomLoadResult(scenario: scenario, size: size, legs: legs)
    result.srtp = srtp?.rawValue
    let sockets = try LoadSockets(legs: legs)
    let bridge = try await startBridge()
    let shedding = SheddingWatch(await bridge.media.events())
    let outcome: Result<Void, any Error>
    do {
      let before = ProcessMemory.residentBytes
      let joined = try await join(rooms, sockets: sockets, to: bridge.media)
      let joinedBytes = ProcessMemory.residentBytes - before
      let plan = plan(rooms, joined, sockets: sockets, measuresLatency: measuresLatency)
      let record = try await Self.generate(plan, core: generatorCore)
      result.take(record, seconds: seconds, joinedBytes: joinedBytes)
      if measuresLatency {
        result.latency = try LatencyResult(stream: markers, sent: record.keptSendTimes, heard: record.keptPackets)
      }
      outcome = .success(())
    } catch let error as ConferenceMediaError {
      result.refusal = "\(error)"
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    result.shedding = shedding.stop().rawValue
    await bridge.shutDown()
    try outcome.get()
    return result
  }

  private func join(
    _ rooms: [LoadedRoom], sockets: LoadSockets, to media: any ConferenceMedia
  ) async throws(ConferenceMediaError) -> [JoinedLeg] {
    var joined: [JoinedLeg] = []
    for room in rooms {
      let id = try await media.openRoom(room.settings)
      let legs = (joined.count..<joined.count + room.members).map { leg in
        var settings = LegSettings(
          format: LegFormat(codec: .opus, payloadType: LoadTalker.payloadType), remote: sockets.address(ofLeg: leg))
        settings.audioLevelExtension = room.sendsLevels ? Self.audioLevelExtension : nil
        settings.srtp = srtp.map { LoadEncryption.keys($0, ofLeg: leg) }
        return settings
      }
      joined += try await Self.join(id, legs, to: media)
    }
    return joined
  }

  /// All legs of a room at once: each may have to wait for a tick.
  private static func join(
    _ room: RoomID, _ legs: [LegSettings], to media: any ConferenceMedia
  ) async throws(ConferenceMediaError) -> [JoinedLeg] {
    typealias Answer = (Int, Result<JoinedLeg, ConferenceMediaError>)
    let answers = await withTaskGroup(of: Answer.self) { group in
      for (index, leg) in legs.enumerated() {
        group.addTask {
          do throws(ConferenceMediaError) {
            return (index, .success(try await media.join(room, leg: leg)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      return await group.reduce(into: [Answer]()) { $0.append($1) }
    }
    var joined: [JoinedLeg] = []
    for (_, answer) in answers.sorted(by: { $0.0 < $1.0 }) { joined.append(try answer.get()) }
    return joined
  }

  private func plan(
    _ rooms: [LoadedRoom], _ joined: [JoinedLeg], sockets: LoadSockets, measuresLatency: Bool
  ) -> LoadPlan {
    var sending: [LoadTalker] = []
    var leg = 0
    for room in rooms {
      for talker in leg..<leg + room.talkers {
        let socket = sockets.sockets[sockets.socket(ofLeg: talker)]
        guard let destination = SocketAddress(joined[talker].local, for: socket) else { continue }
        let stream = measuresLatency ? (talker == 0 ? 1 : 0) : talker % speech.count
        sending.append(
          LoadTalker(
            // Those who send the same stream are apart in it; coprime steps spread them over it and over the period.
            leg: talker, stream: stream, firstPacket: stream == 1 && measuresLatency ? 0 : talker * 37 % 500,
            slot: talker * 7 % 20, destination: destination,
            audioLevelExtension: room.sendsLevels ? Self.audioLevelExtension : nil))
      }
      leg += room.members
    }
    let start = MonotonicClock.now.advanced(byMilliseconds: 100)
    let begin = start.advanced(byNanoseconds: Int64(settleSeconds * 1e9))
    return LoadPlan(
      sockets: sockets, legs: joined.count, talkers: sending, streams: measuresLatency ? [quiet, markers] : speech,
      srtp: srtp,
      start: start, begin: begin, end: begin.advanced(byNanoseconds: Int64(seconds * 1e9)),
      keptLeg: measuresLatency ? 1 : nil, keptTalker: measuresLatency ? 0 : nil)
  }

  private static func generate(_ plan: LoadPlan, core: Int?) async throws -> LoadRecord {
    let waker = try Waker()
    let record = Mutex<LoadRecord?>(nil)
    var settings = MediaThread.Settings(name: "load")
    settings.core = core
    let thread = try MediaThread(settings, waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var run = LoadRun(plan)
      let seen = run.run(stop: stop, poller: &poller)
      record.withLock { $0 = seen }
    }
    // The thread ends by itself; until then no thread of the pool is held.
    let nanoseconds = plan.end.advanced(byMilliseconds: 200).nanoseconds(since: MonotonicClock.now)
    let slept: Void? = try? await Task.sleep(for: .nanoseconds(max(0, nanoseconds)))
    if slept == nil { thread.requestStop() }
    thread.join()
    guard let seen = record.withLock(\.self), slept != nil else { throw CancellationError() }
    return seen
  }
}

/// Why the benchmark cannot begin.
public enum RoomBenchmarkError: Error, Sendable, CustomStringConvertible {
  /// All recordings are silent.
  case noSpeech

  /// One line for people.
  public var description: String { "the recordings hold no speech" }
}
