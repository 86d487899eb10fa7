import MediaBase
import RTC
import Testing

/// Associations with the program `openssl`, which prints the keying material that it has exported.
@Suite struct DTLSInteroperationTests {
  private static let profiles: [(name: String, suite: SRTPKeys.Suite)] = [
    ("SRTP_AEAD_AES_128_GCM", .aeadAES128GCM), ("SRTP_AES128_CM_SHA1_80", .aesCM128HMACSHA180),
  ]

  private static func options(_ profile: String, _ suite: SRTPKeys.Suite) -> [String] {
    [
      "-use_srtp", profile, "-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "\(2 * suite.keyAndSaltBytes)",
    ]
  }

  @Test(arguments: [CertificateFingerprint.Algorithm.sha256, .sha384, .sha512], 0..<2)
  func itsClientAndWeGetTheSameKeys(algorithm: CertificateFingerprint.Algorithm, profile: Int) throws {
    let (name, suite) = Self.profiles[profile]
    let (program, port) = (try OpenSSLProgram(), LoopbackPort())
    var session = try Self.session(.server, with: program, algorithm)
    try program.start(["s_client", "-connect", "127.0.0.1:\(port.port)"] + Self.options(name, suite))
    try Self.expectKeys(&session, with: program, over: port, suite, role: .server)
  }

  @Test(arguments: 0..<2)
  func itsServerAndWeGetTheSameKeys(profile: Int) throws {
    let (name, suite) = Self.profiles[profile]
    let program = try OpenSSLProgram()
    // Free a moment ago.
    let free = LoopbackPort().port
    let port = LoopbackPort(to: free)
    var session = try Self.session(.client, with: program, .sha256)
    try program.start(
      ["s_server", "-port", "\(free)", "-naccept", "1", "-verify", "1"] + Self.options(name, suite))
    try Self.expectKeys(&session, with: program, over: port, suite, role: .client)
  }

  @Test func aClientWithoutSRTPIsRefused() throws {
    let (program, port) = (try OpenSSLProgram(), LoopbackPort())
    var session = try Self.session(.server, with: program, .sha256)
    try program.start(["s_client", "-connect", "127.0.0.1:\(port.port)"])
    Self.run(&session, over: port)
    let state = session.state
    #expect(state == .failed(.noSRTPProfile))
    _ = program.finish()
  }

  @Test func aClientWithAnotherCertificateIsRefused() throws {
    let (program, other, port) = (try OpenSSLProgram(), try OpenSSLProgram(), LoopbackPort())
    var session = try Self.session(.server, with: other, .sha256)
    try program.start(
      ["s_client", "-connect", "127.0.0.1:\(port.port)", "-use_srtp", "SRTP_AEAD_AES_128_GCM"])
    Self.run(&session, over: port)
    let state = session.state
    #expect(state == .failed(.wrongFingerprint))
    _ = program.finish()
  }

  private static func session(
    _ role: DTLSRole, with program: OpenSSLProgram, _ algorithm: CertificateFingerprint.Algorithm
  ) throws -> DTLSSession {
    let hash = try program.fingerprint(algorithm.rawValue.filter { $0 != "-" })
    let expected = try #require(CertificateFingerprint(algorithm: algorithm, bytes: hash))
    return try DTLSSession(DTLSCertificate(), role: role, expecting: expected)
  }

  /// Until it is established or has failed, which at the latest it has after its 30 seconds.
  private static func run(_ session: inout DTLSSession, over port: LoopbackPort) {
    let start = ContinuousClock.now
    func now() -> PacketTime { PacketTime(nanoseconds: Int64((ContinuousClock.now - start) / .nanoseconds(1))) }
    session.start(at: now())
    while true {
      while let datagram = session.takeDatagram() { port.send(datagram) }
      guard session.state == .handshaking else { return }
      if let datagram = port.receive() { session.receive(datagram.span, at: now()) }
      session.handleTimeout(at: now())
    }
  }

  private static func expectKeys(
    _ session: inout DTLSSession, with program: OpenSSLProgram, over port: LoopbackPort, _ suite: SRTPKeys.Suite,
    role: DTLSRole
  ) throws {
    run(&session, over: port)
    guard case .established(let keys) = session.state else {
      Issue.record("\(session.state)")
      return
    }
    session.close()
    while let datagram = session.takeDatagram() { port.send(datagram) }
    let printed = program.finish()
    let (client, server) = role == .client ? (keys.send, keys.receive) : (keys.receive, keys.send)
    let material = client[..<16] + server[..<16] + client[16...] + server[16...]
    let digits = material.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    #expect(keys.suite == suite && printed.contains("Keying material: \(digits)"))
  }
}
