/// The packet types of RTCP that we know (RFC 3550, 12.1; RFC 4585, 6.1; RFC 3611, 2).
enum RTCPPacketType {
  static let senderReport: UInt8 = 200
  static let receiverReport: UInt8 = 201
  static let sourceDescription: UInt8 = 202
  static let goodbye: UInt8 = 203
  static let application: UInt8 = 204
  static let transportFeedback: UInt8 = 205
  static let payloadFeedback: UInt8 = 206
  static let extendedReport: UInt8 = 207

  /// What RFC 5761, 4 leaves to RTCP.
  static let all: ClosedRange<UInt8> = 192...223
}
