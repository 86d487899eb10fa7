import AudioCodecs
import MediaBase
import MediaRuntime
import Synchronization

/// What libopus alone takes on the bridge's core: the limit of any bridge that encodes for each talker.
public struct CodecLimit: Codable, Sendable, Hashable {
  /// Mean CPU time of encoding 20 ms of speech.
  public var encodeMicroseconds: Double
  /// And of decoding it.
  public var decodeMicroseconds: Double

  /// Legs that one core could decode and encode for, were that all: one of each in every 20 ms.
  public var legs: Double { 20_000 / (encodeMicroseconds + decodeMicroseconds) }

  /// Those times.
  package init(encodeMicroseconds: Double, decodeMicroseconds: Double) {
    self.encodeMicroseconds = encodeMicroseconds
    self.decodeMicroseconds = decodeMicroseconds
  }

  private static let warmUpFrames = 50
  private static let measuredFrames = 100

  /// Encodes and decodes the speech of all talkers, a state for each, in a loop that does nothing else.
  static func measure(
    _ talkers: Talkers, settings: OpusEncoderSettings, core: Int?
  ) throws -> CodecLimit {
    let result = Mutex<Result<CodecLimit, OpusError>?>(nil)
    var thread = MediaThread.Settings(name: "codec-limit")
    thread.core = core
    let worker = try MediaThread(thread) { _ in
      let measured = Result { () throws(OpusError) in try loop(talkers, settings) }
      result.withLock { $0 = measured }
    }
    worker.join()
    guard let measured = result.withLock(\.self) else { throw OpusError.allocationFailed }
    return try measured.get()
  }

  private static func loop(_ talkers: Talkers, _ settings: OpusEncoderSettings) throws(OpusError) -> CodecLimit {
    var codecs: [CodecPair] = []
    for _ in 0..<talkers.count { codecs.append(try CodecPair(settings)) }
    var voices = [Int16](repeating: 0, count: talkers.count * MixFrame.samples)
    var frame = [Float](repeating: 0, count: MixFrame.samples)
    var packet = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
    var decoded = [Float](repeating: 0, count: OpusDecoder.largestPacketSamples)
    var encoding: Int64 = 0
    var decoding: Int64 = 0
    for number in 0..<warmUpFrames + measuredFrames {
      var span = voices.mutableSpan
      talkers.fillFrame(number, into: &span)
      for (talker, codec) in codecs.enumerated() {
        for at in frame.indices { frame[at] = Float(voices[talker * MixFrame.samples + at]) / 32_768 }
        let times = try codec.run(frame, packet: &packet, decoded: &decoded)
        guard number >= warmUpFrames else { continue }
        encoding += times.encode
        decoding += times.decode
      }
    }
    let count = Double(measuredFrames * talkers.count) * 1_000
    return CodecLimit(encodeMicroseconds: Double(encoding) / count, decodeMicroseconds: Double(decoding) / count)
  }
}

/// One leg's encoder and decoder.
private final class CodecPair {
  private var encoder: OpusEncoder
  private var decoder: OpusDecoder

  init(_ settings: OpusEncoderSettings) throws(OpusError) {
    encoder = try OpusEncoder(layout: .mono, application: .voip, settings: settings)
    decoder = try OpusDecoder(layout: .mono)
  }

  /// Nanoseconds of CPU time for each, through the caller's buffers.
  func run(
    _ frame: [Float], packet: inout [UInt8], decoded: inout [Float]
  ) throws(OpusError) -> (encode: Int64, decode: Int64) {
    let start = ThreadCPUTime.nanoseconds
    var bytes = packet.mutableSpan
    let count = try encoder.encode(frame.span, into: &bytes)
    let middle = ThreadCPUTime.nanoseconds
    var samples = decoded.mutableSpan
    _ = try decoder.decode(packet.span.extracting(0..<count), into: &samples)
    return (middle - start, ThreadCPUTime.nanoseconds - middle)
  }
}
