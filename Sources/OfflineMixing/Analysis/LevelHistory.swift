import MediaBase
import Mixing

/// A level over time in equal bins, for a report's envelope.
///
/// As many bins as a page is wide, however long the mix: its memory does not grow. A plain value with one array.
package struct LevelHistory {
  /// Frames of 20 ms in a bin.
  private let framesPerBin: Int
  private let frames: Int
  private var peaks: [Float]
  private var energies: [Double]

  /// The most bins.
  package static let mostBins = 2400
  /// What stands for digital silence in a report, dBFS.
  package static let silence = -120.0

  /// A history of a mix of so many 20 ms frames.
  package init(frames: Int) {
    self.frames = frames
    framesPerBin = max(1, (frames + Self.mostBins - 1) / Self.mostBins)
    let bins = (frames + framesPerBin - 1) / framesPerBin
    peaks = Array(repeating: 0, count: bins)
    energies = Array(repeating: 0, count: bins)
  }

  /// The length of a bin in 20 ms frames of a mix with so many, and how many bins that makes.
  var binning: (framesPerBin: Int, bins: Int) { (framesPerBin, peaks.count) }

  /// Enters the level of one 20 ms frame.
  package mutating func add(peak: Float, meanSquare: Float, atFrame frame: Int) {
    let bin = frame / framesPerBin
    guard bin < peaks.count else { return }
    peaks[bin] = max(peaks[bin], peak)
    energies[bin] += Double(meanSquare)
  }

  /// As a report has it, with a gain applied.
  package func envelope(gain: Decibels = .unity) -> MixReport.Envelope {
    MixReport.Envelope(
      secondsPerBin: Double(framesPerBin * ReportFrame.samples) / Double(AudioRate.samplesPerSecond),
      peakdBFS: peaks.map { Self.level(Decibels(linear: Double($0)), gain) },
      rmsdBFS: energies.indices.map { bin in
        Self.level(Decibels(power: energies[bin] / Double(frames(inBin: bin))), gain)
      })
  }

  /// The last bin may have fewer than the others.
  private func frames(inBin bin: Int) -> Int {
    min(framesPerBin, frames - bin * framesPerBin)
  }

  private static func level(_ level: Decibels, _ gain: Decibels) -> Double {
    let value = max(silence, level.value + gain.value)
    return value.isFinite ? (value * 10).rounded() / 10 : silence
  }
}

/// The frame that reports are made of: 20 ms, whatever the mixer's own frame is.
package enum ReportFrame {
  /// Samples per channel.
  package static let samples = FrameDuration.ms20.samples
}
