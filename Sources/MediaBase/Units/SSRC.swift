/// The synchronisation source of an RTP stream (RFC 3550, 3): 32 bits, chosen at random, that say whose packet it is.
///
/// A sender changes it when it restarts, and where two collide.
public struct SSRC: RawRepresentable, Hashable, Sendable {
  /// As it stands in the packet.
  public let rawValue: UInt32

  /// One with that number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }
}
