import MediaBase

/// A UDP datagram, or a segment of TCP, found in a captured frame: who sent it to whom, and where its payload lies.
///
///     link │ IPv4: version, length, fragment, protocol, addresses │ UDP: ports, length, checksum │ payload
///          │ IPv6: version, length, next header, addresses, extension headers │ TCP: ports …     │
///
/// Checksums are not looked at: network cards fill them in behind the capture's back. A plain value of fixed size that holds
/// no bytes; finding it costs some nanoseconds and allocates nothing.
public struct CapturedDatagram: Sendable, Hashable {
  /// How it was sent.
  public enum Transport: Sendable, Hashable {
    case udp, tcp
  }

  /// How it was sent.
  public var transport: Transport
  /// From where.
  public var source: TransportAddress
  /// To where.
  public var destination: TransportAddress
  /// Where in the frame its payload lies, as far as it was captured; may be empty.
  public var payload: Range<Int>
  /// Bytes of payload that were sent, but not captured: whoever captured kept the front of each packet only.
  public var missingBytes: Int

  /// One with these fields.
  public init(
    transport: Transport, source: TransportAddress, destination: TransportAddress, payload: Range<Int>,
    missingBytes: Int
  ) {
    self.transport = transport
    self.source = source
    self.destination = destination
    self.payload = payload
    self.missingBytes = missingBytes
  }

  /// What a frame holds.
  public enum Finding: Sendable, Hashable {
    /// A whole datagram or segment.
    case datagram(CapturedDatagram)
    /// A part of an IP packet; parts are not put together.
    case fragment
    /// Something else: another protocol than IP, or neither UDP nor TCP.
    case other
    /// It ends before its headers do, or they contradict one another.
    case malformed
  }

  /// Looks into a frame of that link type.
  public static func find(in frame: Span<UInt8>, link: LinkType) -> Finding {
    var reader = ByteReader(frame)
    guard let isIP = link.skipHeader(&reader) else { return .malformed }
    guard isIP else { return .other }
    let start = reader.position
    guard let first = reader.readUInt8() else { return .malformed }
    switch first >> 4 {
    case 4: return findInIPv4(&reader, start: start, first: first)
    case 6: return findInIPv6(&reader, start: start)
    default: return .malformed
    }
  }

  // MARK: IPv4

  /// RFC 791, 3.1.
  private static func findInIPv4(_ reader: inout ByteReader, start: Int, first: UInt8) -> Finding {
    guard reader.skip(1), let total = reader.readUInt16(), reader.skip(2), let fragment = reader.readUInt16(),
      reader.skip(1), let number = reader.readUInt8(), reader.skip(2), let source = reader.readUInt32(),
      let destination = reader.readUInt32()
    else { return .malformed }
    let header = Int(first & 0xf) * 4
    // A card that cuts TCP into packets itself (TSO) leaves the length at 0.
    let length = total == 0 ? reader.position - start + reader.remaining : Int(total)
    guard header >= 20, length >= header, reader.skip(header - 20) else { return .malformed }
    // "More fragments", or an offset: RFC 791, 3.1.
    guard fragment & 0x3fff == 0 else { return .fragment }
    let addresses = Addresses(
      source: TransportAddress(ipv4: source, port: 0), destination: TransportAddress(ipv4: destination, port: 0))
    return findTransport(&reader, protocolNumber: number, addresses, length: length - header)
  }

  // MARK: IPv6

  /// RFC 8200, 3 and 4.
  private static func findInIPv6(_ reader: inout ByteReader, start: Int) -> Finding {
    guard reader.skip(3), let payload = reader.readUInt16(), let next = reader.readUInt8(), reader.skip(1),
      let sourceHigh = reader.readUInt64(), let sourceLow = reader.readUInt64(),
      let destinationHigh = reader.readUInt64(), let destinationLow = reader.readUInt64()
    else { return .malformed }
    let addresses = Addresses(
      source: TransportAddress(high: sourceHigh, low: sourceLow, port: 0),
      destination: TransportAddress(high: destinationHigh, low: destinationLow, port: 0))
    let end = reader.position + (payload == 0 ? reader.remaining : Int(payload))
    var number = next
    // RFC 8200, 4.1 has six at the most.
    for _ in 0..<8 {
      switch number {
      case 0, 43, 60:
        guard let following = reader.readUInt8(), let words = reader.readUInt8(), reader.skip(Int(words) * 8 + 6)
        else { return .malformed }
        number = following
      case 44:
        guard let following = reader.readUInt8(), reader.skip(1), let offset = reader.readUInt16(), reader.skip(4)
        else { return .malformed }
        // RFC 8200, 4.5: an offset, or "more fragments"; a fragment that is the whole packet has neither.
        guard offset & 0xfff9 == 0 else { return .fragment }
        number = following
      default:
        return findTransport(&reader, protocolNumber: number, addresses, length: end - reader.position)
      }
    }
    return .malformed
  }

  // MARK: UDP and TCP

  private struct Addresses {
    var source: TransportAddress
    var destination: TransportAddress
  }

  /// - Parameter length: bytes of the IP packet from here on, whether captured or not.
  private static func findTransport(
    _ reader: inout ByteReader, protocolNumber: UInt8, _ addresses: Addresses, length: Int
  ) -> Finding {
    guard protocolNumber == 17 || protocolNumber == 6 else { return .other }
    guard let sourcePort = reader.readUInt16(), let destinationPort = reader.readUInt16() else { return .malformed }
    let transport: Transport = protocolNumber == 17 ? .udp : .tcp
    guard let bytes = transport == .udp ? udpPayload(&reader, length: length) : tcpPayload(&reader, length: length)
    else { return .malformed }
    let captured = min(bytes, reader.remaining)
    return .datagram(
      CapturedDatagram(
        transport: transport, source: addresses.source.withPort(sourcePort),
        destination: addresses.destination.withPort(destinationPort),
        payload: reader.position..<reader.position + captured, missingBytes: bytes - captured))
  }

  /// RFC 768: how many bytes of payload follow, and the reader before them.
  private static func udpPayload(_ reader: inout ByteReader, length: Int) -> Int? {
    guard let udpLength = reader.readUInt16(), reader.skip(2) else { return nil }
    guard udpLength >= 8, Int(udpLength) <= length else { return nil }
    return Int(udpLength) - 8
  }

  /// RFC 9293, 3.1.
  private static func tcpPayload(_ reader: inout ByteReader, length: Int) -> Int? {
    guard reader.skip(8), let offset = reader.readUInt8(), reader.skip(7) else { return nil }
    let header = Int(offset >> 4) * 4
    guard header >= 20, header <= length, reader.skip(header - 20) else { return nil }
    return length - header
  }
}
