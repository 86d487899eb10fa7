import Conference
import MediaBase

/// One setting: its name, what it means and what is allowed; how it is read from text and printed.
///
/// The rows of `all` are the only list of settings: the file, the environment, `--print-config` and the messages about
/// mistakes follow from it.
package struct ConfigurationSetting: Sendable {
  /// Where it stands in the file, such as `http.tokenFile`.
  package let path: String
  /// What it does, a sentence or two.
  let meaning: String
  /// What may be written, as it reads after "is allowed: ".
  let allowed: String
  /// Whether SIGHUP takes a new value into the running program.
  let isReloadable: Bool
  /// Takes a value; `false` where it is not allowed.
  let read: @Sendable (String, inout BridgeConfiguration) -> Bool
  /// The value as it is written in the file.
  let text: @Sendable (BridgeConfiguration) -> String

  /// `http` of `http.tokenFile`.
  var section: String { String(path.prefix { $0 != "." }) }
  /// `tokenFile` of `http.tokenFile`.
  package var name: String { String(path.drop { $0 != "." }.dropFirst()) }

  /// Its name among the environment's variables: `PARTYLINE_HTTP_TOKEN_FILE` for `http.tokenFile`.
  package var variable: String {
    path.reduce(into: Self.variablePrefix) { name, letter in
      if letter == "." { return name.append("_") }
      if letter.isUppercase { name.append("_") }
      name.append(letter.uppercased())
    }
  }

  /// How the environment's variables begin that are ours.
  static let variablePrefix = "PARTYLINE_"

  /// The setting of that path.
  static func named(_ path: String) -> ConfigurationSetting? {
    all.first { $0.path == path }
  }

  /// A setting of any kind.
  fileprivate static func row<Value>(
    _ path: String, _ field: WritableKeyPath<BridgeConfiguration, Value> & Sendable, allowed: String,
    reloadable: Bool = false, _ meaning: String, read: @escaping @Sendable (String) -> Value?,
    text: @escaping @Sendable (Value) -> String
  ) -> ConfigurationSetting {
    ConfigurationSetting(
      path: path, meaning: meaning, allowed: allowed, isReloadable: reloadable,
      read: { given, configuration in
        guard let value = read(given) else { return false }
        configuration[keyPath: field] = value
        return true
      },
      text: { text($0[keyPath: field]) })
  }

  private static func number(
    _ path: String, _ field: WritableKeyPath<BridgeConfiguration, Int> & Sendable, _ range: ClosedRange<Int>,
    reloadable: Bool = false, _ meaning: String
  ) -> ConfigurationSetting {
    row(
      path, field, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)", reloadable: reloadable,
      meaning, read: { Int($0).flatMap { range.contains($0) ? $0 : nil } }, text: { String($0) })
  }

  private static func flag(
    _ path: String, _ field: WritableKeyPath<BridgeConfiguration, Bool> & Sendable, _ meaning: String
  ) -> ConfigurationSetting {
    row(path, field, allowed: "true or false", meaning, read: { Bool($0) }, text: { String($0) })
  }
}

extension ConfigurationSetting {
  /// Every setting, in the order in which they are printed.
  package static let all: [ConfigurationSetting] = http + media + webrtc + rooms + recordings + sounds + limits + log

