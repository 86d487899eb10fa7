import MediaBase
import RTC
import Testing

@Suite struct DTLSSessionTests {
  private static func link(seed: UInt64 = 1, expecting other: CertificateFingerprint? = nil) throws -> DTLSLink {
    let (ours, theirs) = (try DTLSCertificate(), try DTLSCertificate())
    let client = try DTLSSession(
      ours, role: .client, expecting: theirs.fingerprint, retransmitAfterMilliseconds: 20)
    let server = try DTLSSession(
      theirs, role: .server, expecting: other ?? ours.fingerprint, retransmitAfterMilliseconds: 20)
    return DTLSLink(client, server, seed: seed)
  }

  private static func expectKeys(_ link: borrowing DTLSLink) throws {
    guard case .established(let client) = link.client.state, case .established(let server) = link.server.state else {
      Issue.record("client \(link.client.state), server \(link.server.state)")
      return
    }
    #expect(client.suite == .aeadAES128GCM && server.suite == .aeadAES128GCM)
    #expect(client.send == server.receive && client.receive == server.send && client.send != client.receive)
  }

  @Test func bothSidesGetTheSameKeys() throws {
    var link = try Self.link()
    link.run()
    try Self.expectKeys(link)
    let isDone = link.client.nextTimeout == nil && link.server.nextTimeout == nil
    #expect(isDone)
    let longest = link.sent.map(\.count).max() ?? 0
    #expect(longest <= 1_200)
    // What a packet class would tell to be DTLS (RFC 7983).
    let areDTLS = link.sent.allSatisfy { (20...63).contains($0[0]) }
    #expect(areDTLS)
  }

  @Test(arguments: 1...8)
  func lostDoubledAndSwappedDatagramsAreMended(seed: Int) throws {
    var link = try Self.link(seed: UInt64(seed))
    (link.lost, link.doubled, link.swapped) = (25, 20, 20)
    link.run()
    try Self.expectKeys(link)
  }

  @Test func aStrangersCertificateIsRefusedByBothSides() throws {
    let stranger = try DTLSCertificate()
    var link = try Self.link(expecting: stranger.fingerprint)
    link.run()
    let (client, server) = (link.client.state, link.server.state)
    #expect(server == .failed(.wrongFingerprint))
    // bad_certificate, as its fatal alert says.
    #expect(client == .failed(.alert(42)))
  }

  @Test func aGoodbyeEndsBothSides() throws {
    var link = try Self.link()
    link.run()
    link.client.close()
    link.exchange(at: .zero)
    let (client, server) = (link.client.state, link.server.state)
    #expect(client == .closed && server == .closed)
  }

  @Test func nobodyWaitsForever() throws {
    let certificate = try DTLSCertificate()
    var client = try DTLSSession(certificate, role: .client, expecting: certificate.fingerprint)
    client.start(at: .zero)
    let hello = client.takeDatagram()
    #expect(hello != nil)
    let first = client.nextTimeout
    #expect(first == PacketTime.zero.advanced(byMilliseconds: 400))
    client.handleTimeout(at: PacketTime.zero.advanced(byMilliseconds: 29_999))
    let before = client.state
    client.handleTimeout(at: PacketTime.zero.advanced(byMilliseconds: 30_000))
    let after = client.state
    let next = client.nextTimeout
    #expect(before == .handshaking && after == .failed(.timedOut) && next == nil)
  }

  @Test func garbageIsDroppedAndBounded() throws {
    let certificate = try DTLSCertificate()
    var server = try DTLSSession(certificate, role: .server, expecting: certificate.fingerprint)
    var random = SeededGenerator(seed: 3)
    for _ in 0..<256 {
      let bytes = random.bytes(.random(in: 1...200, using: &random))
      server.receive(bytes.span, at: .zero)
    }
    let before = server.state
    server.receive([22, 1, 2].span, at: .zero)
    let after = server.state
    #expect(before == .handshaking && after == .failed(.tooManyDatagrams))
  }

  @Test func aHandshakeIsNotHurtByGarbageBetweenItsDatagrams() throws {
    var link = try Self.link()
    var random = SeededGenerator(seed: 4)
    for _ in 0..<50 {
      let bytes = [UInt8(22)] + random.bytes(.random(in: 1...100, using: &random))
      link.server.receive(bytes.span, at: .zero)
    }
    link.run()
    try Self.expectKeys(link)
  }

  @Test func certificatesDiffer() throws {
    let (one, other) = (try DTLSCertificate(), try DTLSCertificate())
    #expect(one.fingerprint != other.fingerprint && one.fingerprint.algorithm == .sha256)
  }
}
