import MediaBase

/// Writes a STUN message into the caller's bytes: header, attributes in the order of the calls, and at the end
/// MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489, 14). Allocates nothing.
public struct STUNWriter: ~Copyable, ~Escapable {
  private var writer: ByteWriter
  private let mask: STUNAddressMask

  /// Begins a message of that kind, at the front of `bytes`.
  @_lifetime(copy bytes)
  public init(_ kind: STUNMessage.Kind, transaction: Span<UInt8>, into bytes: consuming MutableSpan<UInt8>) {
    precondition(transaction.count == 12, "a transaction's ID has 12 bytes")
    mask = STUNAddressMask(transaction: transaction)
    writer = ByteWriter(bytes)
    writer.write(kind.rawValue)
    writer.write(UInt16(0))
    writer.write(STUNMessage.cookie)
    writer.write(transaction)
  }

  /// USERNAME: the receiver's fragment, a colon, ours.
  public mutating func writeUsername(_ receiver: String, _ sender: String) {
    begin(STUNMessage.Attribute.username, bytes: receiver.utf8.count + 1 + sender.utf8.count)
    for byte in receiver.utf8 { writer.write(byte) }
    writer.write(UInt8(ascii: ":"))
    for byte in sender.utf8 { writer.write(byte) }
    pad()
  }

  /// PRIORITY of the pair's candidate, as the other side is to see it.
  public mutating func writePriority(_ priority: UInt32) {
    begin(STUNMessage.Attribute.priority, bytes: 4)
    writer.write(priority)
  }

  /// USE-CANDIDATE.
  public mutating func writeNomination() {
    begin(STUNMessage.Attribute.useCandidate, bytes: 0)
  }

  /// ICE-CONTROLLING or ICE-CONTROLLED.
  public mutating func writeRole(_ role: STUNMessage.Role) {
    switch role {
    case .controlling(let number):
      begin(STUNMessage.Attribute.controlling, bytes: 8)
      writer.write(number)
    case .controlled(let number):
      begin(STUNMessage.Attribute.controlled, bytes: 8)
      writer.write(number)
    }
  }

  /// XOR-MAPPED-ADDRESS: where the request came from.
  public mutating func writeMappedAddress(_ address: TransportAddress) {
    begin(STUNMessage.Attribute.xorMappedAddress, bytes: address.ipv4 == nil ? 20 : 8)
    writer.write(UInt8(0))
    writer.write(UInt8(address.ipv4 == nil ? 2 : 1))
    writer.write(address.port ^ mask.port)
    if let ipv4 = address.ipv4 {
      writer.write(ipv4 ^ STUNMessage.cookie)
    } else {
      writer.write(address.high ^ mask.high)
      writer.write(address.low ^ mask.low)
    }
  }

  /// ERROR-CODE without a reason phrase.
  public mutating func writeError(_ code: Int) {
    begin(STUNMessage.Attribute.errorCode, bytes: 4)
    writer.write(UInt16(0))
    writer.write(UInt8(truncatingIfNeeded: code / 100))
    writer.write(UInt8(truncatingIfNeeded: code % 100))
  }

  /// UNKNOWN-ATTRIBUTES, of one.
  public mutating func writeUnknownAttribute(_ type: UInt16) {
    begin(STUNMessage.Attribute.unknownAttributes, bytes: 2)
    writer.write(type)
    pad()
  }

  /// Ends the message, authenticated where there is a key. Returns its length.
  public consuming func finish(authenticatedBy key: HMACSHA1?) throws(STUNError) -> Int {
    if let key {
      setLength(with: 4 + HMACSHA1.byteCount)
      let code = key.code(of: writer.written)
      begin(STUNMessage.Attribute.messageIntegrity, bytes: HMACSHA1.byteCount)
      writer.write(code.span)
    }
    setLength(with: 8)
    let fingerprint = STUNFingerprint.value(of: writer.written)
    begin(STUNMessage.Attribute.fingerprint, bytes: 4)
    writer.write(fingerprint)
    guard !writer.hasOverflowed else { throw .noRoom }
    return writer.count
  }

  private mutating func begin(_ type: UInt16, bytes: Int) {
    writer.write(type)
    writer.write(UInt16(truncatingIfNeeded: bytes))
  }

  private mutating func pad() {
    while writer.count % 4 != 0 && !writer.hasOverflowed { writer.write(UInt8(0)) }
  }

  /// The length that the header tells with so many bytes more than there are.
  private mutating func setLength(with more: Int) {
    writer.overwrite(UInt16(truncatingIfNeeded: writer.count + more - STUNMessage.headerBytes), at: 2)
  }
}