  private static let http: [ConfigurationSetting] = [
    row(
      "http.address", \.http.address, allowed: "an IP address or localhost, a colon and a port, such as 127.0.0.1:8080",
      "Where the HTTP API listens. Elsewhere than on this machine only with a token file, and with TLS: its own "
        + "(http.certificate) or that of a proxy before it (http.behindProxy). Port 0 takes any that is free.",
      read: { ListenAddress($0) }, text: { $0.description }),
    row(
      "http.tokenFile", \.http.tokenFile, allowed: "the path of a file, or nothing", reloadable: true,
      "A file of bearer tokens, one a line, each of 20 characters or more; lines that begin with # are passed over. Without "
        + "it a random token is made at each start and printed once on standard error.",
      read: { $0.utf8.contains(0) ? nil : $0 }, text: { $0 }),
    row(
      "http.certificate", \.http.certificate, allowed: "the path of a PEM file, or nothing",
      "The API's certificate, and behind it those that lead to its root. With it the API speaks TLS and nothing else. The "
        + "file is read again on SIGHUP, and within a minute of being written.",
      read: { $0.utf8.contains(0) ? nil : $0 }, text: { $0 }),
    row(
      "http.key", \.http.key, allowed: "the path of a PEM file, or nothing",
      "The private key of http.certificate, without a password; read again with it.",
      read: { $0.utf8.contains(0) ? nil : $0 }, text: { $0 }),
    flag(
      "http.behindProxy", \.http.isBehindProxy,
      "Whether a proxy before the API does TLS: other machines may then reach the API without. Let nobody but the proxy."
    ),
    flag("http.metricsOpen", \.http.isMetricsOpen, "Whether /metrics answers without a token."),
  ]

  private static let media: [ConfigurationSetting] = [
    row(
      "media.address", \.media.address, allowed: "an IP address of this machine",
      "The address that media is received at, and that legs are told.",
      read: { TransportAddress($0, port: 0) == nil ? nil : $0 }, text: { $0 }),
    row(
      "media.ports", \.media.ports, allowed: "two UDP ports from 1024 to 65535, the lower first, such as 20000-29999",
      "The UDP ports for media: an even one and the next for each media thread, and one for each leg whose source is learnt.",
      read: { PortRange($0) }, text: { $0.description }),
    number(
      "media.threads", \.media.threads, 0...256,
      "Media threads. 0 makes one a core but for one that is left to everything else, and at least one."),
    flag(
      "media.realTime", \.media.isRealTime,
      "Whether media threads ask for real-time scheduling (SCHED_FIFO). Needs the right to, such as CAP_SYS_NICE."),
    flag("media.pin", \.media.isPinned, "Whether each media thread is kept on a core of its own."),
  ]

  private static let webrtc: [ConfigurationSetting] = [
    addresses(
      "webrtc.addresses", \.webrtc.addresses,
      "The addresses at which browsers are told to find the media ports, where those are not the ones that are listened on: "
        + "the public address of a NAT that sends media.ports on to this machine."),
    addresses(
      "webrtc.listen", \.webrtc.listen,
      "Further addresses of this machine that media for browsers is received at, beside media.address: one of IPv6 beside one "
        + "of IPv4."),
  ]

  /// IP addresses, with a comma between two.
  private static func addresses(
    _ path: String, _ field: WritableKeyPath<BridgeConfiguration, [TransportAddress]> & Sendable, _ meaning: String
  ) -> ConfigurationSetting {
    row(
      path, field, allowed: "up to 16 IP addresses with commas between them, or nothing", meaning,
      read: { text in
        let words = text.split(separator: ",").map { $0.filter { $0 != " " } }
        let read = words.compactMap { TransportAddress($0, port: 0) }
        return read.count == words.count && words.count <= 16 ? read : nil
      }, text: { $0.map(\.addressText).joined(separator: ",") })
  }

  private static let rooms: [ConfigurationSetting] = [
    row(
      "rooms.talkers", \.rooms.talkers, allowed: "a whole number from 1 to 32, or all",
      "How many talkers are mixed in a room that does not say: the loudest so many, or all.",
      read: { RoomSettings.Talkers(text: $0) }, text: { $0.text }),
    row(
      "rooms.layout", \.rooms.layout, allowed: "mono or stereo", "Channels of a room's mix.",
      read: { ChannelLayout(text: $0) }, text: { $0.text }),
    row(
      "rooms.encoding", \.rooms.encoding,
      allowed: RoomSettings.Encoding.allCases.map(\.rawValue).joined(separator: ", "),
      "How mixes are encoded as Opus: music and lowDelay take a third of the work of speech, and have no FEC.",
      read: { RoomSettings.Encoding(rawValue: $0) }, text: { $0.rawValue }),
    number("rooms.capacity", \.rooms.capacity, 1...RoomRules.mostMembers, "The most members of a room."),
    number(
      "rooms.levelCapacity", \.rooms.levelCapacity, 0...RoomRules.mostLevels,
      "The most pairs (listener, source) of a room with a level of their own, as whisper groups make them."),
    number(
      "rooms.idleTimeoutSeconds", \.rooms.idleTimeoutSeconds, 0...RoomRules.longestTimeoutSeconds,
      "After so many seconds without a member a room closes. 0: never."),
    number(
      "rooms.mediaTimeoutSeconds", \.rooms.mediaTimeoutSeconds, 0...RoomRules.longestTimeoutSeconds,
      "After so many seconds without a packet a leg is taken out, but for listeners. 0: never."),
  ]

