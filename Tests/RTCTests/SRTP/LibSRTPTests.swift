import MediaBase
import RTC
import Testing

/// Our packets read by libsrtp, and its packets by us.
@Suite struct LibSRTPTests {
  private static let ssrc: UInt32 = 0xcafe_babe

  private static func ours(_ suite: SRTPKeys.Suite) throws -> SRTPContext {
    let key = [UInt8](1...UInt8(suite.keyAndSaltBytes))
    return try SRTPContext(#require(SRTPKeys(suite: suite, send: key, receive: key)))
  }

  private static func theirs(
    _ suite: SRTPKeys.Suite, _ sources: LibSRTPSession.Sources
  ) throws -> LibSRTPSession {
    try LibSRTPSession(suite, key: [UInt8](1...UInt8(suite.keyAndSaltBytes)), sources: sources)
  }

  /// With sources, extensions and payloads of any size, those of none included.
  private static func packet(_ number: Int, _ random: inout SeededGenerator) -> [UInt8] {
    var packet = Array(SRTPVectors.rtp(UInt16(truncatingIfNeeded: number))[..<12])
    let sources = number % 4
    packet[0] |= UInt8(sources)
    packet += random.bytes(4 * sources)
    if number % 3 == 0 {
      packet[0] |= 0x10
      let words = number % 5
      packet += [0xbe, 0xde, 0, UInt8(words)] + random.bytes(4 * words)
    }
    return packet + random.bytes(number % 7 == 0 ? 0 : .random(in: 1...300, using: &random))
  }

  private static func protect(_ packet: [UInt8], _ context: inout SRTPContext) throws -> [UInt8] {
    var bytes = packet + [UInt8](repeating: 0, count: 20)
    var span = bytes.mutableSpan
    let count = try context.protect(&span, count: packet.count)
    return Array(bytes[..<count])
  }

  private static func unprotect(_ packet: [UInt8], _ context: inout SRTPContext) throws -> [UInt8] {
    var bytes = packet
    var span = bytes.mutableSpan
    let count = try context.unprotect(&span, count: packet.count)
    return Array(bytes[..<count])
  }

  /// Over two roll-overs of the sequence number, each hundred in another order.
  @Test(arguments: SRTPKeys.Suite.allCases)
  func packetsPassBothWays(suite: SRTPKeys.Suite) throws {
    var random = SeededGenerator(seed: 12)
    var ours = try Self.ours(suite)
    let sender = try Self.theirs(suite, .anySent)
    let receiver = try Self.theirs(suite, .anyReceived)
    // Each hundredth hundred and those around a roll-over, with steps between that both follow.
    let hundreds = (0..<1400).filter { $0 % 100 == 0 || (640...670).contains($0) || (1300...1320).contains($0) }
    for hundred in hundreds {
      let packets = (100 * hundred..<100 * hundred + 100).map { Self.packet($0, &random) }
      let made = try packets.map {
        (plain: $0, ours: try Self.protect($0, &ours), theirs: try sender.apply(.protect, to: $0))
      }
      for packet in made.shuffled(using: &random) {
        #expect(packet.ours == packet.theirs)
        let readByThem = try receiver.apply(.unprotect, to: packet.ours)
        let readByUs = try Self.unprotect(packet.theirs, &ours)
        #expect(readByThem == packet.plain && readByUs == packet.plain)
      }
    }
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func reportsPassBothWays(suite: SRTPKeys.Suite) throws {
    var random = SeededGenerator(seed: 13)
    var ours = try Self.ours(suite)
    let sender = try Self.theirs(suite, .anySent)
    let receiver = try Self.theirs(suite, .anyReceived)
    for length in 0..<200 {
      let report = Array(SRTPVectors.rtcp[..<8]) + random.bytes(4 * length)
      var bytes = report + [UInt8](repeating: 0, count: 20)
      var span = bytes.mutableSpan
      let count = try ours.protectRTCP(&span, count: report.count)
      var made = try sender.apply(.protectRTCP, to: report)
      #expect(Array(bytes[..<count]) == made)
      let readByThem = try receiver.apply(.unprotectRTCP, to: made)
      span = made.mutableSpan
      let read = try ours.unprotectRTCP(&span, count: count)
      #expect(readByThem == report && Array(made[..<read]) == report)
    }
  }
}
