import MediaBase

/// How loud the voice in a packet is, as its sender says in the header extension (RFC 6464, client to mixer).
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |V|    level    |
///     +-+-+-+-+-+-+-+-+
///
/// Lets the bridge choose talkers before it decodes. It comes from the other side and may be a lie: it is held against the
/// decoded level. A value.
public struct AudioLevel: Hashable, Sendable {
  /// The level under the overload point of a digital system, in −dBov: 0 is the loudest, 127 silence.
  public let belowOverload: Int
  /// Whether the sender takes it for voice; without its voice detector, always false.
  public let isVoice: Bool

  /// A level of 0 to 127 −dBov.
  public init(belowOverload: Int, isVoice: Bool) {
    precondition((0...127).contains(belowOverload), "there is no level of \(belowOverload) -dBov")
    self.belowOverload = belowOverload
    self.isVoice = isVoice
  }

  /// The nearest level there is to one in dBov (rms; 0 dBov is a full-scale square wave's); what is no number is silence.
  public init(dBov level: Decibels, isVoice: Bool) {
    let below = -level.value.rounded()
    self.init(belowOverload: below.isNaN ? 127 : Int(max(0, min(127, below))), isVoice: isVoice)
  }

  /// The level in dBov: 0 to −127.
  public var dBov: Decibels { Decibels(-Double(belowOverload)) }

  /// What a packet says of itself under the number `id`; `nil` where it says nothing.
  public init?(id: Int, header: RTPHeader, packet: Span<UInt8>) {
    guard !header.extensionElements.isEmpty else { return nil }
    var elements = HeaderExtensionReader(header, of: packet)
    while let element = elements.next() {
      // RFC 6464, 3: one byte, in either form; an element of another length is none.
      guard element.id == id, element.data.count == 1 else { continue }
      self.init(byte: packet[element.data.lowerBound])
      return
    }
    return nil
  }

  /// From the element's data.
  init(byte: UInt8) {
    belowOverload = Int(byte & 0x7f)
    isVoice = byte & 0x80 != 0
  }

  /// The element's data.
  var byte: UInt8 { UInt8(belowOverload) | (isVoice ? 0x80 : 0) }
}
