import MediaBase
import MediaFiles
import Mixing

/// One leg on its way through the pipeline: decoded a block ahead of the mixer, analysed, and written as a stem if wanted.
///
/// Two blocks of samples take turns: while the mixer reads one, the other is filled.
final class LegTrack: RoundPiece {
  private(set) var source: LegSource
  /// What a report says of it; nothing where no report is wanted.
  let analysis: SignalAnalysis?
  /// Gain with which it enters the mix, of its own and of the whole mix's normalization.
  let gain: Decibels

  private let blockFrames: Int
  private let stem: (any AudioFileWriter)?
  private let stemLength: Int64
  private let stemBlock: SampleBuffer
  private let kernels = MixKernels()
  private let blocks: (SampleBlock, SampleBlock)
  private var nextBlock = 0

  /// A block of samples and which of them belong to the leg.
  final class SampleBlock {
    let samples: SampleBuffer
    var active: Range<Int> = 0..<0

    init(count: Int) {
      samples = SampleBuffer(count: count)
    }
  }

  /// - Parameters:
  ///   - stem: where the leg is written by itself, and how long all stems are.
  init(
    _ source: consuming LegSource, gain: Decibels, blockFrames: Int, analysis: SignalAnalysis?,
    stem: (writer: any AudioFileWriter, length: Int64)?
  ) {
    let samples = blockFrames * source.leg.layout.count
    self.source = source
    self.gain = gain
    self.blockFrames = blockFrames
    self.analysis = analysis
    self.stem = stem?.writer
    stemLength = stem?.length ?? 0
    stemBlock = SampleBuffer(count: stem == nil ? 0 : samples)
    blocks = (SampleBlock(count: samples), SampleBlock(count: samples))
  }

  /// The block of a round: the one that `perform` filled in it.
  func block(_ round: Int) -> SampleBlock {
    round.isMultiple(of: 2) ? blocks.0 : blocks.1
  }

  /// Fills the next block.
  func perform() throws(OfflineMixError) {
    let round = nextBlock
    nextBlock += 1
    let block = block(round)
    let start = Int64(round) * Int64(blockFrames)
    block.active = try source.fill(block.samples, from: start, frames: blockFrames)
    analyse(block.samples, active: block.active, round: round)
    try writeStem(block.samples, scaledIn: stemBlock, start: start)
  }

  private func analyse(_ samples: borrowing SampleBuffer, active: Range<Int>, round: Int) {
    guard let analysis else { return }
    let channels = source.leg.layout.count
    analysis.addToLoudness(samples.span(active.lowerBound * channels..<active.upperBound * channels))
    let framesPerBlock = blockFrames / ReportFrame.samples
    for frame in 0..<framesPerBlock {
      let range = frame * ReportFrame.samples * channels..<(frame + 1) * ReportFrame.samples * channels
      analysis.addFrame(samples.span(range), number: round * framesPerBlock + frame)
    }
  }

  private func writeStem(
    _ samples: borrowing SampleBuffer, scaledIn scaled: borrowing SampleBuffer, start: Int64
  ) throws(OfflineMixError) {
    let frames = Int(max(0, min(Int64(blockFrames), stemLength - start)))
    guard let stem, frames > 0 else { return }
    let count = frames * source.leg.layout.count
    var output = scaled.mutableSpan(0..<count)
    kernels.gainRamp(samples.span(0..<count), gain: Float(gain.linear), step: 0, into: &output)
    do {
      try stem.write(scaled.span(0..<count))
    } catch {
      throw .file(error)
    }
  }

  /// Ends the stem's file.
  func finish() throws(OfflineMixError) {
    do {
      try stem?.finish()
    } catch {
      throw .file(error)
    }
  }
}
