/// The level of a signal where speech is strong and noise is weak, about 0.5 to 3.5 kHz.
///
/// ```
/// 48 kHz ─ sums of 6 samples ─ 8 kHz ─ half the difference of every second one ─ mean square
/// ```
/// The difference is a comb, highest at 2 kHz: 3 dB lower at 1 kHz, 13 at 300 Hz, 28 at a mains' 50 Hz, and nothing at 4 kHz;
/// hiss above that is weakened by the sums. It needs two additions a sample, and no multiplication or feedback: a processor
/// does several samples at once, and all costs about a hundredth of decoding. A plain value with one array.
package struct SpeechBand {
  /// The last two sums of a channel.
  private struct Memory {
    var last: Float = 0
    var beforeLast: Float = 0
  }
  private var memories: [Memory]

  /// Samples in a sum: from 48 to 8 kHz.
  private static let sumSamples = 6

  /// For a signal of one or more channels.
  package init(channels: Int) {
    memories = Array(repeating: Memory(), count: channels)
  }

  /// Takes the next frame, interleaved, and tells the mean square of it in the band, over all channels; 0 for an empty one.
  ///
  /// Samples at the end that do not fill a sum are left out: only a mix's last frame has them.
  package mutating func meanSquare(_ samples: Span<Float>) -> Float {
    let channels = memories.count
    let sums = samples.count / (channels * Self.sumSamples)
    guard sums > 0 else { return 0 }
    var energy: Float = 0
    for channel in 0..<channels {
      energy += Self.energy(samples, channel: channel, of: channels, sums: sums, memory: &memories[channel])
    }
    // Half the difference of two means of six.
    let scale = Float(2 * Self.sumSamples)
    return energy / (scale * scale * Float(sums * channels))
  }

  private static func energy(
    _ samples: Span<Float>, channel: Int, of channels: Int, sums: Int, memory: inout Memory
  ) -> Float {
    var (last, beforeLast) = (memory.last, memory.beforeLast)
    var energy: Float = 0
    var index = channel
    for _ in 0..<sums {
      // Six, in pairs that do not wait for one another; `sums` keeps them within the frame.
      let sum =
        ((samples[unchecked: index] + samples[unchecked: index + channels])
          + (samples[unchecked: index + 2 * channels] + samples[unchecked: index + 3 * channels]))
        + (samples[unchecked: index + 4 * channels] + samples[unchecked: index + 5 * channels])
      index += sumSamples * channels
      let difference = sum - beforeLast
      energy += difference * difference
      (beforeLast, last) = (last, sum)
    }
    memory = Memory(last: last, beforeLast: beforeLast)
    return energy
  }
}
