import MediaBase

/// What a datagram on a leg's port is, told by its first bytes alone: RFC 7983, 7 for the protocols that share a WebRTC
/// port, and RFC 5761, 4 for RTP and RTCP on one port.
///
///     first byte   0–3     16–19   20–63   64–79          128–191
///                  STUN    ZRTP    DTLS    TURN channel   RTP, or RTCP where the second byte is 192–223
///
/// Says who is to parse a packet, not that it will parse. A value; costs two comparisons.
public enum PacketClass: Hashable, Sendable {
  /// RFC 8489.
  case stun
  /// RFC 6347.
  case dtls
  /// RFC 3550, 5; also SRTP.
  case rtp
  /// RFC 3550, 6; also SRTCP.
  case rtcp
  /// ZRTP, TURN channels and whatever is not assigned: nothing that we speak.
  case unknown

  /// The class of a datagram; `unknown` for an empty one, and for RTP's first byte with nothing behind it.
  public init(of datagram: Span<UInt8>) {
    guard datagram.count >= 2 else {
      self = .unknown
      return
    }
    switch datagram[0] {
    case 0...3: self = .stun
    case 20...63: self = .dtls
    // RFC 5761, 4: payload types 64 to 95 are not given to RTP, for RTCP's packet types look like them.
    case 128...191: self = (192...223).contains(datagram[1]) ? .rtcp : .rtp
    default: self = .unknown
    }
  }
}
