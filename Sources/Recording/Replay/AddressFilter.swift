import MediaBase

/// One end of the streams that are wanted: an address, with or without a port, or any.
///
///     192.0.2.1   192.0.2.1:5004   2001:db8::1   [2001:db8::1]:5004   any
public struct AddressFilter: Sendable, Hashable {
  /// The address; `nil` for any.
  let address: TransportAddress?
  /// Whether the port counts too.
  let hasPort: Bool

  /// Reads one; `nil` where it is none.
  public init?(_ text: String) {
    if text == "any" {
      (address, hasPort) = (nil, false)
    } else if let address = TransportAddress(text, port: 0) {
      (self.address, hasPort) = (address, false)
    } else if text.hasPrefix("["), text.hasSuffix("]"),
      let address = TransportAddress(text.dropFirst().dropLast(), port: 0)
    {
      (self.address, hasPort) = (address, false)
    } else {
      guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
        return nil
      }
      var host = text[..<colon]
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
      guard let address = TransportAddress(host, port: port) else { return nil }
      (self.address, hasPort) = (address, true)
    }
  }

  /// An address and all its ports, or one of them.
  init(_ address: TransportAddress, hasPort: Bool) {
    (self.address, self.hasPort) = (address, hasPort)
  }

  /// Whether an end of a stream is meant.
  func matches(_ other: TransportAddress) -> Bool {
    guard let address else { return true }
    return hasPort ? other == address : other.withPort(0) == address.withPort(0)
  }

  /// As it is written.
  var text: String {
    guard let address else { return "any" }
    return hasPort ? address.description : address.addressText
  }
}
