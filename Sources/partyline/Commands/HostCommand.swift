import ArgumentParser
import BridgeServer
import Conference
import Dispatch
import Foundation
import MediaBase
import MediaFiles
import MediaRuntime
import Synchronization

/// `partyline host`: the live bridge.
struct HostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "Host conference calls: mix RTP legs in real time, controlled over HTTP.",
    discussion: """
      Settings come from --config FILE (YAML), then from the environment (PARTYLINE_HTTP_ADDRESS for http.address), then \
      from flags; what comes later wins. --print-config shows every setting with its meaning, as a file that --config takes. \
      All mistakes are named at once, and nothing is started.

      The API listens on this machine only, unless http.certificate and http.key give it TLS, and needs a bearer token: \
      without a token file, one is made at each start and printed once on standard error. It describes itself at \
      /v1/openapi.json.

      SIGHUP reads the settings and the token file again, takes what a running bridge can take, and logs what needs a \
      restart. SIGTERM and Ctrl-C say goodbye to every leg and end the program within 5 seconds.

      EXAMPLES
        partyline host
        partyline host --http 127.0.0.1:8080 --media-threads 1 --config bridge.yaml
        partyline host --print-config > bridge.yaml
        partyline host --demo --monitor demo

      IN ANOTHER TERMINAL
        curl -H "Authorization: Bearer $TOKEN" -d '{"name": "daily"}' http://127.0.0.1:8080/v1/rooms
        curl -H "Authorization: Bearer $TOKEN" -d '{"name": "Ada", "rtp": {"address": "127.0.0.1", "port": 5004, \
      "codec": "opus", "payloadType": 111}}' http://127.0.0.1:8080/v1/rooms/daily/members
        curl -N -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/v1/events
      """)

  @Option(help: ArgumentHelp("Where the HTTP API listens (http.address).", valueName: "host:port"))
  var http: String?

  @Option(help: ArgumentHelp("Media threads; 0 chooses by the number of cores (media.threads).", valueName: "n"))
  var mediaThreads: String?

  @Option(help: ArgumentHelp("Settings in YAML.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("Bearer tokens, one a line (http.tokenFile).", valueName: "file"))
  var tokenFile: String?

  @Flag(help: "Print every setting with its meaning and value as YAML, and end.")
  var printConfig = false

  @Flag(help: "Open a room in which sample speakers talk.")
  var demo = false

  @Option(help: ArgumentHelp("Play a room on this machine's sound card, whenever it is open.", valueName: "room"))
  var monitor: String?

  @Option(help: ArgumentHelp("ALSA's name of the sound card for --monitor.", valueName: "pcm"))
  var monitorDevice = "default"

  func validate() throws {
    if let monitor, !RoomName.isValid(monitor) {
      throw ValidationError("--monitor: a room's name must be \(RoomName.allowed)")
    }
  }

  /// The media side, as configured.
  private static func makeEngine(_ configuration: BridgeConfiguration) throws -> MediaEngine {
    let media = configuration.media
    let cores = ProcessInfo.processInfo.activeProcessorCount
    var settings = MediaEngine.Settings()
    guard let address = TransportAddress(media.address, port: 0) else {
      throw Complaint.exit("media.address is \(media.address): an IPv4 or IPv6 address is wanted", code: EX_CONFIG)
    }
    settings.address = address
    settings.ports = UInt16(media.ports.first)...UInt16(media.ports.last)
    settings.announced = configuration.webrtc.addresses
    settings.furtherAddresses = configuration.webrtc.listen
    settings.threads = media.threadCount(cores: cores)
    settings.cores = media.isPinned ? Array(0..<cores) : []
    settings.realtimePriority = media.isRealTime ? 50 : nil
    do {
      return try MediaEngine(settings)
    } catch {
      throw Complaint.exit("cannot host: \(error)")
    }
  }

  /// The program ends so long after it was asked to, whatever still hangs.
  private static let longestEndSeconds = 4.8

  func run() throws {
    let configuration: BridgeConfiguration
    do {
      configuration = try layers.build()
    } catch {
      for mistake in error.mistakes { Complaint.say("\(mistake)") }
      throw ExitCode(EX_CONFIG)
    }
    if printConfig { return print(configuration.yaml, terminator: "") }
    OpenFileLimit.raise()
    // Read before anything is opened: a demo without samples is no demo.
    let speakers = demo ? try SampleSpeakers(manifest: SampleConference.manifestPath()) : nil
    let engine = try Self.makeEngine(configuration)
    defer { engine.stop() }
    try host(configuration, engine, speakers)
  }

  /// The sources of the settings.
  private var layers: ConfigurationLayers {
    var flags: [(setting: String, flag: String, value: String)] = []
    if let http { flags.append(("http.address", "--http", http)) }
    if let mediaThreads { flags.append(("media.threads", "--media-threads", mediaThreads)) }
    if let tokenFile { flags.append(("http.tokenFile", "--token-file", tokenFile)) }
    return ConfigurationLayers(file: config, environment: ProcessInfo.processInfo.environment, flags: flags)
  }

  /// Runs the bridge to its end; the main thread waits.
  private func host(
    _ configuration: BridgeConfiguration, _ media: MediaEngine, _ speakers: SampleSpeakers?
  ) throws {
    let log = LogOutput(settings: configuration.log)
    for refusal in media.refusals { log.logger(label: "partyline").warning("\(refusal)") }
    let bridge: BridgeHost
    do {
      bridge = try BridgeHost(configuration: configuration, layers: layers, media: media, log: log) { token in
        StandardStreams.writeToStandardError("partyline: access token of this run: \(token)\n")
      }
    } catch {
      throw Complaint.exit("\(error)", code: EX_CONFIG)
    }
    let onCard = monitor.map { RoomOnCard(room: $0, device: monitorDevice) }
    let failure = Mutex<String?>(nil)
    let ended = DispatchSemaphore(value: 0)
    Task {
      do {
        try await bridge.run(
          onListening: { port in
            if let speakers {
              Task { await speakers.talk(in: bridge, log: log.logger(label: "demo")) }
              let link = bridge.hostLink(to: SampleSpeakers.room, port: port)
              StandardStreams.writeToStandardError("partyline: join the demo room in a browser: \(link)\n")
            }
            onCard?.start(in: bridge, media: media, log: log.logger(label: "monitor"))
            log.logger(label: "partyline").notice(
              "listening", metadata: ["http": "\(configuration.http.address.host):\(port)"])
          },
          onStopping: Self.endInTime)
      } catch {
        failure.withLock { $0 = "\(error)" }
      }
      ended.signal()
    }
    ended.wait()
    onCard?.stop()
    speakers?.stop()
    if let failure = failure.withLock({ $0 }) { throw Complaint.exit("cannot host: \(failure)") }
  }

  /// Ends the program in time, also where a peer or a part of it hangs.
  @Sendable private static func endInTime() {
    DispatchQueue.global().asyncAfter(deadline: .now() + longestEndSeconds) { _exit(EXIT_FAILURE) }
  }
}
