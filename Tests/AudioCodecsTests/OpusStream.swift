import AudioCodecs
import MediaBase
import Testing

/// Whole sounds through an encoder or a decoder, for tests.
enum OpusStream {
  static func packets(
    of sound: [Float], by encoder: inout OpusEncoder, duration: OpusFrameDuration = .ms20,
    capacity: Int = OpusEncoder.largestPacketBytes
  ) throws -> [[UInt8]] {
    let step = duration.samples * encoder.layout.count
    var packets: [[UInt8]] = []
    for start in stride(from: 0, to: sound.count / step * step, by: step) {
      var bytes = [UInt8](repeating: 0, count: capacity)
      var span = bytes.mutableSpan
      let count = try encoder.encode(sound.span.extracting(start..<start + step), into: &span)
      packets.append(Array(bytes[..<count]))
    }
    return packets
  }

  static func sound(of packets: [[UInt8]], by decoder: inout OpusDecoder) throws -> [Float] {
    try packets.flatMap { packet in try frame(of: packet, by: &decoder) }
  }

  static func inspect(_ packet: [UInt8]) throws -> OpusPacket {
    try OpusPacket(inspecting: packet.span)
  }

  /// What fills the time before `next`, by its copy.
  static func recovered(from next: [UInt8], lostSamples: Int, by decoder: inout OpusDecoder) throws -> [Float] {
    var samples = [Float](repeating: .nan, count: lostSamples * decoder.layout.count)
    var span = samples.mutableSpan
    let frames = try decoder.decodeFEC(from: next.span, lostSamples: lostSamples, into: &span)
    try #require(frames == lostSamples)
    return samples
  }

  /// What fills the time with nothing to go by.
  static func concealed(lostSamples: Int, by decoder: inout OpusDecoder) throws -> [Float] {
    var samples = [Float](repeating: .nan, count: lostSamples * decoder.layout.count)
    var span = samples.mutableSpan
    let frames = try decoder.conceal(lostSamples: lostSamples, into: &span)
    try #require(frames == lostSamples)
    return samples
  }

  static func frame(of packet: [UInt8], by decoder: inout OpusDecoder) throws -> ArraySlice<Float> {
    var samples = [Float](repeating: .nan, count: OpusDecoder.largestPacketSamples * decoder.layout.count)
    var span = samples.mutableSpan
    let frames = try decoder.decode(packet.span, into: &span)
    return samples[..<(frames * decoder.layout.count)]
  }
}
