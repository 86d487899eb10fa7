import MediaBase

/// A STUN message as ICE uses it (RFC 8489, 5), read in the caller's bytes.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |0 0|     message type          |  bytes behind the header      |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                   magic cookie, 0x2112A442                    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                    transaction ID, 12 bytes                   |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  attributes: type, length, value padded to 4 bytes; and again |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// Says what stands in it; whether it is authentic is asked by `isAuthentic`. Of an attribute that stands twice the first
/// counts (RFC 8489, 14), and nothing behind MESSAGE-INTEGRITY does but FINGERPRINT. Allocates nothing; costs one pass.
public struct STUNMessage: ~Escapable {
  /// The method with its class (RFC 8489, 5), of which ICE uses these.
  public enum Kind: UInt16, Sendable, Hashable {
    /// A Binding request.
    case request = 0x0001
    /// A Binding indication.
    case indication = 0x0011
    /// A Binding success response.
    case success = 0x0101
    /// A Binding error response.
    case failure = 0x0111
  }

  /// Which role the sender takes (RFC 8445, 7.1.3), with its tie-breaker.
  public enum Role: Sendable, Hashable {
    case controlling(UInt64)
    case controlled(UInt64)
  }

  /// Attribute types (RFC 8489, 18.3; RFC 8445, 20.1). Those below 0x8000 have to be understood.
  enum Attribute {
    static let username: UInt16 = 0x0006, messageIntegrity: UInt16 = 0x0008, errorCode: UInt16 = 0x0009
    static let unknownAttributes: UInt16 = 0x000a, xorMappedAddress: UInt16 = 0x0020, priority: UInt16 = 0x0024
    static let useCandidate: UInt16 = 0x0025
    static let fingerprint: UInt16 = 0x8028, controlled: UInt16 = 0x8029, controlling: UInt16 = 0x802a
    /// The first type that may be passed over.
    static let firstOptional: UInt16 = 0x8000
  }

  /// The header's bytes, and the cookie that stands in it.
  public static let headerBytes = 20
  static let cookie: UInt32 = 0x2112_a442
  /// The most bytes of USERNAME (RFC 8489, 14.3).
  static let longestUsername = 508

  /// What it is.
  public let kind: Kind
  /// PRIORITY (RFC 8445, 7.1.1).
  public private(set) var priority: UInt32?
  /// USE-CANDIDATE (RFC 8445, 7.1.2).
  public private(set) var nominates = false
  /// ICE-CONTROLLING or ICE-CONTROLLED.
  public private(set) var role: Role?
  /// XOR-MAPPED-ADDRESS (RFC 8489, 14.2).
  public private(set) var mappedAddress: TransportAddress?
  /// The number of ERROR-CODE (RFC 8489, 14.8).
  public private(set) var errorCode: Int?
  /// The first attribute that has to be understood and is not.
  public private(set) var unknownAttribute: UInt16?

  private let bytes: Span<UInt8>
  private var usernameRange: Range<Int>?
  /// Where MESSAGE-INTEGRITY stands.
  private var integrityOffset: Int?

  /// Reads a whole datagram.
  @_lifetime(copy datagram)
  public init(_ datagram: Span<UInt8>) throws(STUNError) {
    bytes = datagram
    var reader = ByteReader(datagram)
    guard let type = reader.readUInt16(), let length = reader.readUInt16(), let cookie = reader.readUInt32(),
      reader.skip(12)
    else { throw .truncated }
    guard cookie == Self.cookie else { throw .wrongCookie }
    guard Int(length) == reader.remaining, length % 4 == 0 else { throw .wrongLength }
    guard let kind = Kind(rawValue: type) else { throw .wrongType(type) }
    self.kind = kind
    while reader.remaining > 0 { try readAttribute(&reader) }
  }

  private mutating func readAttribute(_ reader: inout ByteReader) throws(STUNError) {
    let start = reader.position
    guard let type = reader.readUInt16(), let length = reader.readUInt16(), let value = reader.readBytes(Int(length)),
      reader.skip((4 - Int(length) % 4) % 4)
    else { throw .truncated }
    if type == Attribute.fingerprint {
      guard reader.remaining == 0, length == 4 else { throw .wrongFingerprint }
      return try checkFingerprint(value, at: start)
    }
    guard integrityOffset == nil else { return }
    try take(type, value, at: start)
  }

