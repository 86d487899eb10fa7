import MediaBase
import MediaRuntime
import RTC

/// One leg that talks: a stream of packets made beforehand, one every 20 ms, each at a time that is fixed from the start.
struct LoadTalker: Sendable {
  /// Its leg's number.
  var leg: Int
  /// Which of the streams it sends, and which packet of it first.
  var stream: Int, firstPacket: Int
  /// Which of the 20 milliseconds of each period it sends in.
  var slot: Int
  /// Where the bridge listens for it.
  var destination: SocketAddress
  /// The number of the RFC 6464 level in its packets; `nil` sends none.
  var audioLevelExtension: Int?

  /// The payload type of all legs of the load.
  static let payloadType = 111
  static let frameTicks = 960

  /// Writes its packet of a period and returns the length.
  func writePacket(period: Int, of streams: [OpusStream], into slot: inout MutableSpan<UInt8>) -> Int {
    let header = RTPHeader(
      payloadType: Self.payloadType, isMarked: period == 0,
      sequenceNumber: SequenceNumber(rawValue: UInt16(truncatingIfNeeded: period &+ leg &* 31)),
      timestamp: RTPTimestamp(rawValue: UInt32(truncatingIfNeeded: period &* Self.frameTicks &+ leg &* 7_919)),
      ssrc: SSRC(rawValue: UInt32(truncatingIfNeeded: 0x1000_0000 &+ leg)))
    let number = firstPacket &+ period
    let level = audioLevelExtension.map { id in
      (level: streams[stream].levels[number % streams[stream].count], id: id)
    }
    guard let length = try? header.write(into: &slot, audioLevel: level) else { return 0 }
    return length + streams[stream].copyPacket(number, to: &slot, at: length)
  }
}
