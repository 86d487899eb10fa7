import MediaBase
import MediaFiles
import Testing

/// What is found in a frame.
@Suite struct CapturedDatagramTests {
  static let payload = Array("voice".utf8)
  static let packet = Frames.ipv4(Frames.udp(payload))

  func find(_ frame: [UInt8], _ link: LinkType = .rawIP) -> CapturedDatagram.Finding {
    CapturedDatagram.find(in: frame.span, link: link)
  }

  func payload(of frame: [UInt8], _ link: LinkType = .rawIP) -> [UInt8]? {
    guard case .datagram(let found) = find(frame, link) else { return nil }
    return Array(frame[found.payload])
  }

  static let links: [(LinkType, [UInt8])] = [
    (.rawIP, packet), (.ethernet, Frames.ethernet(packet)),
    (.ethernet, Frames.ethernet(packet, tags: [0x8100])),
    (.ethernet, Frames.ethernet(packet, tags: [0x88a8, 0x8100])),
    (.linuxCooked, [UInt8](repeating: 0, count: 14) + [8, 0] + packet),
    (.linuxCooked2, [8, 0] + [UInt8](repeating: 0, count: 18) + packet),
    (.linuxCooked2, [0x81, 0] + [UInt8](repeating: 0, count: 18) + [0, 42, 8, 0] + packet),
    (.loopback, [2, 0, 0, 0] + packet), (.loopback, [0, 0, 0, 2] + packet),
  ]

  @Test(arguments: links)
  func aDatagramIsFoundBehindEveryLinkHeader(link: LinkType, frame: [UInt8]) {
    #expect(payload(of: frame, link) == Self.payload)
    guard case .datagram(let found) = find(frame, link) else { return }
    #expect(found.source == Frames.source && found.destination == Frames.destination)
    #expect(found.transport == .udp && found.missingBytes == 0)
  }

  @Test func ipv6AndItsExtensionHeadersArePassed() {
    let udp = Frames.udp(Self.payload)
    #expect(payload(of: Frames.ipv6(udp)) == Self.payload)
    // Hop-by-hop options, destination options, and a fragment header of a packet that is whole.
    let extended = [60, 0, 1, 4, 0, 0, 0, 0] + [44, 1] + [UInt8](repeating: 0, count: 14)
    #expect(payload(of: Frames.ipv6(extended + [17, 0, 0, 0, 0, 0, 0, 1] + udp, next: 0)) == Self.payload)
    guard case .datagram(let found) = find(Frames.ipv6(udp)) else { return }
    #expect(found.source == Frames.source6 && found.destination == Frames.destination6)
  }

  @Test func tcpIsFoundBehindItsOptions() {
    for offset in [5, 8, 15] {
      #expect(payload(of: Frames.ipv4(Frames.tcp(Self.payload, offset: offset), protocolNumber: 6)) == Self.payload)
    }
    #expect(find(Frames.ipv4(Frames.tcp(Self.payload, offset: 4), protocolNumber: 6)) == .malformed)
  }

  /// Ethernet fills short frames up; IP says how long its packet is.
  @Test func whatFollowsThePacketIsNoPayload() {
    #expect(payload(of: Self.packet + [9, 9, 9, 9]) == Self.payload)
    #expect(payload(of: Frames.ipv4(Frames.udp(Self.payload, length: 10) + [0])) == Array("vo".utf8))
  }

  @Test func optionsAndEmptyPayloadsArePossible() {
    #expect(payload(of: Frames.ipv4(Frames.udp(Self.payload), options: 3)) == Self.payload)
    #expect(payload(of: Frames.ipv4(Frames.udp([]))) == [])
  }

  @Test func fragmentsAreToldFromWholePackets() {
    let udp = Frames.udp(Self.payload)
    #expect(find(Frames.ipv4(udp, fragment: 0x2000)) == .fragment)
    #expect(find(Frames.ipv4(udp, fragment: 185)) == .fragment)
    #expect(payload(of: Frames.ipv4(udp, fragment: 0x4000)) == Self.payload)
    #expect(find(Frames.ipv6([17, 0, 0, 1, 0, 0, 0, 1] + udp, next: 44)) == .fragment)
  }

  @Test func otherProtocolsAreLeft() {
    #expect(find(Frames.ethernet(Self.packet, type: 0x0806), .ethernet) == .other)
    #expect(find(Frames.ipv4(Frames.udp(Self.payload), protocolNumber: 1)) == .other)
    #expect(find([7, 0, 0, 0] + Self.packet, .loopback) == .other)
    #expect(find(Frames.ethernet(Self.packet, tags: Array(repeating: 0x8100, count: 9)), .ethernet) == .other)
  }

  @Test func headersThatContradictOneAnotherAreMalformed() {
    let udp = Frames.udp(Self.payload)
    #expect(find([]) == .malformed)
    #expect(find([0x50] + Self.packet.dropFirst()) == .malformed)
    #expect(find(Frames.ipv4(udp, total: 19)) == .malformed)
    #expect(find([0x44] + Self.packet.dropFirst()) == .malformed)
    #expect(find(Frames.ipv4(Frames.udp(Self.payload, length: 7))) == .malformed)
    #expect(find(Frames.ipv4(Frames.udp(Self.payload, length: 99))) == .malformed)
    #expect(find(Frames.ipv6(Array(repeating: 0, count: 8 * 20), next: 0)) == .malformed)
  }

  /// A capture keeps as much of a frame as it was told to.
  @Test(arguments: links)
  func everyCutOfAFrameIsMalformedOrSaysWhatIsMissing(link: LinkType, frame: [UInt8]) {
    for count in 0..<frame.count {
      let cut = Array(frame[..<count])
      switch find(cut, link) {
      case .datagram(let found):
        #expect(found.payload.upperBound <= count)
        #expect(found.missingBytes == frame.count - count)
      case .malformed: #expect(count < frame.count - Self.payload.count)
      case .fragment, .other: Issue.record("\(count) bytes of \(link) were taken for something else")
      }
    }
  }
}
