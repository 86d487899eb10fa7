import MediaBase

/// Sound between our form (float, full scale ±1) and a sound card's: float or 16 bits, one channel or two.
///
/// One channel goes to both of two; two go to one as their mean. Plain functions over memory of the `Card`.
package enum CardSamples {
  /// Writes `samples` to a card's memory, which holds as many frames.
  package static func convert(
    _ samples: Span<Float>, _ layout: ChannelLayout, to bytes: UnsafeMutableRawPointer, channels: Int, isFloat: Bool
  ) {
    for frame in 0..<samples.count / layout.count {
      for channel in 0..<channels {
        let sample = Self.sample(samples, layout, frame: frame, channel: channel, of: channels)
        let index = frame * channels + channel
        if isFloat {
          bytes.storeBytes(of: sample, toByteOffset: index * 4, as: Float.self)
        } else {
          bytes.storeBytes(of: rounded(sample), toByteOffset: index * 2, as: Int16.self)
        }
      }
    }
  }

  /// Reads `samples` from a card's memory, which holds as many frames.
  package static func convert(
    _ bytes: UnsafeMutableRawPointer, channels: Int, isFloat: Bool, to samples: inout MutableSpan<Float>,
    _ layout: ChannelLayout
  ) {
    func read(_ index: Int) -> Float {
      guard isFloat else { return Float(bytes.load(fromByteOffset: index * 2, as: Int16.self)) / 32_768 }
      let sample = bytes.load(fromByteOffset: index * 4, as: Float.self)
      return sample.isFinite ? sample : 0
    }
    for frame in 0..<samples.count / layout.count {
      for channel in 0..<layout.count {
        let first = read(frame * channels + min(channel, channels - 1))
        let isFolded = layout == .mono && channels == 2
        samples[frame * layout.count + channel] = isFolded ? (first + read(frame * 2 + 1)) / 2 : first
      }
    }
  }

  private static func sample(
    _ samples: Span<Float>, _ layout: ChannelLayout, frame: Int, channel: Int, of channels: Int
  ) -> Float {
    guard layout == .stereo else { return samples[frame] }
    return channels == 1 ? (samples[2 * frame] + samples[2 * frame + 1]) / 2 : samples[2 * frame + channel]
  }

  /// The nearest step; what goes beyond full scale is clipped, and what is no number is silence.
  private static func rounded(_ sample: Float) -> Int16 {
    guard sample.isFinite else { return 0 }
    return Int16(max(-32_768, min(32_767, (sample * 32_768).rounded())))
  }
}