  private mutating func take(_ type: UInt16, _ value: Span<UInt8>, at start: Int) throws(STUNError) {
    var reader = ByteReader(value)
    switch type {
    case Attribute.username:
      guard value.count <= Self.longestUsername else { throw .wrongAttribute(type) }
      if usernameRange == nil { usernameRange = start + 4..<start + 4 + value.count }
    case Attribute.messageIntegrity:
      guard value.count == HMACSHA1.byteCount else { throw .wrongAttribute(type) }
      integrityOffset = start
    case Attribute.priority:
      guard value.count == 4, let number = reader.readUInt32() else { throw .wrongAttribute(type) }
      priority = priority ?? number
    case Attribute.useCandidate:
      nominates = true
    case Attribute.controlling, Attribute.controlled:
      guard value.count == 8, let number = reader.readUInt64() else { throw .wrongAttribute(type) }
      role = role ?? (type == Attribute.controlling ? .controlling(number) : .controlled(number))
    case Attribute.xorMappedAddress:
      if mappedAddress == nil { mappedAddress = try readAddress(value) }
    case Attribute.errorCode:
      guard value.count >= 4 else { throw .wrongAttribute(type) }
      errorCode = errorCode ?? Int(value[2] & 7) * 100 + Int(value[3])
    default:
      if type < Attribute.firstOptional, unknownAttribute == nil { unknownAttribute = type }
    }
  }

  /// RFC 8489, 14.2: the port is masked by the cookie, an IPv4 address too, an IPv6 address by cookie and transaction.
  private func readAddress(_ value: Span<UInt8>) throws(STUNError) -> TransportAddress {
    var reader = ByteReader(value)
    guard reader.skip(1), let family = reader.readUInt8(), let port = reader.readUInt16() else {
      throw .wrongAttribute(Attribute.xorMappedAddress)
    }
    let mask = STUNAddressMask(transaction: bytes.extracting(8..<20))
    switch (family, reader.remaining) {
    case (1, 4):
      let address = reader.readUInt32() ?? 0
      return TransportAddress(ipv4: address ^ Self.cookie, port: port ^ mask.port)
    case (2, 16):
      let high = reader.readUInt64() ?? 0, low = reader.readUInt64() ?? 0
      return TransportAddress(high: high ^ mask.high, low: low ^ mask.low, port: port ^ mask.port)
    default: throw .wrongAttribute(Attribute.xorMappedAddress)
    }
  }

  /// RFC 8489, 14.7: CRC-32 of all before it, masked.
  private func checkFingerprint(_ value: Span<UInt8>, at start: Int) throws(STUNError) {
    var reader = ByteReader(value)
    guard reader.readUInt32() == STUNFingerprint.value(of: bytes.extracting(0..<start)) else {
      throw .wrongFingerprint
    }
  }

  /// The 12 bytes that tie an answer to a request.
  public var transaction: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(8..<20) }
  }

  /// USERNAME: for a check the receiver's fragment, a colon, and the sender's (RFC 8445, 7.2.2). Empty where there is none.
  public var username: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(usernameRange ?? 0..<0) }
  }

  /// Whether it has MESSAGE-INTEGRITY.
  public var hasIntegrity: Bool { integrityOffset != nil }

  /// Whether MESSAGE-INTEGRITY is there and the key's (RFC 8489, 14.5): over all before it, under a header whose length
  /// ends with it.
  public func isAuthentic(by key: HMACSHA1) -> Bool {
    guard let integrityOffset else { return false }
    let length = UInt16(truncatingIfNeeded: integrityOffset + 4 + HMACSHA1.byteCount - Self.headerBytes)
    let front: [4 of UInt8] = [bytes[0], bytes[1], UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
    let code = key.code(of: front.span, bytes.extracting(4..<integrityOffset))
    let start = integrityOffset + 4
    return isSameCode(code.span, bytes.extracting(start..<start + HMACSHA1.byteCount))
  }
}

/// What an address is masked with, so that no NAT on the way rewrites it (RFC 8489, 14.2).
struct STUNAddressMask {
  let port = UInt16(truncatingIfNeeded: STUNMessage.cookie >> 16)
  let high: UInt64
  let low: UInt64

  init(transaction: Span<UInt8>) {
    var reader = ByteReader(transaction)
    let first = reader.readUInt32() ?? 0
    high = UInt64(STUNMessage.cookie) << 32 | UInt64(first)
    low = reader.readUInt64() ?? 0
  }
}
