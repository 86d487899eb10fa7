import Foundation
import Yams

/// Puts a configuration together from its sources, and checks it as a whole.
///
/// What comes later wins: defaults, then the file, then the environment, then flags. Nothing is used unless all of it is
/// right: `build()` gives either a configuration or every mistake.
public struct ConfigurationLayers: Sendable {
  /// The file's path; `nil` where there is none.
  public var file: String?
  /// The environment's variables; those that do not begin with `PARTYLINE_` are passed over.
  public var environment: [String: String]
  /// Flags of the command line: the setting's path, the flag as it was written, and its value.
  public var flags: [(setting: String, flag: String, value: String)]

  /// Variables that begin like ours and belong to building and measuring.
  private static let otherVariables: Set<String> = [
    "PARTYLINE_WARNINGS_AS_ERRORS", "PARTYLINE_FUZZ", "PARTYLINE_INTERPOLATOR_TAPS", "PARTYLINE_INTERPOLATOR_PHASES",
  ]

  /// The longest file that is read, in bytes.
  private static let longestFile = 1 << 20

  /// From these sources.
  public init(
    file: String? = nil, environment: [String: String] = [:],
    flags: [(setting: String, flag: String, value: String)] = []
  ) {
    self.file = file
    self.environment = environment
    self.flags = flags
  }

  /// The configuration, or every mistake that was found.
  public func build() throws(ConfigurationMistakes) -> BridgeConfiguration {
    var reading = Reading()
    if let file { readFile(file, &reading) }
    readEnvironment(&reading)
    for (setting, flag, value) in flags { reading.take(setting, value, from: flag) }
    reading.checkTogether()
    guard reading.mistakes.isEmpty else { throw ConfigurationMistakes(mistakes: reading.mistakes) }
    return reading.configuration
  }

  private func readEnvironment(_ reading: inout Reading) {
    let settings = Dictionary(uniqueKeysWithValues: ConfigurationSetting.all.map { ($0.variable, $0) })
    for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
      guard variable.hasPrefix(ConfigurationSetting.variablePrefix), !Self.otherVariables.contains(variable) else {
        continue
      }
      if let setting = settings[variable] {
        reading.take(setting.path, value, from: variable)
      } else {
        reading.complainOfUnknown(variable, place: "environment", known: settings.keys.sorted())
      }
    }
  }

  private func readFile(_ path: String, _ reading: inout Reading) {
    guard let data = FileManager.default.contents(atPath: path) else {
      return reading.complain(place: path, "cannot be read")
    }
    guard data.count <= Self.longestFile else { return reading.complain(place: path, "is longer than 1 MiB") }
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: data, as: UTF8.self))
    } catch {
      let reason = "\(error)".replacingOccurrences(of: "\n", with: " ")
      return reading.complain(place: path, "is no YAML: \(reason)")
    }
    guard let root else { return }
    // A file with nothing but comments is a null.
    if root.null != nil && root.mapping == nil { return }
    guard let sections = root.mapping else { return reading.complain(place: path, "must be sections with settings") }
    for (key, value) in sections { readSection(key, value, path, &reading) }
  }

  private func readSection(_ key: Node, _ value: Node, _ path: String, _ reading: inout Reading) {
    let section = key.scalar?.string ?? "?"
    let place = Self.place(path, key)
    let known = ConfigurationSetting.all.map(\.section).reduce(into: [String]()) { list, name in
      if list.last != name { list.append(name) }
    }
    guard known.contains(section) else { return reading.complainOfUnknown(section, place: place, known: known) }
    guard let settings = value.mapping else {
      if value.scalar?.string.isEmpty == true { return }
      return reading.complain(setting: section, place: place, "must be settings, each on a line of its own")
    }
    for (key, value) in settings {
      let setting = "\(section).\(key.scalar?.string ?? "?")"
      guard let text = value.scalar?.string else {
        reading.complain(setting: setting, place: Self.place(path, key), "must be a single value")
        continue
      }
      reading.take(setting, text, from: Self.place(path, key))
    }
  }

  private static func place(_ path: String, _ node: Node) -> String {
    node.mark.map { "\(path):\($0.line)" } ?? path
  }
}

/// A configuration in the making, with the mistakes found so far.
private struct Reading {
  var configuration = BridgeConfiguration()
  var mistakes: [ConfigurationMistake] = []
  /// Where each setting came from last.
  private var places: [String: String] = [:]

  mutating func take(_ path: String, _ value: String, from place: String) {
    guard let setting = ConfigurationSetting.named(path) else {
      return complainOfUnknown(path, place: place, known: ConfigurationSetting.all.map(\.path))
    }
    places[path] = place
    if !setting.read(value, &configuration) {
      let shown = value.count > 60 ? value.prefix(60) + "…" : value[...]
      complain(setting: path, place: place, "is '\(shown)'; allowed is \(setting.allowed)")
    }
  }

  /// What no setting can know alone.
  mutating func checkTogether() {
    if !configuration.http.address.isLoopback && configuration.http.tokenFile.isEmpty {
      complain(
        about: "http.address",
        "is \(configuration.http.address), which other machines can reach: that needs a token file (http.tokenFile, or "
          + "--token-file)")
    }
    checkTLS()
    if configuration.rooms.capacity > configuration.limits.members {
      complain(
        about: "rooms.capacity",
        "is \(configuration.rooms.capacity), more than limits.members, \(configuration.limits.members)")
    }
    let ports = configuration.media.ports
    // Pairs of an even port and the next: RTP and RTCP.
    let pairs = (ports.last + 1) / 2 - (ports.first + 1) / 2
    if configuration.media.threads > pairs {
      complain(
        about: "media.ports",
        "is \(ports), with room for \(pairs) pairs of ports, fewer than media.threads, \(configuration.media.threads)")
    }
  }

  private mutating func checkTLS() {
    let http = configuration.http
    if http.certificate.isEmpty != http.key.isEmpty {
      let (given, missing) = http.key.isEmpty ? ("certificate", "key") : ("key", "certificate")
      complain(about: "http.\(given)", "is set without http.\(missing): TLS needs both")
    }
    if !http.address.isLoopback && http.certificate.isEmpty && !http.isBehindProxy {
      complain(
        about: "http.address",
        "is \(http.address), which other machines would reach without TLS: that needs http.certificate and http.key, or "
          + "http.behindProxy where a proxy does TLS")
    }
  }

  private mutating func complain(about setting: String, _ reason: String) {
    complain(setting: setting, place: places[setting] ?? "", reason)
  }

  mutating func complain(setting: String = "", place: String, _ reason: String) {
    mistakes.append(ConfigurationMistake(setting: setting, place: place, reason: reason))
  }

  mutating func complainOfUnknown(_ name: String, place: String, known: [String]) {
    let hint = NearestName.of(name, among: known).map { "; did you mean \($0)?" }
    complain(
      setting: name, place: place, "does not exist" + (hint ?? "; there are \(known.joined(separator: ", "))"))
  }
}
