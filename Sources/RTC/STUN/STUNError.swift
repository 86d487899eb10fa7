/// Why a datagram is no STUN message that ICE uses. The scope is this datagram: drop it.
public enum STUNError: Error, Hashable, Sendable {
  /// It ends before its header or an attribute does.
  case truncated
  /// It has not the cookie of RFC 5389 and later.
  case wrongCookie
  /// Its length is not that of the datagram, or no multiple of four.
  case wrongLength
  /// Another method than Binding, or no STUN at all.
  case wrongType(UInt16)
  /// An attribute has another length than it must have.
  case wrongAttribute(UInt16)
  /// FINGERPRINT does not stand last, or is not that of the message.
  case wrongFingerprint
  /// What is to be written does not fit into the caller's bytes.
  case noRoom
}
