import MediaBase
import RTC
import Testing

@Suite("STUN and ICE-lite")
struct STUNTests {
  /// RFC 5769, 2: its password, and the messages of 2.1 to 2.3. That of 2.4 has long-term credentials, which ICE does not use.
  private static let password = "VOkJxbRl1RmTxUk/WvJxBt"
  private static let request = bytes(
    """
    000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1
    51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf
    """)
  private static let responseIPv4 = bytes(
    """
    0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599
    fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96
    """)
  private static let responseIPv6 = bytes(
    """
    010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5
    bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c
    """)

  private static func bytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private static func key(_ password: String = password) -> HMACSHA1 {
    HMACSHA1(key: Array(password.utf8).span)
  }

  @Test func thePublishedRequestIsRead() throws {
    let bytes = Self.request
    let message = try STUNMessage(bytes.span)
    #expect(message.kind == .request && message.priority == 0x6e00_01ff)
    #expect(message.role == .controlled(0x932f_f9b1_5126_3b36))
    let username = message.username
    let letters = (0..<username.count).map { username[$0] }
    #expect(letters == Array("evtj:h6vY".utf8))
    let isAuthentic = message.isAuthentic(by: Self.key()), isForged = message.isAuthentic(by: Self.key("another"))
    #expect(isAuthentic && !isForged)
  }

  @Test func thePublishedResponsesAreRead() throws {
    for (bytes, address) in [
      (Self.responseIPv4, TransportAddress("192.0.2.1", port: 32_853)),
      (Self.responseIPv6, TransportAddress("2001:db8:1234:5678:11:2233:4455:6677", port: 32_853)),
    ] {
      let message = try STUNMessage(bytes.span)
      let isAuthentic = message.isAuthentic(by: Self.key())
      let mapped = message.mappedAddress
      #expect(message.kind == .success && isAuthentic && mapped == address)
    }
  }

  @Test func aMessageThatIsCutOrChangedIsNoneOrNotAuthentic() throws {
    for count in 0..<Self.request.count {
      let cut = Array(Self.request[..<count])
      #expect(throws: STUNError.self) { _ = try STUNMessage(cut.span).kind }
    }
    // Where the type of FINGERPRINT is changed, the message has none, which it need not.
    let type = Self.request.count - 8..<Self.request.count - 6
    for place in Self.request.indices where !type.contains(place) {
      var changed = Self.request
      changed[place] ^= 0x10
      // FINGERPRINT covers all before it.
      #expect(throws: STUNError.self) { _ = try STUNMessage(changed.span).kind }
    }
  }

  @Test(arguments: [TransportAddress("192.0.2.7", port: 9)!, TransportAddress("2001:db8::7", port: 65_535)!])
  func whatIsWrittenIsRead(_ address: TransportAddress) throws {
    var bytes = [UInt8](repeating: 0, count: 128)
    let transaction = Array(UInt8(1)...12)
    var writer = STUNWriter(.success, transaction: transaction.span, into: bytes.mutableSpan)
    writer.writeMappedAddress(address)
    let count = try writer.finish(authenticatedBy: Self.key())
    let written = Array(bytes[..<count])
    let message = try STUNMessage(written.span)
    let isAuthentic = message.isAuthentic(by: Self.key())
    let mapped = message.mappedAddress
    #expect(isAuthentic && mapped == address)
  }

  // MARK: ICE-lite, in virtual time

  private static let ours = ICECredentials(usernameFragment: "abcdefgh", password: "0123456789abcdefghijklmn")!
  private static let theirs = ICECredentials(usernameFragment: "wxyz", password: "zyxwvutsrqponmlkjihgfedc")!
  private static let source = TransportAddress("192.0.2.9", port: 5_000)!

  private func check(_ credentials: ICECredentials = ours, number: UInt8, nominates: Bool = true) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 160)
    let transaction = [number] + [UInt8](repeating: 7, count: 11)
    var writer = STUNWriter(.request, transaction: transaction.span, into: bytes.mutableSpan)
    writer.writeUsername(credentials.usernameFragment, Self.theirs.usernameFragment)
    writer.writeRole(.controlling(3))
    if nominates { writer.writeNomination() }
    let count = try writer.finish(authenticatedBy: Self.key(credentials.password))
    return Array(bytes[..<count])
  }

  private func receive(
    _ bytes: [UInt8], _ agent: inout ICELiteAgent, from source: TransportAddress = source, atSecond second: Int
  ) throws -> ICELiteAgent.Verdict {
    var answer = [UInt8](repeating: 0, count: 128)
    let now = PacketTime(nanoseconds: 0).advanced(byMilliseconds: second * 1_000)
    return agent.receive(try STUNMessage(bytes.span), from: source, at: now, answer: answer.mutableSpan).verdict
  }

  @Test func consentEnds15SecondsAfterTheLastCheckOr20AfterJoiningWithoutOne() throws {
    let start = PacketTime(nanoseconds: 0)
    var agent = ICELiteAgent(Self.ours, peer: Self.theirs, at: start)
    #expect(agent.expires == start.advanced(byMilliseconds: 20_000))
    #expect(try receive(try check(number: 1), &agent, atSecond: 4) == .valid(nominated: true))
    #expect(agent.expires == start.advanced(byMilliseconds: 19_000))
    #expect(try receive(try check(number: 2, nominates: false), &agent, atSecond: 10) == .valid(nominated: false))
    #expect(agent.expires == start.advanced(byMilliseconds: 25_000))
  }

  @Test func aCheckCountsForOneAddressAlone() throws {
    var agent = ICELiteAgent(Self.ours, peer: Self.theirs, at: PacketTime(nanoseconds: 0))
    let bytes = try check(number: 1)
    #expect(try receive(bytes, &agent, atSecond: 1) == .valid(nominated: true))
    #expect(try receive(bytes, &agent, atSecond: 1) == .valid(nominated: true))
    let elsewhere = TransportAddress("198.51.100.1", port: 1)!
    #expect(try receive(bytes, &agent, from: elsewhere, atSecond: 1) == .dropped)
  }

  @Test func afterARestartTheOldCredentialsGoOnUntilTheNewOnesAreSeen() throws {
    var agent = ICELiteAgent(Self.ours, peer: Self.theirs, at: PacketTime(nanoseconds: 0))
    let new = ICECredentials(usernameFragment: "hgfedcba", password: "nmlkjihgfedcba9876543210")!
    agent.restart(new, peer: Self.theirs)
    #expect(try receive(try check(number: 1), &agent, atSecond: 1) == .valid(nominated: true))
    #expect(try receive(try check(new, number: 2), &agent, atSecond: 2) == .valid(nominated: true))
    #expect(try receive(try check(number: 3), &agent, atSecond: 3) == .dropped)
    #expect(agent.credentials == [new])
  }
}
