import AudioCodecs
import Foundation
import MediaBase
import MediaFiles
import RTC
import Recording

/// A capture in the making: packets of calls that never were, in the order of their times.
struct SyntheticCall {
  struct Packet {
    /// From the call's beginning.
    var nanoseconds: Int64
    var source: TransportAddress, destination: TransportAddress
    var bytes: [UInt8]
  }

  var packets: [Packet] = []

  /// What one side sends.
  struct Voice {
    var source: TransportAddress, destination: TransportAddress
    var payloadType = 0
    var ssrc: UInt32 = 0x1111
    var start = 0.0
    var firstSequence: UInt16 = 65_500
    /// Bytes put before each payload's end, as SRTP does.
    var tail = 0
    /// Packets left out, by their number.
    var isLost: (Int) -> Bool = { _ in false }
    /// How much later than due each packet comes, in milliseconds.
    var delay: (Int) -> Double = { _ in 0 }
  }

  /// Adds payloads of 20 ms each as one stream.
  mutating func add(_ payloads: [[UInt8]], ticks: Int, _ voice: Voice) {
    for (number, payload) in payloads.enumerated() where !voice.isLost(number) {
      let header = RTPHeader(
        payloadType: voice.payloadType, isMarked: number == 0,
        sequenceNumber: SequenceNumber(rawValue: voice.firstSequence &+ UInt16(truncatingIfNeeded: number)),
        timestamp: RTPTimestamp(rawValue: 0xffff_f000 &+ UInt32(number * ticks)), ssrc: SSRC(rawValue: voice.ssrc))
      var bytes = [UInt8](repeating: 0, count: RTPHeader.fixedBytes)
      var span = bytes.mutableSpan
      _ = try? header.write(into: &span)
      let time = voice.start + Double(number) * 0.02 + voice.delay(number) / 1_000
      packets.append(
        Packet(
          nanoseconds: Int64(time * 1e9), source: voice.source, destination: voice.destination,
          bytes: bytes + payload + [UInt8](repeating: 7, count: voice.tail)))
    }
  }

  /// Adds any datagram.
  mutating func add(
    _ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress, at second: Double
  ) {
    packets.append(
      Packet(nanoseconds: Int64(second * 1e9), source: source, destination: destination, bytes: bytes))
  }

  static let epoch: Int64 = 1_700_000_000_000_000_000

  /// Writes it, in the order of its times.
  func write(to path: String) throws {
    let writer = try PacketCaptureWriter(path: path)
    for packet in packets.enumerated().sorted(by: { ($0.1.nanoseconds, $0.0) < ($1.1.nanoseconds, $1.0) }).map(\.1) {
      try writer.write(
        packet.bytes.span, from: packet.source, to: packet.destination, at: Self.epoch + packet.nanoseconds)
    }
    try writer.finish()
  }
}

/// Places that nobody is at.
func place(_ host: Int, _ port: Int = 5_004) -> TransportAddress {
  TransportAddress(ipv4: 0xc000_0200 | UInt32(host), port: UInt16(port))
}

/// Sounds and their payloads of 20 ms.
enum Speech {
  static func sine(_ hertz: Double, seconds: Double, amplitude: Double = 0.2, rate: Double = 48_000) -> [Float] {
    (0..<Int(seconds * rate)).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / rate)) }
  }

  /// A glide upwards, in which every moment is at one place only.
  static func glide(seconds: Double, rate: Double = 48_000) -> [Float] {
    (0..<Int(seconds * rate)).map { index in
      let time = Double(index) / rate
      return Float(0.3 * sin(2 * .pi * (300 + 150 * time) * time))
    }
  }

  static func g711(_ sound: [Float], _ law: G711 = .muLaw) -> [[UInt8]] {
    stride(from: 0, to: sound.count / 160 * 160, by: 160).map { start in
      var codes = [UInt8](repeating: 0, count: 160)
      var span = codes.mutableSpan
      law.encode(sound.span.extracting(start..<start + 160), into: &span)
      return codes
    }
  }

  static func opus(_ sound: [Float], bitsPerSecond: Int = 64_000, fec: Bool = false) throws -> [[UInt8]] {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(bitsPerSecond)
    settings.usesInbandFEC = fec
    settings.expectedLossPercent = fec ? 20 : 0
    var encoder = try OpusEncoder(layout: .mono, application: fec ? .voip : .audio, settings: settings)
    return try stride(from: 0, to: sound.count / 960 * 960, by: 960).map { start in
      var bytes = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
      var span = bytes.mutableSpan
      let count = try encoder.encode(sound.span.extracting(start..<start + 960), into: &span)
      return Array(bytes[..<count])
    }
  }

  static func random(_ count: Int, bytes: Int, seed: UInt64 = 1) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in random.bytes(bytes) }
  }
}

/// A mix that was made, and what is measured of it.
struct Mixed {
  var samples: [Float] = []
  var figures: ReplayFigures
  var replay: CaptureReplay

  init(_ path: String, _ change: (inout ReplayOptions) -> Void = { _ in }) throws {
    var options = ReplayOptions()
    change(&options)
    replay = try CaptureReplay(path: path, options: options)
    var all: [Float] = []
    figures = try replay.run { (samples) throws(RecordingError) in
      samples.withUnsafeBufferPointer { all.append(contentsOf: $0) }
    }
    samples = all
  }

  /// Root mean square in dBFS between two seconds.
  func level(_ seconds: Range<Double>) -> Double {
    let part = self.part(seconds)
    let power = part.reduce(0.0) { $0 + Double($1 * $1) } / Double(max(1, part.count))
    return 10 * log10(max(1e-14, power))
  }

  func part(_ seconds: Range<Double>) -> ArraySlice<Float> {
    let first = min(samples.count, Int(seconds.lowerBound * 48_000))
    return samples[first..<min(samples.count, max(first, Int(seconds.upperBound * 48_000)))]
  }

  /// Level of a sine between two seconds, in dB: 0 is a sine of full scale.
  func level(hertz: Double, _ seconds: Range<Double>) -> Double {
    let part = Array(self.part(seconds))
    var (real, imaginary, weight) = (0.0, 0.0, 0.0)
    for (index, sample) in part.enumerated() {
      let window = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(part.count))
      let angle = 2 * .pi * hertz * Double(index) / 48_000
      real += Double(sample) * window * cos(angle)
      imaginary += Double(sample) * window * sin(angle)
      weight += window
    }
    return 20 * log10(max(1e-9, 2 * (real * real + imaginary * imaginary).squareRoot() / max(1e-9, weight)))
  }

  /// The best likeness, 0 to 1, of a stretch of the mix to a sound that began up to `lag` samples earlier or later.
  func likeness(to sound: [Float], _ seconds: Range<Double>, lag: ClosedRange<Int>) -> Double {
    let part = Array(self.part(seconds))
    let start = Int(seconds.lowerBound * 48_000)
    var best = 0.0
    for shift in lag {
      let from = start - shift
      guard from >= 0, from + part.count <= sound.count else { continue }
      var (product, own, other) = (0.0, 0.0, 0.0)
      for index in stride(from: 0, to: part.count, by: 2) {
        let (left, right) = (Double(part[index]), Double(sound[from + index]))
        product += left * right
        own += left * left
        other += right * right
      }
      best = max(best, product / max(1e-9, (own * other).squareRoot()))
    }
    return best
  }
}

/// A directory of one test's own, removed with its owner.
final class ScratchDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("partyline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a call and returns its path.
  func capture(_ call: SyntheticCall, _ name: String = "call.pcapng") throws -> String {
    try call.write(to: path(name))
    return path(name)
  }
}
