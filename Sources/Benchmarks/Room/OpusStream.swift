import AudioCodecs
import MediaBase
import RTC

/// Sound encoded beforehand, packet by packet with its level: what a talker of the load sends, over and over.
package struct OpusStream: Sendable {
  /// All packets, one behind the other.
  private var bytes: [UInt8] = []
  private var ends: [Int] = [0]
  /// Each packet's level, as RFC 6464 has it.
  private(set) var levels: [AudioLevel] = []

  /// How many packets there are, 20 ms each.
  package var count: Int { levels.count }

  /// Encodes `frames` frames of 960 samples, full scale ±1, each written by `fill`.
  init(frames: Int, settings: OpusEncoderSettings, fill: (Int, inout [Float]) -> Void) throws(OpusError) {
    let encoder = try OpusStreamEncoder(settings)
    var frame = [Float](repeating: 0, count: MixFrame.samples)
    for number in 0..<frames {
      fill(number, &frame)
      try encoder.append(frame)
    }
    self = encoder.stream
  }

  fileprivate init() {}

  fileprivate mutating func append(_ packet: ArraySlice<UInt8>, power: Double) {
    bytes += packet
    ends.append(bytes.count)
    // RFC 6464, 3: 0 dBov is a full-scale square wave's power, which is 1 here.
    levels.append(AudioLevel(dBov: Decibels(power: power), isVoice: power > 1e-5))
  }

  /// Copies a packet to the front of `slot`, behind `offset` bytes, and returns its length; it goes round at the end.
  func copyPacket(_ number: Int, to slot: inout MutableSpan<UInt8>, at offset: Int) -> Int {
    let index = number % count
    let start = ends[index]
    let length = ends[index + 1] - start
    slot.copy(bytes.span.extracting(start..<start + length), at: offset)
    return length
  }

  /// A packet's bytes.
  package func packet(_ number: Int) -> [UInt8] {
    Array(bytes[ends[number % count]..<ends[number % count + 1]])
  }
}

extension OpusStream {
  /// Ten seconds of each talker's speech.
  static func speech(of talkers: Talkers, settings: OpusEncoderSettings) throws(OpusError) -> [OpusStream] {
    var encoders: [OpusStreamEncoder] = []
    for _ in 0..<talkers.count { encoders.append(try OpusStreamEncoder(settings)) }
    var voices = [Int16](repeating: 0, count: talkers.count * MixFrame.samples)
    for number in 0..<500 {
      var span = voices.mutableSpan
      talkers.fillFrame(number, into: &span)
      for (talker, encoder) in encoders.enumerated() {
        let start = talker * MixFrame.samples
        try encoder.append(voices[start..<start + MixFrame.samples].map { Float($0) / 32_768 })
      }
    }
    return encoders.map(\.stream)
  }

  /// Noise at −70 dBFS, which no detector takes for the marker however many talk; no silence, which costs no work.
  package static func quiet(settings: OpusEncoderSettings) throws(OpusError) -> OpusStream {
    try OpusStream(frames: 500, settings: settings) { number, frame in LatencyMarker.fillQuiet(number, &frame) }
  }

  /// The same noise with a marker every half second.
  package static func markers(settings: OpusEncoderSettings) throws(OpusError) -> OpusStream {
    try OpusStream(frames: 500, settings: settings) { number, frame in LatencyMarker.fill(number, &frame) }
  }
}

/// Makes one stream, frame by frame.
private final class OpusStreamEncoder {
  private(set) var stream = OpusStream()
  private var encoder: OpusEncoder

  init(_ settings: OpusEncoderSettings) throws(OpusError) {
    encoder = try OpusEncoder(layout: .mono, application: .voip, settings: settings)
  }

  func append(_ frame: [Float]) throws(OpusError) {
    var packet = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
    var span = packet.mutableSpan
    let count = try encoder.encode(frame.span, into: &span)
    stream.append(packet[..<count], power: frame.reduce(0) { $0 + Double($1) * Double($1) } / Double(frame.count))
  }
}
