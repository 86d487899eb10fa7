import MediaBase

/// The IP and UDP headers that a datagram travelled with, made anew from what is known of it: its addresses and payload.
///
///     IPv4, 20 bytes (RFC 791, 3.1)  or  IPv6, 40 bytes (RFC 8200, 3)  │  UDP, 8 bytes (RFC 768)
///
/// What is not known has a usual value: a time to live of 64, no type of service, no options. A value, made for each packet
/// of a capture.
struct DatagramHeader {
  /// Both headers, checksums filled in.
  let bytes: [UInt8]

  private static let hopLimit: UInt8 = 64
  private static let udpNumber: UInt8 = 17
  private static let udpBytes = 8

  init(from source: TransportAddress, to destination: TransportAddress, payload: Span<UInt8>) {
    let length = Self.udpBytes + payload.count
    if let from = source.ipv4, let to = destination.ipv4 {
      bytes =
        Self.ipv4(from: from, to: to, length: length)
        + Self.udp(from: source, to: destination, addresses: [UInt64(from), UInt64(to)], payload: payload)
    } else {
      let addresses = [source.high, source.low, destination.high, destination.low]
      bytes =
        Self.ipv6(addresses, length: length)
        + Self.udp(from: source, to: destination, addresses: addresses, payload: payload)
    }
  }

  private static func ipv4(from source: UInt32, to destination: UInt32, length: Int) -> [UInt8] {
    var header: [UInt8] = [0x45, 0]
    header.append(bigEndian: UInt16(20 + length))
    // Identification 0, not to be fragmented (RFC 6864, 4.1).
    header += [0, 0, 0x40, 0, hopLimit, udpNumber, 0, 0]
    header.append(bigEndian: source)
    header.append(bigEndian: destination)
    var sum = InternetChecksum()
    sum.add(header.span)
    header.replaceSubrange(10..<12, with: [UInt8(sum.value >> 8), UInt8(truncatingIfNeeded: sum.value)])
    return header
  }

  private static func ipv6(_ addresses: [UInt64], length: Int) -> [UInt8] {
    var header: [UInt8] = [0x60, 0, 0, 0]
    header.append(bigEndian: UInt16(length))
    header += [udpNumber, hopLimit]
    for half in addresses { header.append(bigEndian: half) }
    return header
  }

  private static func udp(
    from source: TransportAddress, to destination: TransportAddress, addresses: [UInt64], payload: Span<UInt8>
  ) -> [UInt8] {
    let length = udpBytes + payload.count
    var header: [UInt8] = []
    header.append(bigEndian: source.port)
    header.append(bigEndian: destination.port)
    header.append(bigEndian: UInt16(length))
    // The pseudo header: addresses, protocol, length (RFC 768; RFC 8200, 8.1).
    var sum = InternetChecksum()
    for address in addresses { sum.add(address) }
    sum.add(UInt64(udpNumber))
    sum.add(UInt64(length))
    sum.add(header.span)
    sum.add(payload)
    // 0 would say that there is none.
    header.append(bigEndian: sum.value == 0 ? 0xffff : sum.value)
    return header
  }
}

/// The checksum of IP and UDP: the complement of the ones' complement sum of all 16-bit words (RFC 1071).
private struct InternetChecksum {
  private var sum: UInt64 = 0

  /// Adds bytes, an odd one at the end as if a 0 followed.
  mutating func add(_ bytes: Span<UInt8>) {
    var index = 0
    while index + 1 < bytes.count {
      sum += UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
      index += 2
    }
    if index < bytes.count { sum += UInt64(bytes[index]) << 8 }
  }

  /// Adds a number of up to 64 bits, as its four words.
  mutating func add(_ number: UInt64) {
    for shift in [UInt64(48), 32, 16, 0] { sum += number >> shift & 0xffff }
  }

  var value: UInt16 {
    var folded = sum
    while folded > 0xffff { folded = folded >> 16 + folded & 0xffff }
    return ~UInt16(folded)
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian number: some FixedWidthInteger & UnsignedInteger) {
    for byte in (0..<number.bitWidth / 8).reversed() { append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }
}
