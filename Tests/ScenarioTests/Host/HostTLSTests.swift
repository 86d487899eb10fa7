import Foundation
import Testing

/// The API over TLS, with certificates that openssl made and curl checks.
@Suite struct HostTLSTests {
  /// Makes a certificate for 127.0.0.1 that vouches for itself, and its key.
  private static func makePair(_ name: String, in scratch: ScratchDirectory) throws {
    let ended = try Program("openssl").end([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
      "/CN=bridge", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", scratch.path(name + ".key"), "-out",
      scratch.path(name + ".pem"),
    ])
    guard ended.exitCode == 0 else { throw Program.Failure(description: "openssl: \(ended.errors)") }
  }

  private static func install(_ name: String, in scratch: ScratchDirectory) throws {
    for end in ["pem", "key"] {
      try scratch.write(Data(contentsOf: URL(filePath: scratch.path("\(name).\(end)"))), to: "live.\(end)")
    }
  }

  /// Asks whether it lives, believing that certificate alone.
  private static func ask(_ port: Int, believing name: String, in scratch: ScratchDirectory) throws -> Program.Ended {
    try Program.curl.end([
      "-sS", "-i", "--max-time", "30", "--cacert", scratch.path(name + ".pem"), "https://127.0.0.1:\(port)/healthz",
    ])
  }

  private static func settings(_ scratch: ScratchDirectory) -> [String: String] {
    ["PARTYLINE_HTTP_CERTIFICATE": scratch.path("live.pem"), "PARTYLINE_HTTP_KEY": scratch.path("live.key")]
  }

  @Test func aRenewedCertificateIsShownAndABadOneIsNot() throws {
    let scratch = try ScratchDirectory()
    for name in ["old", "new", "other"] { try Self.makePair(name, in: scratch) }
    try Self.install("old", in: scratch)
    let bridge = try HostedBridge(environment: Self.settings(scratch))
    let first = try Self.ask(bridge.port, believing: "old", in: scratch)
    #expect(first.exitCode == 0 && first.text.contains("200 OK"), "\(first.errors)")
    #expect(first.text.lowercased().contains("strict-transport-security: max-age=31536000"))
    #expect(try Self.ask(bridge.port, believing: "new", in: scratch).exitCode == 60)

    try Self.install("new", in: scratch)
    bridge.signal(SIGHUP)
    try bridge.wait(forLog: "certificate read again")
    #expect(try Self.ask(bridge.port, believing: "new", in: scratch).exitCode == 0)
    #expect(try Self.ask(bridge.port, believing: "old", in: scratch).exitCode == 60)

    try scratch.write(Data(contentsOf: URL(filePath: scratch.path("other.key"))), to: "live.key")
    bridge.signal(SIGHUP)
    try bridge.wait(forLog: "certificate kept")
    #expect(bridge.running.errorsSoFar.contains("is not that of the certificate in"))
    #expect(try Self.ask(bridge.port, believing: "new", in: scratch).exitCode == 0)
  }

  @Test func plainHTTPIsNotAnswered() throws {
    let scratch = try ScratchDirectory()
    try Self.makePair("live", in: scratch)
    let bridge = try HostedBridge(environment: Self.settings(scratch))
    let ended = try Program.curl.end(["-sS", "--max-time", "30", "http://127.0.0.1:\(bridge.port)/healthz"])
    #expect(ended.exitCode != 0)
    #expect(!ended.text.contains("ok"))
  }

  @Test func aKeyOfAnotherCertificateIsToldInOneLine() throws {
    let scratch = try ScratchDirectory()
    for name in ["live", "other"] { try Self.makePair(name, in: scratch) }
    let ended = try Program(path: Partyline.path()).end(
      ["host", "--http", "127.0.0.1:0"],
      environment: [
        "PARTYLINE_HTTP_CERTIFICATE": scratch.path("live.pem"), "PARTYLINE_HTTP_KEY": scratch.path("other.key"),
      ])
    #expect(ended.exitCode == 78)
    #expect(ended.errors.contains("is not that of the certificate in"), "\(ended.errors)")
  }
}

extension HostedBridge {
  /// Waits until the log says so.
  fileprivate func wait(forLog text: String) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, running.process.isRunning {
      if running.errorsSoFar.contains(text) { return }
      usleep(2000)
    }
    throw Program.Failure(description: "the log does not say '\(text)': \(running.errorsSoFar)")
  }
}
