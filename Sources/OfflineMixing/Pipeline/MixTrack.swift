import MediaBase
import MediaFiles
import Mixing

/// One finished mix on its way out: everybody's, or one leg's mix-minus. Written and analysed a block behind the mixer.
///
/// Two blocks of samples take turns: while the mixer fills one, the other is encoded. The limiter's latency is taken off
/// here, so that the mix begins where its legs do.
final class MixTrack: RoundPiece {
  /// Whose mix-minus it is: an index into the legs; nothing for everybody's.
  let listener: Int?
  /// What a report says of it; nothing where no report is wanted.
  let analysis: SignalAnalysis?

  private let layout: ChannelLayout
  private let blockFrames: Int
  private let writer: (any AudioFileWriter)?
  private let length: Int64
  private let latency: Int
  private let blocks: (LegTrack.SampleBlock, LegTrack.SampleBlock)
  private var nextBlock = 0

  init(
    listener: Int?, layout: ChannelLayout, blockFrames: Int, length: Int64, latency: Int, analysis: SignalAnalysis?,
    writer: (any AudioFileWriter)?
  ) {
    self.listener = listener
    self.layout = layout
    self.blockFrames = blockFrames
    self.length = length
    self.latency = latency
    self.analysis = analysis
    self.writer = writer
    frame = SampleBuffer(count: ReportFrame.samples * layout.count)
    let samples = blockFrames * layout.count
    blocks = (LegTrack.SampleBlock(count: samples), LegTrack.SampleBlock(count: samples))
  }

  /// The block of a round of the mixer's.
  func block(_ round: Int) -> LegTrack.SampleBlock {
    round.isMultiple(of: 2) ? blocks.0 : blocks.1
  }

  /// Encodes and analyses the next block.
  func perform() throws(OfflineMixError) {
    let round = nextBlock
    nextBlock += 1
    let start = Int64(round) * Int64(blockFrames)
    let first = Int(max(0, min(Int64(blockFrames), Int64(latency) - start)))
    let last = Int(max(Int64(first), min(Int64(blockFrames), length + Int64(latency) - start)))
    guard first < last else { return }
    try finish(block(round).samples, first * layout.count..<last * layout.count, from: start + Int64(first - latency))
  }

  private func finish(
    _ block: borrowing SampleBuffer, _ range: Range<Int>, from start: Int64
  ) throws(OfflineMixError) {
    analyse(block, range, collectedIn: frame, start: start)
    do {
      try writer?.write(block.span(range))
    } catch {
      throw .file(error)
    }
  }

  /// Frames that the latency cut apart, put together again: reports count from the mix's first sample.
  private let frame: SampleBuffer
  private var frameFilled = 0

  private func analyse(
    _ block: borrowing SampleBuffer, _ range: Range<Int>, collectedIn frame: borrowing SampleBuffer, start: Int64
  ) {
    guard let analysis else { return }
    let samples = block.span(range)
    analysis.addToLoudness(samples.extracting(0..<samples.count))
    var number = Int(start) / ReportFrame.samples
    var position = 0
    while position < samples.count {
      let count = min(frame.count - frameFilled, samples.count - position)
      frame.copy(samples.extracting(position..<position + count), at: frameFilled)
      position += count
      frameFilled += count
      guard frameFilled == frame.count else { return }
      analysis.addFrame(frame.span, number: number)
      frameFilled = 0
      number += 1
    }
  }

  /// Ends the file.
  func finish() throws(OfflineMixError) {
    if let analysis, frameFilled > 0 {
      analysis.addFrame(frame, count: frameFilled, number: Int(length) / ReportFrame.samples)
    }
    do {
      try writer?.finish()
    } catch {
      throw .file(error)
    }
  }
}
