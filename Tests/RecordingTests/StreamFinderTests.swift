import AudioCodecs
import Foundation
import MediaBase
import MediaFiles
import RTC
import Recording
import Testing

/// What is taken for a stream, and what is not.
@Suite struct StreamFinderTests {
  static let codes = Speech.g711(Speech.sine(440, seconds: 2, rate: 8_000))

  func find(_ call: SyntheticCall) -> StreamFinder {
    var finder = StreamFinder()
    for packet in call.packets { feed(packet.bytes, packet, to: &finder) }
    return finder
  }

  func onlyStream(in call: SyntheticCall) throws -> CapturedStream {
    let streams = find(call).streams
    #expect(streams.count == 1)
    return try #require(streams.first)
  }

  private func feed(
    _ bytes: [UInt8], _ packet: SyntheticCall.Packet, to finder: inout StreamFinder, missing: Int = 0,
    over transport: CapturedDatagram.Transport = .udp
  ) {
    let datagram = CapturedDatagram(
      transport: transport, source: packet.source, destination: packet.destination, payload: 0..<bytes.count,
      missingBytes: missing)
    finder.take(datagram, payload: bytes.span, at: PacketTime(nanoseconds: packet.nanoseconds))
  }

  func call(_ change: (inout SyntheticCall.Voice) -> Void = { _ in }) -> SyntheticCall {
    var call = SyntheticCall()
    var voice = SyntheticCall.Voice(source: place(1), destination: place(2))
    change(&voice)
    call.add(Self.codes, ticks: 160, voice)
    return call
  }

  @Test func packetsInOrderAreAStream() throws {
    let finder = find(call())
    let stream = try #require(finder.streams.first)
    #expect(finder.streams.count == 1 && finder.counts.rtp == 100)
    #expect(stream.packets == 100 && stream.lost == 0 && stream.duplicates == 0 && stream.mainType == 0)
    #expect(stream.key == StreamKey(source: place(1), destination: place(2), ssrc: SSRC(rawValue: 0x1111)))
    #expect(stream.last.nanoseconds(since: stream.first) == 99 * 20_000_000)
  }

  /// The sequence numbers wrap around in the midst of it.
  @Test(arguments: [1, 2, 7, 50])
  func lossIsCountedByTheNumbers(every: Int) throws {
    let stream = try onlyStream(
      in: call { $0.isLost = { (10..<90).contains($0) && $0.isMultiple(of: every) && every > 1 } })
    #expect(stream.lost == Int64(every > 1 ? (10..<90).filter { $0.isMultiple(of: every) }.count : 0))
  }

  @Test func packetsSeenTwiceAreDuplicatesAndNoGain() throws {
    var twice = call { $0.isLost = { $0 == 30 } }
    twice.packets = twice.packets.flatMap { [$0, $0] }
    let stream = try onlyStream(in: twice)
    #expect(stream.packets == 198 && stream.duplicates == 99 && stream.lost == 1)
  }

  @Test func reorderedPacketsAreNeitherLostNorDuplicates() throws {
    var swapped = call()
    for index in stride(from: 10, to: 90, by: 4) { swapped.packets.swapAt(index, index + 1) }
    let stream = try onlyStream(in: swapped)
    #expect(stream.lost == 0 && stream.duplicates == 0)
  }

  @Test func whatHasNoOrderIsNoStream() {
    var noise = SyntheticCall()
    for (number, bytes) in Speech.random(2_000, bytes: 60).enumerated() {
      noise.add([0x80] + bytes, from: place(1), to: place(2), at: Double(number) * 0.001)
    }
    let finder = find(noise)
    #expect(finder.streams.isEmpty && finder.counts.rtp + finder.counts.rtcp > 1_000)
  }

  @Test func otherProtocolsOnTheSamePortAreCounted() {
    var others = SyntheticCall()
    let report: [UInt8] = [0x81, 201, 0, 7, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 24)
    for bytes in [report, [0, 1, 0, 0], [22, 254, 253, 0], [], [0x80], [0x80, 0, 0, 1]] as [[UInt8]] {
      others.add(bytes, from: place(1), to: place(2), at: 0)
    }
    let counts = find(others).counts
    #expect(counts.rtcp == 1 && counts.stun == 1 && counts.dtls == 1 && counts.rtp == 0)
  }

  @Test func aStreamOfCutPacketsIsFoundAndSaidToBe() throws {
    var finder = StreamFinder()
    for packet in call().packets { feed(Array(packet.bytes.prefix(14)), packet, to: &finder, missing: 158) }
    #expect(finder.streams.map(\.cutShort) == [100])
  }

  @Test func candidatesGiveWayToStreamsHoweverManyCome() {
    var finder = find(call())
    var random = SeededGenerator(seed: 8)
    for number in 0..<30_000 {
      let stray = SyntheticCall.Packet(
        nanoseconds: Int64(number), source: place(number % 250, number % 60_000), destination: place(2),
        bytes: [0x80, 0] + random.bytes(30))
      feed(stray.bytes, stray, to: &finder)
    }
    for packet in call({ $0.ssrc = 5 }).packets { feed(packet.bytes, packet, to: &finder) }
    #expect(finder.streams.map(\.key.ssrc.rawValue) == [0x1111, 5])
    #expect(finder.streams.allSatisfy { $0.packets == 100 })
  }

  static let invite = """
    INVITE sip:bob@example.com SIP/2.0\r
    Content-Type: application/sdp\r
    \r
    v=0\r
    c=IN IP4 192.0.2.1\r
    m=audio 5004 RTP/AVP 111\r
    a=rtpmap:111 opus/48000/2\r

    """

  @Test(arguments: [CapturedDatagram.Transport.udp, .tcp])
  func descriptionsInSIPAreRead(transport: CapturedDatagram.Transport) {
    var finder = StreamFinder()
    let packet = SyntheticCall.Packet(
      nanoseconds: 5, source: place(1), destination: place(2), bytes: Array(Self.invite.utf8))
    feed(packet.bytes, packet, to: &finder, over: transport)
    #expect(finder.counts.descriptions == 1 && finder.described.count == 1)
    #expect(finder.described[0].media.address == place(1) && finder.described[0].time.nanoseconds == 5)
    #expect(finder.described[0].media.formats[111]?.description == "opus/48000/2")
  }

  static let messages: [(String, Bool)] = [
    (invite, true), (invite.replacingOccurrences(of: "\r\n", with: "\n"), true),
    (invite.replacingOccurrences(of: "INVITE sip:bob@example.com SIP/2.0", with: "SIP/2.0 200 OK"), true),
    (invite.replacingOccurrences(of: "v=0", with: "--part\r\nContent-Type: application/sdp\r\n\r\nv=0"), true),
    (invite.replacingOccurrences(of: " SIP/2.0", with: " HTTP/1.1"), false),
    (invite.replacingOccurrences(of: "v=0", with: "v=1"), false),
    ("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", false), ("SIP/2.0 200 OK", false), ("v=0\r\nm=audio", false),
  ]

  @Test(arguments: messages)
  func onlyMessagesWithADescriptionCount(message: String, counts: Bool) {
    var finder = StreamFinder()
    let packet = SyntheticCall.Packet(
      nanoseconds: 0, source: place(1), destination: place(2), bytes: Array(message.utf8))
    feed(packet.bytes, packet, to: &finder)
    #expect(finder.counts.descriptions == (counts ? 1 : 0))
  }
}
