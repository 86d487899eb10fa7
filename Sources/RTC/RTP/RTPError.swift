/// Why bytes are no RTP packet, or a header could not be written. Scope: this packet; drop and count it.
public enum RTPError: Error, Hashable, Sendable {
  /// They end before the fixed header, the CSRC list or the header extension does.
  case truncated
  /// The version is not 2.
  case wrongVersion(Int)
  /// The padding's length is 0, or more than what stands behind the header.
  case badPadding
  /// The caller's bytes have no room for the header.
  case noRoom
}
