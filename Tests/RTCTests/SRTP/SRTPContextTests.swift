import AllocationCounter
import MediaBase
import RTC
import Testing

@Suite struct SRTPContextTests {
  /// A packet in a buffer with room, and what a context makes of it.
  private enum Step {
    case protect, protectRTCP, unprotect, unprotectRTCP
  }

  private static func apply(
    _ step: Step, _ packet: [UInt8], _ context: inout SRTPContext, room: Int = 20
  ) throws(SRTPError) -> [UInt8] {
    var bytes = packet + [UInt8](repeating: 0xee, count: room)
    var span = bytes.mutableSpan
    let count: Int
    switch step {
    case .protect: count = try context.protect(&span, count: packet.count)
    case .protectRTCP: count = try context.protectRTCP(&span, count: packet.count)
    case .unprotect: count = try context.unprotect(&span, count: packet.count)
    case .unprotectRTCP: count = try context.unprotectRTCP(&span, count: packet.count)
    }
    // Nothing behind its end is touched.
    let isUntouched = bytes[max(count, packet.count)...].allSatisfy { $0 == 0xee }
    #expect(isUntouched)
    return Array(bytes[..<count])
  }

  /// Both ends have one key here, so that a context reads what it wrote.
  private static func context(
    _ suite: SRTPKeys.Suite, _ key: [UInt8]? = nil, sending source: SSRC? = nil
  ) throws -> SRTPContext {
    let key = key ?? [UInt8](1...UInt8(suite.keyAndSaltBytes))
    let keys = try #require(SRTPKeys(suite: suite, send: key, receive: key))
    return try SRTPContext(keys, sending: source)
  }

  @Test(arguments: SRTPVectors.all.indices)
  func theVectorsAreMadeAndRead(index: Int) throws {
    let vectors = SRTPVectors.all[index]
    var context = try Self.context(vectors.suite, vectors.key)
    var named = try Self.context(vectors.suite, vectors.key, sending: SSRC(rawValue: 0xcafe_babe))
    let made = try Self.apply(.protect, SRTPVectors.rtp(0x1234), &context)
    #expect(made == vectors.first)
    let madeByNamed = try Self.apply(.protect, SRTPVectors.rtp(0x1234), &named)
    #expect(madeByNamed == vectors.first)
    let report = try Self.apply(.protectRTCP, SRTPVectors.rtcp, &context)
    #expect(report == vectors.rtcp)

    let read = try Self.apply(.unprotect, vectors.first, &context)
    #expect(read == SRTPVectors.rtp(0x1234))
    let readReport = try Self.apply(.unprotectRTCP, vectors.rtcp, &context)
    #expect(readReport == SRTPVectors.rtcp)
  }

  /// RFC 3711, 3.3.1: the roll-over counter.
  @Test(arguments: SRTPVectors.all.indices)
  func sequenceNumbersRollOver(index: Int) throws {
    let vectors = SRTPVectors.all[index]
    var context = try Self.context(vectors.suite, vectors.key)
    let before = try Self.apply(.protect, SRTPVectors.rtp(0xffff), &context)
    let after = try Self.apply(.protect, SRTPVectors.rtp(0), &context)
    #expect(before == vectors.beforeWrap && after == vectors.afterWrap)
    // Received with the one after first, as on a network.
    _ = try Self.apply(.unprotect, Self.context(vectors.suite, vectors.key, protecting: 0xfffe), &context)
    let readAfter = try Self.apply(.unprotect, vectors.afterWrap, &context)
    let readBefore = try Self.apply(.unprotect, vectors.beforeWrap, &context)
    #expect(readAfter == SRTPVectors.rtp(0) && readBefore == SRTPVectors.rtp(0xffff))
  }

