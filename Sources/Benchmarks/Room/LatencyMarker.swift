import AudioCodecs
import Foundation
import MediaBase

/// A short tone in an otherwise quiet stream, by which sound is found again behind a bridge.
///
/// ```
///  packet     0          1          2          3               25
///           ▕▒▒▒▒▒▒▒▒▒▒▕▒▒▒▒▒▒▒▒▒▒▕▒▒▒▒▒▒▒▒▒▒▕──────────▕ … ▕▒▒▒▒
///            1 kHz, −12 dBFS, 60 ms            noise at −70 dBFS
/// ```
/// It begins with the first sample of a packet. It is heard at the first millisecond whose rms passes −35 dBFS after a
/// tenth of a second below that: 23 dB under the tone, above the noise of a thousand talkers.
package enum LatencyMarker {
  /// Packets from one marker to the next: half a second, more than any bridge's delay.
  static let periodPackets = 25
  private static let lengthPackets = 3
  private static let threshold = Float(Decibels(-35).linear)
  private static let windowSamples = 48

  /// Where a marker was heard.
  package struct Onset: Hashable {
    /// The place in the list of the packet in which it begins.
    package var packet: Int
    /// Samples at 48 kHz from the packet's first to the marker's.
    package var offsetSamples: Int
  }

  /// One frame of noise, the same for the same number.
  static func fillQuiet(_ number: Int, _ frame: inout [Float]) {
    var state = UInt32(truncatingIfNeeded: number &* 2_654_435_761) | 1
    let amplitude = Float(Decibels(-70).linear) * Float(3).squareRoot()
    for index in frame.indices {
      // xorshift32 (Marsaglia 2003).
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      frame[index] = amplitude * (Float(state) / Float(UInt32.max) * 2 - 1)
    }
  }

  /// One frame of the stream.
  static func fill(_ number: Int, _ frame: inout [Float]) {
    fillQuiet(number, &frame)
    let place = number % periodPackets
    guard place < lengthPackets else { return }
    let amplitude = Float(Decibels(-12).linear) * Float(2).squareRoot()
    for index in frame.indices {
      let phase = 2 * Double.pi * 1_000 * Double(place * frame.count + index) / Double(AudioRate.samplesPerSecond)
      frame[index] += amplitude * Float(sin(phase))
    }
  }

  /// The markers in a stream of packets, decoded one after the other; those that do not decode are passed over.
  package static func onsets(in packets: [[UInt8]]) throws(OpusError) -> [Onset] {
    var decoder = try OpusDecoder(layout: .mono)
    var samples = [Float](repeating: 0, count: OpusDecoder.largestPacketSamples)
    var onsets: [Onset] = []
    var quietWindows = 0
    for (index, packet) in packets.enumerated() {
      var span = samples.mutableSpan
      guard let count = try? decoder.decode(packet.span, into: &span) else { continue }
      for start in stride(from: 0, to: count - windowSamples + 1, by: windowSamples) {
        let energy = samples[start..<start + windowSamples].reduce(0) { $0 + $1 * $1 }
        if energy > threshold * threshold * Float(windowSamples) {
          if quietWindows >= 100 { onsets.append(Onset(packet: index, offsetSamples: start)) }
          quietWindows = 0
        } else {
          quietWindows += 1
        }
      }
    }
    return onsets
  }
}
