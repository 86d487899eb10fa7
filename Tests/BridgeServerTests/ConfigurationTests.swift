import BridgeServer
import Foundation
import MediaBase
import Testing

@Suite("Configuration")
struct ConfigurationTests {
  private func build(
    yaml: String? = nil, environment: [String: String] = [:], flags: [(String, String, String)] = []
  ) throws(ConfigurationMistakes) -> BridgeConfiguration {
    let path = NSTemporaryDirectory() + "partyline-\(UUID().uuidString).yaml"
    if let yaml { _ = FileManager.default.createFile(atPath: path, contents: Data(yaml.utf8)) }
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      return try ConfigurationLayers(
        file: yaml == nil ? nil : path, environment: environment,
        flags: flags.map { (setting: $0.0, flag: $0.1, value: $0.2) }
      ).build()
    } catch {
      throw ConfigurationMistakes(
        mistakes: error.mistakes.map { mistake in
          ConfigurationMistake(
            setting: mistake.setting, place: mistake.place.replacingOccurrences(of: path, with: "FILE"),
            reason: mistake.reason)
        })
    }
  }

  private func mistakes(
    yaml: String? = nil, environment: [String: String] = [:], flags: [(String, String, String)] = []
  ) -> [String] {
    do {
      _ = try build(yaml: yaml, environment: environment, flags: flags)
      return []
    } catch {
      return error.mistakes.map(\.description)
    }
  }

  @Test func withoutSourcesEverythingIsAtItsDefault() throws {
    #expect(try build() == BridgeConfiguration())
    #expect(try build(yaml: "") == BridgeConfiguration())
    #expect(try build(yaml: "# nothing\nhttp:\n") == BridgeConfiguration())
  }

  @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
    let yaml = "media: {threads: 2, address: 10.0.0.1}\nrooms:\n  talkers: all\n  capacity: 7\n"
    let environment = ["PARTYLINE_MEDIA_THREADS": "3", "PARTYLINE_ROOMS_CAPACITY": "8", "HOME": "/"]
    let configuration = try build(
      yaml: yaml, environment: environment, flags: [("media.threads", "--media-threads", "4")])
    #expect(configuration.media.threads == 4)
    #expect(configuration.rooms.capacity == 8)
    #expect(configuration.media.address == "10.0.0.1")
    #expect(configuration.rooms.talkers == .all)
  }

  @Test func everyMistakeIsNamedAtOnce() {
    let found = mistakes(
      yaml: "http:\n  adress: 127.0.0.1:80\nmedia:\n  threads: many\n  ports: 5-4\nlimts:\n  rooms: 3\n",
      environment: ["PARTYLINE_LOG_LEVEL": "loud", "PARTYLINE_ROOM_LAYOUT": "mono"],
      flags: [("http.address", "--http", "nowhere")])
    #expect(
      found == [
        "FILE:2: http.adress does not exist; did you mean http.address?",
        "FILE:4: media.threads is 'many'; allowed is a whole number from 0 to 256",
        "FILE:5: media.ports is '5-4'; allowed is two UDP ports from 1024 to 65535, the lower first, such as 20000-29999",
        "FILE:6: limts does not exist; did you mean limits?",
        "PARTYLINE_LOG_LEVEL: log.level is 'loud'; allowed is trace, debug, info, notice, warning, error, critical",
        "environment: PARTYLINE_ROOM_LAYOUT does not exist; did you mean PARTYLINE_ROOMS_LAYOUT?",
        "--http: http.address is 'nowhere'; allowed is an IP address or localhost, a colon and a port, such as 127.0.0.1:8080",
      ])
  }

  @Test(arguments: [
    (
      "http.address",
      [
        "", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "example.org:80",
        "[::1:80",
      ]
    ),
    ("http.metricsOpen", ["yes", "1", "True"]),
    ("media.address", ["", "localhost", "1.2.3", "1.2.3.4:5"]),
    ("media.ports", ["", "20000", "1023-2000", "2000-1024", "2000-65536", "a-b", "1-2-3"]),
    ("media.threads", ["-1", "257", "1.5", "", "two"]),
    ("rooms.talkers", ["0", "33", "All", "6.0"]),
    ("rooms.layout", ["Mono", "5.1"]),
    ("rooms.encoding", ["voip", "Speech"]),
    ("rooms.capacity", ["0", "20001"]),
    ("rooms.idleTimeoutSeconds", ["-1", "86401"]),
    ("limits.bodyBytes", ["1023", "16777217"]),
    ("log.level", ["INFO", ""]),
    ("log.format", ["xml"]),
  ])
  func aWrongValueIsRefused(_ setting: String, values: [String]) {
    for value in values {
      let found = mistakes(flags: [(setting, "--flag", value)])
      #expect(found.count == 1 && found[0].hasPrefix("--flag: \(setting) is '\(value)'; allowed is "), "\(found)")
    }
  }

  @Test(arguments: [
    ("[]", "FILE must be sections with settings"),
    ("http: 3", "FILE:1: http must be settings, each on a line of its own"),
    ("http:\n  address: [1]", "FILE:2: http.address must be a single value"),
  ])
  func aFileOfAnotherShapeIsRefused(_ yaml: String, mistake: String) {
    #expect(mistakes(yaml: yaml) == [mistake])
  }

  @Test func whatIsNoYAMLIsRefused() {
    #expect(mistakes(yaml: "http: [").first?.hasPrefix("FILE is no YAML: ") == true)
    #expect(
      ((try? ConfigurationLayers(file: "/nonexistent.yaml").build()) == nil))
  }

  @Test func otherMachinesAreLetInOnlyWithATokenFile() throws {
    let open = ["0.0.0.0:8080", "192.0.2.1:80", "[::]:80", "[2001:db8::1]:80"]
    for address in open {
      let found = mistakes(flags: [("http.address", "--http", address)])
      #expect(found.count == 2 && found[0].contains("that needs a token file"), "\(found)")
      #expect(found[1].contains("that needs http.certificate and http.key"), "\(found)")
      let flags = [("http.address", "--http", address), ("http.tokenFile", "--token-file", "/t")]
      #expect(mistakes(flags: flags).count == 1)
      _ = try build(yaml: "http: {behindProxy: true}", flags: flags)
      _ = try build(yaml: "http: {certificate: /c, key: /k}", flags: flags)
    }
    for address in ["127.0.0.1:0", "127.9.9.9:1", "[::1]:80", "localhost:80", "[::ffff:127.0.0.1]:80"] {
      _ = try build(flags: [("http.address", "--http", address)])
    }
  }

  @Test func certificateAndKeyBelongTogether() {
    #expect(
      mistakes(yaml: "http:\n  key: /k\n") == ["FILE:2: http.key is set without http.certificate: TLS needs both"])
    #expect(
      mistakes(yaml: "http:\n  certificate: /c\n")
        == ["FILE:2: http.certificate is set without http.key: TLS needs both"])
  }

  @Test func settingsThatContradictEachOtherAreRefused() {
    #expect(
      mistakes(yaml: "rooms:\n  capacity: 9\nlimits:\n  members: 8\n")
        == ["FILE:2: rooms.capacity is 9, more than limits.members, 8"])
    #expect(
      mistakes(yaml: "media:\n  ports: 5000-5001\n  threads: 3\n")
        == ["FILE:2: media.ports is 5000-5001, with room for 1 pairs of ports, fewer than media.threads, 3"])
  }

  @Test func whatIsPrintedReadsBackTheSame() throws {
    var changed = BridgeConfiguration()
    changed.http.address = ListenAddress(host: "::1", port: 1)
    changed.http.tokenFile = "/a \"b\"/#c: \\d\té"
    changed.http.isMetricsOpen = true
    changed.media.ports = PortRange(first: 1_024, last: 65_535)
    changed.rooms.talkers = .all
    changed.rooms.layout = .stereo
    changed.rooms.encoding = .lowDelay
    changed.log.format = .json
    changed.webrtc.listen = ["2001:db8::1", "192.0.2.1"].compactMap { TransportAddress($0, port: 0) }
    for configuration in [BridgeConfiguration(), changed] {
      #expect(try build(yaml: configuration.yaml) == configuration)
    }
  }

  @Test func whatIsPrintedExplainsEverySetting() {
    let yaml = BridgeConfiguration().yaml
    for setting in ConfigurationSetting.all {
      #expect(yaml.contains("\n  \(setting.name): "), "\(setting.path)")
      #expect(yaml.contains("Environment: \(setting.variable)."))
    }
    #expect(yaml.split(separator: "\n").allSatisfy { $0.count <= 140 })
    #expect(Set(ConfigurationSetting.all.map(\.path)).count == ConfigurationSetting.all.count)
  }

  @Test func oneThreadIsLeftToTheRest() {
    let media = BridgeConfiguration.MediaSettings()
    #expect([1, 2, 4, 64].map { media.threadCount(cores: $0) } == [1, 1, 3, 63])
  }

  @Test func aReloadTakesWhatARunningBridgeCanTake() {
    let old = BridgeConfiguration()
    var new = old
    (new.log.level, new.media.threads, new.limits.rooms) = (.debug, 9, 5)
    #expect(old.changes(to: new).taken == ["limits.rooms", "log.level"])
    #expect(old.changes(to: new).waiting == ["media.threads"])
    var expected = old
    (expected.log.level, expected.limits.rooms) = (.debug, 5)
    #expect(old.reloading(new) == expected)
  }
}