  private static func context(
    _ suite: SRTPKeys.Suite, _ key: [UInt8]? = nil, protecting number: UInt16
  ) throws -> [UInt8] {
    var context = try context(suite, key)
    return try apply(.protect, SRTPVectors.rtp(number), &context)
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func packetsOfAllShapesComeBack(suite: SRTPKeys.Suite) throws {
    var random = SeededGenerator(seed: 10)
    var context = try Self.context(suite)
    for number in 0..<500 {
      var packet = SRTPVectors.rtp(UInt16(number))
      packet.replaceSubrange(12..., with: random.bytes(.random(in: 0...300, using: &random)))
      if number % 3 == 0, packet.count >= 20 {
        packet[0] |= 0x10
        packet.replaceSubrange(12..<20, with: [0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0])
      }
      let protected = try Self.apply(.protect, packet, &context)
      #expect(protected.count - packet.count == (suite == .aeadAES128GCM ? 16 : 10))
      let read = try Self.apply(.unprotect, protected, &context)
      #expect(read == packet)
    }
    for length in 0..<100 {
      let report = Array(SRTPVectors.rtcp[..<8]) + random.bytes(4 * length)
      let protected = try Self.apply(.protectRTCP, report, &context)
      let read = try Self.apply(.unprotectRTCP, protected, &context)
      #expect(read == report)
    }
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func aChangeOfAnyByteIsFound(suite: SRTPKeys.Suite) throws {
    var sender = try Self.context(suite)
    let packet = try Self.apply(.protect, SRTPVectors.rtp(7), &sender)
    let report = try Self.apply(.protectRTCP, SRTPVectors.rtcp, &sender)
    var receiver = try Self.context(suite)
    for index in packet.indices {
      var forged = packet
      forged[index] ^= 1
      #expect(throws: SRTPError.self, "byte \(index)") { try Self.apply(.unprotect, forged, &receiver) }
      // The last byte of what is encrypted and of the tag: told for what it is.
      if index == 20 || index == packet.count - 1 {
        #expect(throws: SRTPError.notAuthentic) { try Self.apply(.unprotect, forged, &receiver) }
      }
    }
    for index in report.indices {
      var forged = report
      forged[index] ^= 1
      #expect(throws: SRTPError.self, "byte \(index)") { try Self.apply(.unprotectRTCP, forged, &receiver) }
    }
    // And none of it kept the true ones out.
    let read = try Self.apply(.unprotect, packet, &receiver)
    let readReport = try Self.apply(.unprotectRTCP, report, &receiver)
    #expect(read == SRTPVectors.rtp(7) && readReport == SRTPVectors.rtcp)
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func whatCameBeforeIsRefused(suite: SRTPKeys.Suite) throws {
    var context = try Self.context(suite)
    let packets = try (0..<1200).map { try Self.apply(.protect, SRTPVectors.rtp(UInt16($0)), &context) }
    for packet in packets.dropFirst() { _ = try Self.apply(.unprotect, packet, &context) }
    #expect(throws: SRTPError.replayed) { try Self.apply(.unprotect, packets[1199], &context) }
    #expect(throws: SRTPError.replayed) { try Self.apply(.unprotect, packets[1199 - 1000], &context) }
    // Never seen, but behind the window of 1,024.
    #expect(throws: SRTPError.tooOld) { try Self.apply(.unprotect, packets[0], &context) }
    #expect(throws: SRTPError.replayed) { try Self.apply(.protect, SRTPVectors.rtp(1199), &context) }

    let report = try Self.apply(.protectRTCP, SRTPVectors.rtcp, &context)
    _ = try Self.apply(.unprotectRTCP, report, &context)
    #expect(throws: SRTPError.replayed) { try Self.apply(.unprotectRTCP, report, &context) }
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func packetsCutAnywhereAreRefused(suite: SRTPKeys.Suite) throws {
    var context = try Self.context(suite)
    let packet = try Self.apply(.protect, SRTPVectors.rtp(7), &context)
    let report = try Self.apply(.protectRTCP, SRTPVectors.rtcp, &context)
    for count in packet.indices {
      #expect(throws: SRTPError.self) { try Self.apply(.unprotect, Array(packet[..<count]), &context) }
    }
    for count in report.indices {
      #expect(throws: SRTPError.self) { try Self.apply(.unprotectRTCP, Array(report[..<count]), &context) }
    }
    for count in 0..<12 {
      #expect(throws: SRTPError.malformed) { try Self.apply(.protect, Array(SRTPVectors.rtp(1)[..<count]), &context) }
    }
    for count in 0..<8 {
      #expect(throws: SRTPError.malformed) { try Self.apply(.protectRTCP, Array(SRTPVectors.rtcp[..<count]), &context) }
    }
  }

  @Test(arguments: SRTPKeys.Suite.allCases)
  func theTrailerNeedsRoom(suite: SRTPKeys.Suite) throws {
    var context = try Self.context(suite)
    for room in 0..<20 {
      #expect(throws: SRTPError.noRoom) { try Self.apply(.protectRTCP, SRTPVectors.rtcp, &context, room: room) }
      guard room < 16 else { continue }
      #expect(throws: SRTPError.noRoom) { try Self.apply(.protect, SRTPVectors.rtp(1), &context, room: room) }
    }
  }

  @Test func randomBytesNeverTrap() throws {
    var random = SeededGenerator(seed: 11)
    for suite in SRTPKeys.Suite.allCases {
      var context = try Self.context(suite)
      for _ in 0..<5000 {
        var bytes = random.bytes(.random(in: 0...80, using: &random))
        if !bytes.isEmpty { bytes[0] = 0x80 | bytes[0] & 0x3f }
        #expect(throws: SRTPError.self) { try Self.apply(.unprotect, bytes, &context) }
        #expect(throws: SRTPError.self) { try Self.apply(.unprotectRTCP, bytes, &context) }
      }
    }
  }

  @Test func aLegMayNotUseAnyNumberOfSources() throws {
    var context = try Self.context(.aeadAES128GCM)
    for source in 0..<16 {
      var packet = SRTPVectors.rtp(1)
      packet[11] = UInt8(source)
      let protected = try Self.apply(.protect, packet, &context)
      _ = try Self.apply(.unprotect, protected, &context)
    }
    let next = try Self.apply(.protect, SRTPVectors.rtp(1), &context)
    #expect(throws: SRTPError.tooManySources) { try Self.apply(.unprotect, next, &context) }
    // Those that are known go on, and forged ones never counted.
    var known = SRTPVectors.rtp(2)
    known[11] = 3
    let protected = try Self.apply(.protect, known, &context)
    let read = try Self.apply(.unprotect, protected, &context)
    #expect(read == known)
  }

  @Test func anotherKeyReadsNothing() throws {
    for suite in SRTPKeys.Suite.allCases {
      var sender = try Self.context(suite)
      var receiver = try Self.context(suite, [UInt8](repeating: 9, count: suite.keyAndSaltBytes))
      let packet = try Self.apply(.protect, SRTPVectors.rtp(1), &sender)
      #expect(throws: SRTPError.notAuthentic) { try Self.apply(.unprotect, packet, &receiver) }
    }
  }

  @Test func keysHaveTheLengthOfTheirSuite() {
    for suite in SRTPKeys.Suite.allCases {
      for count in 0..<64 {
        let key = [UInt8](repeating: 1, count: count)
        let good = [UInt8](repeating: 1, count: suite.keyAndSaltBytes)
        #expect((SRTPKeys(suite: suite, send: key, receive: good) != nil) == (count == good.count))
        #expect((SRTPKeys(suite: suite, send: good, receive: key) != nil) == (count == good.count))
      }
    }
  }

  @Test func noTextHoldsAKey() throws {
    let key = [UInt8](repeating: 171, count: 28)
    let keys = try #require(SRTPKeys(suite: .aeadAES128GCM, send: key, receive: key))
    var dumped = ""
    dump(keys, to: &dumped)
    for text in ["\(keys)", String(reflecting: keys), String(describing: Optional(keys)), dumped] {
      #expect(!text.contains("171") && !text.lowercased().contains("abab"))
    }
  }

  /// Packets that are refused are left out: the testing library notes each error that is thrown, on the heap.
  @Test(arguments: SRTPKeys.Suite.allCases)
  func packetsAllocateNothing(suite: SRTPKeys.Suite) throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    var context = try Self.context(suite, sending: SSRC(rawValue: 0xcafe_babe))
    var bytes = SRTPVectors.rtp(0) + [UInt8](repeating: 0, count: 20)
    var report = SRTPVectors.rtcp + [UInt8](repeating: 0, count: 20)
    let before = allocation_count()
    for number in 0..<100 {
      var span = bytes.mutableSpan
      span[2] = 0
      span[3] = UInt8(number)
      let count = try context.protect(&span, count: 28)
      _ = try context.unprotect(&span, count: count)
      span = report.mutableSpan
      let length = try context.protectRTCP(&span, count: 24)
      _ = try context.unprotectRTCP(&span, count: length)
    }
    #expect(allocation_count() == before)
  }

  /// Each listener has one.
  @Test(arguments: SRTPKeys.Suite.allCases)
  func aContextTakesSevenKibibytesAtMost(suite: SRTPKeys.Suite) throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    // OpenSSL looks its ciphers up once.
    _ = try Self.context(suite)
    let before = allocated_bytes()
    let context = try Self.context(suite, sending: SSRC(rawValue: 1))
    let taken = allocated_bytes() - before
    #expect((1...7_168).contains(taken), "\(taken) bytes")
    _ = consume context
  }
}
