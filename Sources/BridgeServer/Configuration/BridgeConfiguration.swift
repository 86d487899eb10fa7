import Conference
import MediaBase

/// Everything that an operator can set: made once at start from defaults, file, environment and flags.
///
/// A plain value. Each field has a row in `ConfigurationSetting.all`, which knows its name, meaning and range, reads it
/// and prints it.
public struct BridgeConfiguration: Sendable, Equatable {
  /// The control side's door.
  public var http = HTTPSettings()
  /// The media side's ports and threads.
  public var media = MediaSettings()
  /// Where browsers find the media side.
  public var webrtc = WebRTCSettings()
  /// What a room has where whoever opens it does not say.
  public var rooms = RoomDefaults()
  /// Where rooms are recorded.
  public var recordings = RecordingSettings()
  /// What rooms may play.
  public var sounds = SoundSettings()
  /// How much there may be of anything.
  public var limits = Limits()
  /// What is told while it runs.
  public var log = LogSettings()

  /// Every setting at its default.
  public init() {}

  /// Where the HTTP API listens and who may use it.
  public struct HTTPSettings: Sendable, Equatable {
    /// Host and port, `host:port` or `[host]:port`.
    public var address = ListenAddress(host: "127.0.0.1", port: 8080)
    /// A file of bearer tokens; empty: one is made at start and printed.
    public var tokenFile = ""
    /// A file with the certificate, and those that lead to its root; empty: no TLS.
    public var certificate = ""
    /// The file with its key.
    public var key = ""
    /// Whether a proxy before the API does TLS, so that other machines may be let in without.
    public var isBehindProxy = false
    /// Whether `/metrics` answers without a token.
    public var isMetricsOpen = false
  }

  /// What the engine is started with.
  public struct MediaSettings: Sendable, Equatable {
    /// The address that media sockets listen on, and that legs are told.
    public var address = "127.0.0.1"
    /// The UDP ports that media may use.
    public var ports = PortRange(first: 20_000, last: 29_999)
    /// Media threads; 0 leaves it to `threadCount(cores:)`.
    public var threads = 0
    /// Whether media threads ask for real-time scheduling (SCHED_FIFO).
    public var isRealTime = false
    /// Whether each media thread is kept on a core of its own.
    public var isPinned = false

    /// Every setting at its default.
    package init() {}

    /// Media threads on a machine of so many cores: as set; else one a core but for one that is left to the control side
    /// and the system, and at least one.
    public func threadCount(cores: Int) -> Int {
      threads > 0 ? threads : max(1, cores - 1)
    }
  }

  /// Where WebRTC peers find the media ports, beside `MediaSettings.address`.
  public struct WebRTCSettings: Sendable, Equatable {
    /// The addresses that peers are told, each with a media thread's own port; empty: where we listen.
    public var addresses: [TransportAddress] = []
    /// Further addresses of this machine that we listen on.
    public var listen: [TransportAddress] = []
  }

  /// What a new room has unless it is told otherwise.
  public struct RoomDefaults: Sendable, Equatable {
    /// Who is mixed.
    public var talkers = RoomSettings.Talkers.loudest(6)
    /// Channels of the mix.
    public var layout = ChannelLayout.mono
    /// How mixes are encoded.
    public var encoding = RoomSettings.Encoding.speech
    /// The most members.
    public var capacity = 500
    /// The most pairs of members that hear each other at a level of their own.
    public var levelCapacity = 256
    /// After so long without a member a room closes; 0: never.
    public var idleTimeoutSeconds = 300
    /// After so long without a packet a leg is taken out; 0: never.
    public var mediaTimeoutSeconds = 30
  }

  /// Recordings of rooms.
  public struct RecordingSettings: Sendable, Equatable {
    /// The folder that each recording gets a folder in; empty: nothing is recorded.
    public var folder = ""
  }

  /// Where sounds come from.
  public struct SoundSettings: Sendable, Equatable {
    /// The folder whose files may be played; empty: none.
    public var directory = ""
    /// The file that those hear who wait for a host; empty: soft tones.
    public var holdMusic = ""
    /// The most memory for all sounds that play at one time, in MiB.
    public var megabytes = 512
  }

  /// Bounds that keep the bridge standing whatever is asked of it.
  public struct Limits: Sendable, Equatable {
    /// Rooms at one time.
    public var rooms = 1_000
    /// Members of all rooms at one time.
    public var members = 10_000
    /// Bytes of a request's body.
    public var bodyBytes = 65_536
    /// HTTP connections at one time; more wait.
    public var connections = 4_096
    /// Readers of event streams at one time.
    public var eventReaders = 2_048
    /// Legs that have series of their own in `/metrics`.
    public var metricsLegs = 1_000
  }

  /// What is logged and how.
  public struct LogSettings: Sendable, Equatable {
    /// The least that is told.
    public var level = LogThreshold.info
    /// The form of a line.
    public var format = LogFormat.text

    /// Every setting at its default.
    package init() {}
  }
}

/// Where a server listens.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// A numeric IP address, or `localhost`.
  public var host: String
  /// 0 asks the system for any that is free.
  public var port: Int

  /// That host and port.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`; `nil` where it is none of them.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("[") && host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard host == "localhost" || TransportAddress(host, port: port) != nil else { return nil }
    self.init(host: String(host), port: Int(port))
  }

  /// Whether only programs of this machine reach it.
  public var isLoopback: Bool {
    guard host != "localhost", let address = TransportAddress(host, port: 0) else { return host == "localhost" }
    if let ipv4 = address.ipv4 { return ipv4 >> 24 == 127 }
    return address.high == 0 && address.low == 1
  }

  /// As it is written.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// UDP ports from the first to the last, both included.
public struct PortRange: Sendable, Equatable, CustomStringConvertible {
  /// 1,024 to `last`.
  public var first: Int
  /// `first` to 65,535.
  public var last: Int

  /// From the first to the last.
  public init(first: Int, last: Int) {
    self.first = first
    self.last = last
  }

  /// Reads `20000-29999`; `nil` where it is no range within 1,024 to 65,535.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]), (1024...65_535).contains(first),
      first <= last, last <= 65_535
    else { return nil }
    self.init(first: first, last: last)
  }

  /// As it is written.
  public var description: String { "\(first)-\(last)" }
}
