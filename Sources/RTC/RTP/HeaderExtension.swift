import MediaBase

/// An element of a packet's header extension: its number by the signalling's `a=extmap`, and where its data lie.
public struct HeaderExtensionElement: Hashable, Sendable {
  /// 1 to 14 in the one-byte form, 1 to 255 in the two-byte form.
  public let id: Int
  /// Where its data lie in the packet; may be empty in the two-byte form.
  public let data: Range<Int>
}

/// Reads the elements of a packet's header extension one after another (RFC 8285, 4.2 and 4.3).
///
///     one-byte form, profile 0xBEDE         two-byte form, profile 0x100x
///      0 1 2 3 4 5 6 7                       0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
///     +-+-+-+-+-+-+-+-+---- length + 1      +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+---- length
///     |  id   |length | data                |      id       |    length     | data
///     +-+-+-+-+-+-+-+-+----                 +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+----
///
/// Bytes of 0 between elements are padding. An element that goes beyond the end, or breaks the form, ends the reading:
/// what came before it holds, and the packet too, for extensions may be ignored. Other profiles have no elements.
public struct HeaderExtensionReader: ~Escapable {
  /// The profile of the one-byte form.
  public static let oneByteProfile: UInt16 = 0xbede

  private let packet: Span<UInt8>
  private let profile: UInt16
  private var position: Int
  private let end: Int

  /// Reads the elements of the packet that `header` was parsed from.
  @_lifetime(copy packet)
  public init(_ header: RTPHeader, of packet: Span<UInt8>) {
    precondition(header.extensionElements.upperBound <= packet.count, "the header belongs to another packet")
    self.packet = packet
    profile = header.extensionProfile
    position = header.extensionElements.lowerBound
    end = header.extensionElements.upperBound
  }

  /// The next element; `nil` at the end.
  @_lifetime(self: copy self)
  public mutating func next() -> HeaderExtensionElement? {
    while position < end, packet[position] == 0 { position += 1 }
    guard position < end else { return nil }
    let element = profile == Self.oneByteProfile ? readOneByteForm() : readTwoByteForm()
    // Behind an end or a fault nothing is read, at a second call either.
    position = element?.data.upperBound ?? end
    return element
  }

  private func readOneByteForm() -> HeaderExtensionElement? {
    let id = Int(packet[position] >> 4)
    // RFC 8285, 4.2: number 15 ends the reading, and so does number 0 with a length.
    guard id != 0, id != 15 else { return nil }
    return element(id, start: position + 1, count: Int(packet[position] & 0x0f) + 1)
  }

  private func readTwoByteForm() -> HeaderExtensionElement? {
    // RFC 8285, 4.3: the last four bits are the application's.
    guard profile & 0xfff0 == 0x1000, position + 1 < end else { return nil }
    return element(Int(packet[position]), start: position + 2, count: Int(packet[position + 1]))
  }

  private func element(_ id: Int, start: Int, count: Int) -> HeaderExtensionElement? {
    start + count <= end ? HeaderExtensionElement(id: id, data: start..<start + count) : nil
  }
}
