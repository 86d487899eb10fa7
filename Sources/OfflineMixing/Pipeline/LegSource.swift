import MediaBase
import MediaFiles
import Mixing

/// Plays one leg along the mix's clock: silence before it begins and after it ends, its samples at 48 kHz in between.
///
/// ```
/// file ─ frames at its own rate and channels ─ one channel, or folded ─ resampled, drift taken out ─ mix's clock
/// ```
/// The file is open only while the leg lasts. One owner, one thread at a time; memory does not grow with the leg's length.
struct LegSource: ~Copyable {
  let leg: Leg
  /// Places where the file was damaged, in order.
  private(set) var damage: [MixReport.Damage] = []
  /// Samples, of those taken from the file, at full scale in runs of three or more.
  private(set) var clipping: ClippingCounter

  private let gainTags: GainTags
  private let keepsGoing: Bool
  private let kernels = MixKernels()
  private var reader: (any AudioFileReader)?
  private var resampler: OfflineResampler?
  private var hasEnded = false

  /// What was read and not used yet: frames `pendingStart ..< pendingEnd`, in the leg's layout.
  private let pending: SampleBuffer
  private var pendingStart = 0
  private var pendingEnd = 0
  /// Frames as the file has them.
  private let raw: SampleBuffer

  /// Frames read at a time: 120 ms at 48 kHz, the longest Opus packet, which libopusfile then decodes in place.
  private static let chunkFrames = 5760

  init(_ leg: Leg, gainTags: GainTags, keepsGoing: Bool) {
    self.leg = leg
    self.gainTags = gainTags
    self.keepsGoing = keepsGoing
    clipping = ClippingCounter(channels: leg.layout.count)
    pending = SampleBuffer(count: Self.chunkFrames * leg.layout.count)
    raw = SampleBuffer(count: leg.format.channels == leg.layout.count ? 0 : Self.chunkFrames * leg.format.channels)
  }

  /// Fills a block of the mix's clock.
  ///
  /// - Parameters:
  ///   - start: the block's first sample in the mix; blocks follow one another.
  ///   - block: `frames` frames in the leg's layout, all of them written.
  /// - Returns: the frames of the block that belong to the leg; the rest is silence.
  mutating func fill(_ block: borrowing SampleBuffer, from start: Int64, frames: Int) throws(OfflineMixError) -> Range<
    Int
  > {
    let first = Int(max(0, min(Int64(frames), leg.start - start)))
    let last = Int(max(Int64(first), min(Int64(frames), leg.end - start)))
    let channels = leg.layout.count
    var before = block.mutableSpan(0..<first * channels)
    before.update(repeating: 0)
    var after = block.mutableSpan(last * channels..<frames * channels)
    after.update(repeating: 0)
    if first < last {
      var samples = block.mutableSpan(first * channels..<last * channels)
      try play(into: &samples)
    }
    if leg.end <= start + Int64(frames) { try finish() }
    return first..<last
  }

  /// Reads once past the leg's last sample, for that is where a reader tells that a file was cut off, and lets the file go.
  private mutating func finish() throws(OfflineMixError) {
    if reader != nil, pendingStart == pendingEnd { _ = try readChunk() }
    close()
  }

  private mutating func close() {
    reader = nil
    resampler = nil
    hasEnded = true
  }

  // MARK: From the file to 48 kHz

  private mutating func play(into samples: inout MutableSpan<Float>) throws(OfflineMixError) {
    let channels = leg.layout.count
    var done = 0
    while done < samples.count {
      if leg.needsResampling {
        var rest = samples._mutatingExtracting(done...)
        let produced = try resample(into: &rest)
        if produced == 0 { break }
        done += produced * channels
      } else {
        guard try refill() else { break }
        let count = min(samples.count - done, (pendingEnd - pendingStart) * channels)
        var part = samples._mutatingExtracting(done..<done + count)
        part.copy(pending.span(pendingStart * channels..<pendingStart * channels + count), at: 0)
        pendingStart += count / channels
        done += count
      }
    }
    // The file turned out shorter than it said.
    var missing = samples._mutatingExtracting(done...)
    missing.update(repeating: 0)
  }

  /// Resamples until something comes out; 0 at the end.
  private mutating func resample(into samples: inout MutableSpan<Float>) throws(OfflineMixError) -> Int {
    do {
      if resampler == nil && !hasEnded {
        resampler = try OfflineResampler(channels: leg.layout.count, inputRate: leg.effectiveRate)
      }
      while try refill() {
        let waiting = pendingStart * leg.layout.count..<pendingEnd * leg.layout.count
        let progress = try Self.resample(pending, waiting, with: &resampler, into: &samples)
        pendingStart += progress.consumedFrames
        if progress.producedFrames > 0 { return progress.producedFrames }
      }
      return try resampler?.flush(into: &samples) ?? 0
    } catch let error as OfflineMixError {
      throw error
    } catch {
      throw .outOfMemory
    }
  }

  private static func resample(
    _ pending: borrowing SampleBuffer, _ waiting: Range<Int>, with resampler: inout OfflineResampler?,
    into samples: inout MutableSpan<Float>
  ) throws(ResamplerError) -> ResamplerProgress {
    try resampler?.process(pending.span(waiting), into: &samples)
      ?? ResamplerProgress(consumedFrames: waiting.count, producedFrames: 0)
  }

  /// Makes sure that something is pending; false at the file's end.
  private mutating func refill() throws(OfflineMixError) -> Bool {
    while pendingStart == pendingEnd {
      guard !hasEnded else { return false }
      pendingStart = 0
      pendingEnd = try readChunk()
      if pendingEnd == 0 { hasEnded = true }
    }
    return true
  }

  /// Reads frames in the leg's layout into `pending`; 0 at the end.
  private mutating func readChunk() throws(OfflineMixError) -> Int {
    while true {
      do throws(AudioFileError) {
        if reader == nil { reader = try openAudioFile(at: leg.specification.file, gainTags: gainTags) }
        guard let reader else { return 0 }
        return try readChunk(from: reader)
      } catch {
        guard keepsGoing, case .damaged(_, let second, let detail) = error else { throw .file(error) }
        damage.append(MixReport.Damage(second: second, detail: detail))
      }
    }
  }

  private mutating func readChunk(from reader: any AudioFileReader) throws(AudioFileError) -> Int {
    let fileChannels = leg.format.channels
    let frames: Int
    if fileChannels == leg.layout.count {
      var samples = pending.mutableSpan
      frames = try reader.read(into: &samples)
    } else {
      var samples = raw.mutableSpan
      frames = try reader.read(into: &samples)
      takeChannels(frames: frames)
    }
    clipping.add(pending, count: frames * leg.layout.count, kernels: kernels)
    return frames
  }

  /// Takes the leg's channel out of `raw`, or the mean of all.
  private func takeChannels(frames: Int) {
    let channels = leg.format.channels
    let input = raw.span
    var output = pending.mutableSpan
    if case .one(let channel) = leg.specification.channel {
      for frame in 0..<frames { output[frame] = input[frame * channels + channel - 1] }
    } else {
      let share = 1 / Float(channels)
      for frame in 0..<frames {
        var sum: Float = 0
        for channel in 0..<channels { sum += input[frame * channels + channel] }
        output[frame] = sum * share
      }
    }
  }
}
