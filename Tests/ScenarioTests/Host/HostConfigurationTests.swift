import Foundation
import Testing

/// How the live bridge takes its settings, and tells what is wrong with them.
@Suite struct HostConfigurationTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  private func host(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Ended {
    let running = try Program(path: Partyline.path()).start(["host"] + arguments, environment: environment)
    let output = running.output.readDataToEndOfFile()
    var ended = try running.waitForEnd(within: 20)
    ended.output = output
    return ended
  }

  @Test func whatItPrintsItReads() throws {
    let printed = try host(["--print-config"])
    #expect(printed.exitCode == 0 && printed.errors == "")
    #expect(printed.text.contains("\nhttp:\n") && printed.text.contains("\nmedia:\n"))
    try scratch.write(printed.output, to: "bridge.yaml")
    let again = try host(["--config", scratch.path("bridge.yaml"), "--print-config"])
    #expect(again.exitCode == 0 && again.errors == "" && again.text == printed.text)
  }

  @Test func whatComesLaterWinsAndIsPrinted() throws {
    try scratch.write("http: {address: '127.0.0.1:1'}\nmedia: {threads: 1}\nrooms: {talkers: all}\n", to: "bridge.yaml")
    let printed = try host(
      ["--config", scratch.path("bridge.yaml"), "--media-threads", "3", "--print-config"],
      environment: [
        "PARTYLINE_HTTP_ADDRESS": "[::1]:2", "PARTYLINE_MEDIA_THREADS": "2", "PARTYLINE_LOG_LEVEL": "error",
      ])
    #expect(printed.exitCode == 0 && printed.errors == "")
    for line in ["  address: \"[::1]:2\"", "  threads: 3", "  talkers: all", "  level: error"] {
      #expect(printed.text.contains(line + "\n"), "\(line)")
    }
    try scratch.write(printed.output, to: "again.yaml")
    #expect(try host(["--config", scratch.path("again.yaml"), "--print-config"]).text == printed.text)
  }

  @Test func everyMistakeIsNamedWithItsPlace() throws {
    let settings = """
      http:
        adress: 127.0.0.1:1
      media:
        ports: 9-5
        threads: many
      rooms: {capacity: 0}
      """
    try scratch.write(settings, to: "bad.yaml")
    let ended = try host(
      ["--config", scratch.path("bad.yaml"), "--http", "nowhere"], environment: ["PARTYLINE_LOG_LEVEL": "loud"])
    #expect(ended.exitCode == 78 && !ended.wasKilled && ended.output.isEmpty)
    #expect(ended.errorLines.allSatisfy { $0.hasPrefix("partyline: ") })
    #expect(ended.errorLines.count == 6, "\(ended.errors)")
    for words in [
      ["bad.yaml:2", "http.adress", "http.address"], ["bad.yaml:4", "media.ports", "9-5"],
      ["bad.yaml:5", "media.threads", "many"], ["bad.yaml:6", "rooms.capacity", "0"],
      ["--http", "http.address", "nowhere"], ["PARTYLINE_LOG_LEVEL", "log.level", "loud"],
    ] {
      #expect(ended.errorLines.contains { line in words.allSatisfy { line.contains($0) } }, "\(words): \(ended.errors)")
    }
  }

  @Test(arguments: [
    (["--config", "/nowhere/bridge.yaml"], "/nowhere/bridge.yaml"),
    (["--http", "127.0.0.1:0", "--token-file", "/nowhere/tokens"], "/nowhere/tokens"),
    (["--http", "0.0.0.0:0", "--token-file", "/tokens"], "http.certificate"),
    (["--http", "127.0.0.1:99999"], "127.0.0.1:99999"),
  ])
  func whatCannotBeReadOrAllowedIsToldInOneLine(arguments: [String], word: String) throws {
    expectOneLine(try host(arguments), exitCode: 78, holding: word)
  }

  @Test func anAddressThatIsNotOursIsToldInOneLine() throws {
    let ended = try host(["--http", "127.0.0.1:0"], environment: ["PARTYLINE_MEDIA_ADDRESS": "192.0.2.1"])
    expectOneLine(ended, holding: "192.0.2.1", "cannot assign requested address")
  }
}
