import MediaBase

/// What a captured frame begins with, before IP: the link types that calls are captured on.
///
/// libpcap hands a file's link type out by the numbers of its own `DLT_` constants, which is what `init` reads. A value.
public enum LinkType: Sendable, Hashable, CaseIterable {
  /// Six bytes of destination, six of source, then an EtherType, with or without VLAN tags (IEEE 802.1Q).
  case ethernet
  /// Linux "cooked": 16 bytes whose last two are the EtherType. What `tcpdump -i any` wrote until 2020.
  case linuxCooked
  /// Its second version: 20 bytes whose first two are the EtherType.
  case linuxCooked2
  /// IP, version 4 or 6, with nothing before it: tunnels, and captures of Partyline's own.
  case rawIP
  /// BSD's loopback: four bytes of address family, in the byte order of whoever captured.
  case loopback

  /// The type that libpcap gave a number to; `nil` for those that we do not read.
  init?(dlt: Int32) {
    switch dlt {
    case 1: self = .ethernet
    case 113: self = .linuxCooked
    case 276: self = .linuxCooked2
    // DLT_RAW, its numbers elsewhere, DLT_IPV4 and DLT_IPV6.
    case 12, 14, 101, 228, 229: self = .rawIP
    case 0, 108: self = .loopback
    default: return nil
    }
  }

  /// Those that are read, for people.
  static let known = "Ethernet, Linux cooked, raw IP and loopback"

  /// Passes over what stands before IP; whether it is IP that follows, or `nil` where the frame ends before.
  func skipHeader(_ frame: inout ByteReader) -> Bool? {
    switch self {
    case .rawIP: return true
    case .loopback:
      // AF_INET is 2 everywhere; AF_INET6 is 10, 24, 28 or 30. Either way one byte of four is not 0, and the IP version
      // behind it says which it is.
      guard let family = frame.readUInt32() else { return nil }
      return [2, 10, 24, 28, 30].contains(family) || [2, 10, 24, 28, 30].contains(family.byteSwapped)
    case .ethernet: return frame.skip(12) ? Self.skipEtherType(&frame) : nil
    case .linuxCooked: return frame.skip(14) ? Self.skipEtherType(&frame) : nil
    case .linuxCooked2:
      guard let type = frame.readUInt16(), frame.skip(18) else { return nil }
      return Self.isTag(type) ? skipTag(&frame) : Self.isIP(type)
    }
  }

  private func skipTag(_ frame: inout ByteReader) -> Bool? {
    frame.skip(2) ? Self.skipEtherType(&frame) : nil
  }

  /// Reads an EtherType, and whatever VLAN tags come before the last one: four bytes each, two of them the next type.
  private static func skipEtherType(_ frame: inout ByteReader) -> Bool? {
    for _ in 0...4 {
      guard let type = frame.readUInt16() else { return nil }
      guard isTag(type) else { return isIP(type) }
      guard frame.skip(2) else { return nil }
    }
    return false
  }

  /// IEEE 802.1Q, 802.1ad, and the number that came before it.
  private static func isTag(_ type: UInt16) -> Bool { type == 0x8100 || type == 0x88a8 || type == 0x9100 }

  private static func isIP(_ type: UInt16) -> Bool { type == 0x0800 || type == 0x86dd }
}
