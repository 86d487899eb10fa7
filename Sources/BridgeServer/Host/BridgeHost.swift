import Conference
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import MediaBase
import NIOCore
import Recording
import ServiceLifecycle
import UnixSignals

/// The running bridge: the control side around a media side, from start to the last goodbye.
///
/// ```
/// media events ─▶ directory ◀─ HTTP API        expiry, once a second        SIGHUP ─ reload
/// SIGTERM, SIGINT ─ rooms closed, event streams ended ─ HTTP server closed ─ done
/// ```
public struct BridgeHost: Sendable {
  private let layers: ConfigurationLayers
  private let configuration: BridgeConfiguration
  private let media: any ConferenceMedia & RoomTapping
  private let recorder: Recorder?
  private let clock: any BridgeClock
  private let log: LogOutput
  private let logger: Logger
  private let tokens: AccessTokens
  private let signer: TokenSigner
  /// What the API shows; `nil` where it speaks no TLS.
  private let certificate: ServerCertificate?

  /// What the parts of the API work on; for tests.
  package let api: BridgeAPI
  package let directory: RoomDirectory
  package let hub: EventHub

  /// Puts the bridge together; nothing runs yet.
  ///
  /// - Parameters:
  ///   - configuration: what `layers` gave.
  ///   - layers: read again on SIGHUP.
  ///   - media: the engine.
  ///   - log: where the log goes.
  ///   - announceToken: called once with the token that was made, where no token file is set. Is to bring it to whoever
  ///     started the program, and not into the log.
  public init(
    configuration: BridgeConfiguration, layers: ConfigurationLayers, media: any ConferenceMedia & RoomTapping,
    log: LogOutput, clock: any BridgeClock = SystemClock(), announceToken: (String) -> Void
  ) throws {
    self.layers = layers
    self.configuration = configuration
    self.media = media
    self.clock = clock
    self.log = log
    logger = log.logger(label: "partyline")
    if configuration.http.tokenFile.isEmpty {
      let token = AccessTokens.makeRandom()
      tokens = AccessTokens([token])
      signer = TokenSigner(secret: nil)
      announceToken(token)
    } else {
      let read = try AccessTokens.read(file: configuration.http.tokenFile)
      tokens = AccessTokens(read)
      signer = TokenSigner(secret: read[0])
    }
    let http = configuration.http
    certificate =
      http.certificate.isEmpty ? nil : try ServerCertificate(certificate: http.certificate, key: http.key)
    let registry = PrometheusRegistry(descriptions: BridgeMetrics.descriptions)
    let metrics = BridgeMetrics(factory: registry, legLimit: configuration.limits.metricsLegs)
    hub = EventHub(limit: configuration.limits.eventReaders)
    let folder = configuration.recordings.folder
    recorder = folder.isEmpty ? nil : try Recorder(folder: folder)
    directory = RoomDirectory(
      media: media, recorder: recorder, sounds: SoundLibrary(settings: configuration.sounds, logger: logger),
      limits: RoomDirectory.Limits(configuration.limits), clock: clock, hub: hub, metrics: metrics, logger: logger)
    api = BridgeAPI(
      directory: directory, hub: hub, tokens: tokens, signer: signer, registry: registry, metrics: metrics,
      clock: clock,
      configuration: configuration)
  }