  private static let recordings: [ConfigurationSetting] = [
    row(
      "recordings.folder", \.recordings.folder, allowed: "the path of a folder that is there, or nothing",
      "Where rooms are recorded, each recording in a folder of its own. Without it nothing is recorded.",
      read: { $0.utf8.contains(0) ? nil : $0 }, text: { $0 })
  ]

  private static let sounds: [ConfigurationSetting] = [
    row(
      "sounds.directory", \.sounds.directory, allowed: "the path of a folder, or nothing",
      "The folder whose audio files the API may play in rooms. Without it none can be played.",
      read: { $0 }, text: { $0 }),
    row(
      "sounds.holdMusic", \.sounds.holdMusic, allowed: "the path of a file, or nothing",
      "The audio file that those hear who wait for a host, over and over; at most 15 minutes. Without it they hear soft tones.",
      read: { $0 }, text: { $0 }),
    number(
      "sounds.megabytes", \.sounds.megabytes, 16...65_536,
      "The most memory for all sounds that play at one time, in MiB. A minute of mono takes 5.5, one of stereo 11."),
  ]

  private static let limits: [ConfigurationSetting] = [
    number("limits.rooms", \.limits.rooms, 1...100_000, reloadable: true, "The most rooms at one time."),
    number(
      "limits.members", \.limits.members, 1...1_000_000, reloadable: true, "The most members of all rooms at one time."),
    number(
      "limits.bodyBytes", \.limits.bodyBytes, 1_024...16_777_216, reloadable: true,
      "The most bytes of a request's body."),
    number(
      "limits.connections", \.limits.connections, 4...100_000,
      "The most HTTP connections at one time, event streams included. More wait until one is closed."),
    number(
      "limits.eventReaders", \.limits.eventReaders, 1...10_000, reloadable: true,
      "The most readers of event streams at one time."),
    number(
      "limits.metricsLegs", \.limits.metricsLegs, 0...100_000,
      "The most legs with series of their own in /metrics, each of about ten. Others are counted in the rooms' only."),
  ]

  private static let log: [ConfigurationSetting] = [
    row(
      "log.level", \.log.level, allowed: LogThreshold.allCases.map(\.rawValue).joined(separator: ", "),
      reloadable: true,
      "The least that is logged.", read: { LogThreshold(rawValue: $0) }, text: { $0.rawValue }),
    row(
      "log.format", \.log.format, allowed: "text or json", "The form of a line of the log, on standard error.",
      read: { LogFormat(rawValue: $0) }, text: { $0.rawValue }),
  ]
}

extension RoomSettings.Talkers {
  /// Reads `all`, or 1 to 32.
  init?(text: String) {
    if text == "all" {
      self = .all
    } else if let count = Int(text), RoomRules.talkerCounts.contains(count) {
      self = .loudest(count)
    } else {
      return nil
    }
  }

  /// As it is written.
  var text: String {
    switch self {
    case .all: "all"
    case .loudest(let count): String(count)
    }
  }
}

extension ChannelLayout {
  /// Reads `mono` or `stereo`.
  init?(text: String) {
    switch text {
    case "mono": self = .mono
    case "stereo": self = .stereo
    default: return nil
    }
  }

  /// As it is written.
  var text: String { self == .mono ? "mono" : "stereo" }
}
