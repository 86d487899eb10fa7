import CEBUR128
import MediaBase

/// Measures how loud a programme is by EBU R 128 (ITU-R BS.1770-4, EBU Tech 3341 and 3342), through libebur128.
///
/// For the offline mix: its report and its normalisation. Give it every sample once with `add`, then read the results,
/// which hold for all that was added so far.
///
/// Loudness is kept in histograms of 0.1 LU steps, so memory does not grow with the programme (about 0.2 MB a channel) and
/// results are within 0.05 LU of exact, the range within 0.1. Mono is one channel counted
/// once: dual mono is off, so the same voice reads 3.01 LU higher in a stereo file with two equal channels.
///
/// One owner, one thread at a time. 1 s of mono takes 0.5 ms of a core for the loudness, 0.6 with its range, and 2 ms
/// with true peak: ask for that only where it is read.
public struct LoudnessMeter: ~Copyable {
  /// Which results are wanted; what is not asked for is not computed.
  public struct Measures: OptionSet, Sendable, Hashable {
    /// One bit a measure.
    public let rawValue: Int

    /// The measures of the bits in `rawValue`.
    public init(rawValue: Int) {
      self.rawValue = rawValue
    }

    /// Loudness of the whole programme, gated.
    public static let integrated = Measures(rawValue: 1)
    /// The spread between its quiet and loud passages.
    public static let range = Measures(rawValue: 2)
    /// The highest inter-sample peak, by fourfold oversampling.
    public static let truePeak = Measures(rawValue: 4)
    /// The highest sample.
    public static let samplePeak = Measures(rawValue: 8)
    /// All four.
    public static let all: Measures = [.integrated, .range, .truePeak, .samplePeak]
  }

  /// One channel, or two interleaved.
  public let layout: ChannelLayout
  /// What is computed.
  public let measures: Measures
  /// Frames added so far: samples per channel.
  public private(set) var addedFrames = 0

  private let state: UnsafeMutablePointer<ebur128_state>
  private var range = LoudnessRange()
  /// What the range is told of at a time: 100 ms.
  private static let stepFrames = AudioRate.samplesPerSecond / 10

  /// A meter for 48 kHz sound that has heard nothing yet.
  public init(layout: ChannelLayout, measures: Measures = .all) throws(LoudnessMeterError) {
    let rate = UInt(AudioRate.samplesPerSecond)
    guard let created = ebur128_init(UInt32(layout.count), rate, measures.libraryMode) else { throw .outOfMemory }
    state = created
    self.layout = layout
    self.measures = measures
    for (channel, place) in [EBUR128_LEFT, EBUR128_RIGHT].prefix(layout.count).enumerated() {
      _ = ebur128_set_channel(state, UInt32(channel), Int32(place.rawValue))
    }
  }

  deinit {
    var state: UnsafeMutablePointer<ebur128_state>? = self.state
    ebur128_destroy(&state)
  }

  /// Measures further samples: interleaved, whole frames, finite, full scale at ±1. Any number; allocates nothing.
  public mutating func add(_ samples: Span<Float>) {
    precondition(samples.count % layout.count == 0, "whole frames only")
    guard measures.contains(.range) else { return feed(samples) }
    var start = 0
    while start < samples.count {
      let step = (Self.stepFrames - addedFrames % Self.stepFrames) * layout.count
      let end = min(samples.count, start + step)
      feed(samples.extracting(start..<end))
      start = end
      if addedFrames % Self.stepFrames == 0 { addToRange() }
    }
  }

  /// Of the last 100 ms.
  private mutating func addToRange() {
    var loudness = 0.0
    let status = ebur128_loudness_window(state, 100, &loudness)
    precondition(status == Int32(EBUR128_SUCCESS.rawValue), "libebur128 has no loudness of 100 ms: \(status)")
    range.add(loudness: loudness)
  }

  private mutating func feed(_ samples: Span<Float>) {
    guard !samples.isEmpty else { return }
    let frames = samples.count / layout.count
    let status = samples.withUnsafeBufferPointer { ebur128_add_frames_float(state, $0.baseAddress, frames) }
    // Only an energy list may run out of memory, and the histogram has none.
    precondition(status == Int32(EBUR128_SUCCESS.rawValue), "libebur128 refused samples: \(status)")
    addedFrames += frames
  }

  /// Loudness of all that was added, in LUFS (loudness units below digital full scale).
  ///
  /// `nil` when no block of 400 ms was above the absolute gate of −70 LUFS, or when it was not asked for.
  public var integratedLUFS: Double? {
    guard measures.contains(.integrated) else { return nil }
    return gatedLoudness
  }

  /// Loudness range in LU, of passages of three seconds (EBU Tech 3342); 0 for an even programme.
  ///
  /// `nil` before three seconds were added, when nothing was above −70 LUFS, or when it was not asked for.
  public var rangeLU: Double? {
    guard measures.contains(.range), addedFrames >= 3 * AudioRate.samplesPerSecond, gatedLoudness != nil
    else { return nil }
    return range.rangeLU
  }

  /// The highest inter-sample peak of any channel, against full scale. Silence reads −∞; `nil` when not asked for.
  public var truePeakdBTP: Decibels? {
    guard measures.contains(.truePeak) else { return nil }
    return highest(ebur128_true_peak)
  }

  /// The highest sample of any channel, against full scale. Silence reads −∞; `nil` when not asked for.
  public var samplePeakdBFS: Decibels? {
    guard measures.contains(.samplePeak) else { return nil }
    return highest(ebur128_sample_peak)
  }

  private var gatedLoudness: Double? {
    var loudness = 0.0
    guard ebur128_loudness_global(state, &loudness) == Int32(EBUR128_SUCCESS.rawValue) else { return nil }
    return loudness.isFinite ? loudness : nil
  }

  private func highest(
    _ peakOfChannel: (UnsafeMutablePointer<ebur128_state>?, UInt32, UnsafeMutablePointer<Double>?) -> Int32
  ) -> Decibels? {
    var highest = 0.0
    for channel in 0..<UInt32(layout.count) {
      var peak = 0.0
      guard peakOfChannel(state, channel, &peak) == Int32(EBUR128_SUCCESS.rawValue) else { return nil }
      highest = max(highest, peak)
    }
    return Decibels(linear: highest)
  }
}

// It has one owner, and libebur128 keeps nothing per thread: it may move to another thread between calls.
extension LoudnessMeter: @unchecked Sendable {}

/// Why a loudness meter could not be made.
public enum LoudnessMeterError: Error, Hashable, Sendable {
  /// No memory for its window.
  case outOfMemory
}

extension LoudnessMeter.Measures {
  /// The library's mode bits. Range brings the gated loudness with it, which tells silence from an even programme.
  fileprivate var libraryMode: Int32 {
    var mode = EBUR128_MODE_HISTOGRAM.rawValue | EBUR128_MODE_M.rawValue
    if contains(.integrated) || contains(.range) { mode |= EBUR128_MODE_I.rawValue }
    if contains(.truePeak) { mode |= EBUR128_MODE_TRUE_PEAK.rawValue }
    if contains(.samplePeak) { mode |= EBUR128_MODE_SAMPLE_PEAK.rawValue }
    return Int32(mode)
  }
}
