/// Why a packet could not be protected or unprotected, or a context not be made. But for `unavailable`, the scope is this
/// packet: drop and count it.
public enum SRTPError: Error, Hashable, Sendable {
  /// Its tag is not what its sender's key makes of it: changed on the way, or not theirs.
  case notAuthentic
  /// It has come before.
  case replayed
  /// It is further back than the window reaches, so that nobody knows whether it has come before.
  case tooOld
  /// Too short, or no RTP or RTCP by its header.
  case malformed
  /// The caller's bytes have no room for the trailer.
  case noRoom
  /// The sender has used more SSRCs than one leg may.
  case tooManySources
  /// The key has protected all that it may (RFC 3711, 9.2): new keys are wanted.
  case keyExpired
  /// OpenSSL refused, which it has no reason to: its own number.
  case refused(status: Int)
  /// OpenSSL has no memory for a context, or not its ciphers: its own number.
  case unavailable(status: Int)
}