  /// Runs until SIGTERM or SIGINT, or until the task is cancelled.
  ///
  /// - Parameters:
  ///   - signals: those that end it; none in tests.
  ///   - onListening: called once the API can be reached, with its port.
  ///   - onStopping: called once it was asked to end.
  public func run(
    signals: [UnixSignal] = [.sigterm, .sigint], onListening: @escaping @Sendable (Int) -> Void = { _ in },
    onStopping: @escaping @Sendable () -> Void = {}
  ) async throws {
    // A long file takes seconds to read: now, and not while the first room waits for it.
    if !configuration.sounds.holdMusic.isEmpty { _ = await directory.sounds.holdSound() }
    // Ended from the last to the first: rooms and streams, then the server, then what fed them.
    let services: [any Service] = [
      RepeatedWork { [media, directory] in
        for await event in await media.events() { await directory.take(event) }
      },
      RepeatedWork { [self] in try await keepTime() },
      RepeatedWork { [self] in await reloadOnHangUp(signals) },
      try makeServer(onListening),
      EndOfRooms(directory: directory, recorder: recorder, onStopping: onStopping),
    ]
    var group = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: signals, logger: logger)
    group.maximumGracefulShutdownDuration = .seconds(4)
    try await ServiceGroup(configuration: group).run()
  }

  private func makeServer(_ onListening: @escaping @Sendable (Int) -> Void) throws -> some Service {
    let address = configuration.http.address
    let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(60)))
    let application = Application(
      router: api.makeRouter(),
      server: try certificate.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: PartylineVersion.program,
        availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connections, logger: logger)),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: logger)
    return Listening(server: application, address: address)
  }

  /// Idle rooms and silent legs once a second; a sign of life to the readers of events each 15 s; certificates each minute.
  private func keepTime() async throws {
    var seconds = 0
    while true {
      try await clock.sleep(for: .seconds(1))
      await directory.expire()
      seconds += 1
      if seconds % 15 == 0 { hub.keepAlive() }
      if seconds % 60 == 0 { renewCertificate { try $0.renewIfWritten() } }
    }
  }

  private func reloadOnHangUp(_ signals: [UnixSignal]) async {
    guard !signals.isEmpty else { return await waitForEver() }
    for await _ in await UnixSignalsSequence(trapping: .sighup) { await reload() }
  }

  private func waitForEver() async {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
  }

  /// Shows a new certificate, where there is one, and says so; keeps the old one where the new one cannot be used.
  private func renewCertificate(_ renew: (ServerCertificate) throws -> Bool) {
    guard let certificate else { return }
    do {
      if try renew(certificate) { logger.notice("certificate read again") }
    } catch {
      logger.error("certificate kept", metadata: ["mistake": "\(error)"])
    }
  }

  /// Takes over what can change, and says what would need a restart. A configuration with mistakes changes nothing.
  package func reload() async {
    renewCertificate {
      try $0.renew()
      return true
    }
    let new: BridgeConfiguration
    do {
      new = try layers.build()
      if !new.http.tokenFile.isEmpty {
        let read = try AccessTokens.read(file: new.http.tokenFile)
        tokens.replace(with: read)
        signer.replace(secret: read[0])
      }
    } catch let mistakes as ConfigurationMistakes {
      for mistake in mistakes.mistakes { logger.error("not reloaded", metadata: ["mistake": "\(mistake)"]) }
      return
    } catch {
      logger.error("not reloaded", metadata: ["mistake": "\(error)"])
      return
    }
    let old = api.configuration
    let (taken, waiting) = old.changes(to: new)
    let current = old.reloading(new)
    api.configuration = current
    log.level = current.log.level.level
    hub.readerLimit = current.limits.eventReaders
    await directory.setLimits(RoomDirectory.Limits(current.limits))
    logger.notice(
      "reloaded",
      metadata: [
        "changed": "\(taken.isEmpty ? "nothing" : taken.joined(separator: ","))",
        "needsRestart": "\(waiting.isEmpty ? "nothing" : waiting.joined(separator: ","))",
      ])
  }
}

extension RoomDirectory.Limits {
  /// The part that the directory holds.
  init(_ limits: BridgeConfiguration.Limits) {
    self.init(rooms: limits.rooms, members: limits.members)
  }
}

/// Work that goes on until the bridge ends, and is then cancelled. Where it comes to an end by itself, the bridge goes on.
private struct RepeatedWork: Service {
  let work: @Sendable () async throws -> Void

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await work()
        try await gracefulShutdown()
      } catch is CancellationError {}
    }
  }
}

/// The HTTP server, whose failure to listen is told in words.
private struct Listening<Server: Service>: Service {
  let server: Server
  let address: ListenAddress

  func run() async throws {
    do {
      try await server.run()
    } catch let error as IOError {
      throw CannotListen(address: address, code: error.errnoCode)
    }
  }
}

/// The address of the API is not ours, or somebody has the port.
struct CannotListen: Error, Equatable, CustomStringConvertible {
  let address: ListenAddress
  let code: Int32

  /// One line: where, and the system's reason.
  var description: String {
    let reason = strerror(code).map { String(cString: $0).lowercased() } ?? "system error \(code)"
    return "cannot listen on \(address): \(reason)"
  }
}

/// Closes all rooms when the bridge is to end.
private struct EndOfRooms: Service {
  let directory: RoomDirectory
  let recorder: Recorder?
  let onStopping: @Sendable () -> Void

  func run() async throws {
    try? await gracefulShutdown()
    onStopping()
    await directory.shutDown()
    // It waits for a disk, up to two seconds.
    if let recorder { await Task.detached { recorder.stop() }.value }
  }
}
