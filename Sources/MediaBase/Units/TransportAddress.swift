/// An IP address and a port, together where packets are sent to or come from (RFC 8445, 4: "transport address").
///
/// IPv4 is held as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), so that both compare and hash as 18 bytes. Costs
/// no allocation; text is read and written by `init(_:port:)` and `description`.
public struct TransportAddress: Hashable, Sendable {
  /// The address's first and last eight bytes, as numbers whose highest byte comes first on the wire.
  public let high: UInt64, low: UInt64
  /// The port, 0 to 65,535.
  public let port: UInt16

  /// An IPv6 address, or an IPv4-mapped one.
  public init(high: UInt64, low: UInt64, port: UInt16) {
    self.high = high
    self.low = low
    self.port = port
  }

  /// An IPv4 address, highest byte first: 127.0.0.1 is 0x7f00_0001.
  public init(ipv4: UInt32, port: UInt16) {
    self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4), port: port)
  }

  /// No address in particular: 0.0.0.0, port 0.
  public static let unspecified = TransportAddress(ipv4: 0, port: 0)

  /// The IPv4 address, where it is one.
  public var ipv4: UInt32? {
    high == 0 && low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: low) : nil
  }

  /// The same address with another port.
  public func withPort(_ port: UInt16) -> TransportAddress {
    TransportAddress(high: high, low: low, port: port)
  }

  /// An address written as text, IPv4 dotted or IPv6 without brackets; `nil` where it is neither.
  public init?(_ text: some StringProtocol, port: UInt16) {
    if let ipv4 = Self.parseIPv4(Substring(text)) {
      self.init(ipv4: ipv4, port: port)
    } else if let (high, low) = Self.parseIPv6(Substring(text)) {
      self.init(high: high, low: low, port: port)
    } else {
      return nil
    }
  }

  private static func parseIPv4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      // More digits could mean octal to one reader and decimal to another.
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part.utf8.count == 1 || part.utf8.first != 0x30, let byte = UInt8(part)
      else { return nil }
      address = address << 8 | UInt32(byte)
    }
    return address
  }

  private static func parseIPv6(_ text: Substring) -> (high: UInt64, low: UInt64)? {
    guard text.utf8.count <= 45 else { return nil }
    // The end may be written as IPv4 (RFC 4291, 2.2.3).
    var text = text
    if let colon = text.lastIndex(of: ":"), text[colon...].contains(".") {
      guard let ipv4 = parseIPv4(text[text.index(after: colon)...]) else { return nil }
      text = text[...colon] + String(ipv4 >> 16, radix: 16) + ":" + String(ipv4 & 0xffff, radix: 16)
    }
    guard let groups = expandGroups(text) else { return nil }
    let numbers = groups.map { UInt64($0) }
    return (
      numbers[0] << 48 | numbers[1] << 32 | numbers[2] << 16 | numbers[3],
      numbers[4] << 48 | numbers[5] << 32 | numbers[6] << 16 | numbers[7]
    )
  }

  /// Eight groups of 16 bits, with `::` filled by zeros.
  private static func expandGroups(_ text: Substring) -> [UInt16]? {
    func groups(_ part: Substring) -> [UInt16]? {
      if part.isEmpty { return [] }
      var result: [UInt16] = []
      for group in part.split(separator: ":", omittingEmptySubsequences: false) {
        guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
          let number = UInt16(group, radix: 16)
        else { return nil }
        result.append(number)
      }
      return result
    }
    var gap: (before: Substring, after: Substring)?
    var index = text.startIndex
    while index < text.endIndex, text.index(after: index) < text.endIndex {
      if text[index] == ":" && text[text.index(after: index)] == ":" {
        guard gap == nil else { return nil }
        gap = (text[..<index], text[text.index(index, offsetBy: 2)...])
        index = text.index(after: index)
      }
      index = text.index(after: index)
    }
    guard let gap else {
      guard let all = groups(text), all.count == 8 else { return nil }
      return all
    }
    guard let before = groups(gap.before), let after = groups(gap.after), before.count + after.count < 8
    else { return nil }
    return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
  }
}

extension TransportAddress: CustomStringConvertible {
  /// The address alone: dotted, or in the form of RFC 5952.
  public var addressText: String {
    if let ipv4 {
      return [24, 16, 8, 0].map { String(ipv4 >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
    let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xffff } }
    // RFC 5952, 4.2: the first of the longest runs of two or more zero groups is left out.
    var longest = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count && groups[end] == 0 { end += 1 }
      if end - start > max(longest.count, 1) { longest = start..<end }
      start = max(end, start + 1)
    }
    let text = { (part: ArraySlice<UInt64>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
    if longest.isEmpty { return text(groups[...]) }
    return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
  }

  /// `192.0.2.1:5004` or `[2001:db8::1]:5004`.
  public var description: String {
    ipv4 == nil ? "[\(addressText)]:\(port)" : "\(addressText):\(port)"
  }
}
