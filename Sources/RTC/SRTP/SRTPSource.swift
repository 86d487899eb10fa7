import MediaBase

/// What SRTP remembers of one SSRC in one direction: which packets have been, and so how often its sequence number has
/// rolled over (RFC 3711, 3.2.3). A value of fixed size, about 180 bytes.
package struct SRTPSource {
  /// RFC 3711, 9.2: a master key protects so many packets of RTP ...
  private static let mostPackets: UInt64 = 1 << 48
  /// ... and of RTCP.
  private static let mostReports: UInt32 = 1 << 31

  package let ssrc: UInt32
  package var packets = ReplayWindow<16>()
  package var reports = ReplayWindow<2>()
  /// Of the last RTCP datagram that was sent; the first has 1.
  private var reportIndex: UInt32 = 0

  package init(ssrc: UInt32) {
    self.ssrc = ssrc
  }

  /// The 48 bits of a packet's index by its sequence number: the nearest to the newest one (RFC 3711, 3.3.1). There is none
  /// before 0. `keyExpired` behind the last.
  package func index(of number: UInt16) throws(SRTPError) -> UInt64 {
    guard let newest = packets.newest else { return UInt64(number) }
    let cycle: UInt64 = 1 << 16
    var index = newest & ~(cycle - 1) | UInt64(number)
    if index > newest, index - newest > cycle / 2, index >= cycle { index -= cycle }
    if newest > index, newest - index > cycle / 2 { index += cycle }
    guard index < Self.mostPackets else { throw .keyExpired }
    return index
  }

  /// The index of the next RTCP datagram to be sent.
  package mutating func nextReportIndex() throws(SRTPError) -> UInt32 {
    guard reportIndex + 1 < Self.mostReports else { throw .keyExpired }
    reportIndex += 1
    return reportIndex
  }
}
