/// Why bytes are no RTCP packet, or one could not be written. Scope: this datagram; drop and count it.
public enum RTCPError: Error, Hashable, Sendable {
  /// They end before a packet that its length promised.
  case truncated
  /// A packet's version is not 2.
  case wrongVersion(Int)
  /// A packet's type is not one of RTCP's, 192 to 223.
  case wrongPacketType(Int)
  /// Padding elsewhere than in the last packet, or of a length that cannot be.
  case badPadding
  /// The caller's bytes have no room for all that was written.
  case noRoom
}
