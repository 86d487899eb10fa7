/// Which side of a DTLS association begins: `a=setup` of RFC 8842, 5.2.
public enum DTLSRole: Sendable, Hashable {
  /// Waits for the other side's ClientHello: `passive`, what we answer unless they insist on it themselves.
  case server
  /// Begins: `active`.
  case client
}
