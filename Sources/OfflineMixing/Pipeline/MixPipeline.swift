import MediaBase
import MediaFiles
import Mixing

/// Mixes all legs once, from the first sample to the last, in rounds of three stages a block apart.
///
/// ```
/// round r:   legs decode block r   │   the mixer mixes block r − 1   │   mixes encode block r − 2
/// ```
/// All pieces of a round are independent, so they share the cores; memory is two blocks for each leg and mix, however long
/// the recordings are.
struct MixPipeline {
  var legs: [LegTrack]
  var stage: MixStage
  var blockFrames: Int
  /// The mix's length in samples per channel.
  var length: Int64
  var runner: RoundRunner

  /// Memory for blocks, in bytes: more would not be faster.
  private static let blockMemory = 48 << 20
  /// The longest block: half a second.
  private static let mostFrames = 25

  /// A block's length in samples per channel: whole frames, shorter where there are many legs.
  static func blockFrames(legs: [Leg], mixes: Int, layout: ChannelLayout) -> Int {
    let channels = legs.reduce(0) { $0 + $1.layout.count } + mixes * layout.count
    let bytesPerFrame = channels * MixStage.frame.samples * MemoryLayout<Float>.size * 2
    return MixStage.frame.samples * max(1, min(mostFrames, blockMemory / max(1, bytesPerFrame)))
  }

  /// Runs to the end.
  ///
  /// - Parameter progress: told after each round how many samples have been mixed; may throw to stop.
  func run(latency: Int, progress: (Int64) throws(OfflineMixError) -> Void) throws(OfflineMixError) {
    let blocks = Int((length + Int64(latency) + Int64(blockFrames) - 1) / Int64(blockFrames))
    for round in 0..<blocks + 2 where length > 0 {
      var pieces: [any RoundPiece] = []
      if round >= 2 { pieces += stage.tracks as [any RoundPiece] }
      if (1...blocks).contains(round) { pieces.append(stage) }
      if round < blocks { pieces += legs as [any RoundPiece] }
      try runner.run(pieces)
      try progress(min(length, Int64(max(0, round - 1)) * Int64(blockFrames)))
    }
  }

  /// Ends every file.
  func finish() throws(OfflineMixError) {
    try runner.run((stage.tracks.map(Finish.init(mix:)) + legs.map(Finish.init(leg:))) as [any RoundPiece])
  }

  /// The end of one file, as a piece of a round: closing an Opus file encodes what is left of it.
  private final class Finish: RoundPiece {
    let end: () throws(OfflineMixError) -> Void

    init(mix: MixTrack) { end = { () throws(OfflineMixError) in try mix.finish() } }
    init(leg: LegTrack) { end = { () throws(OfflineMixError) in try leg.finish() } }

    func perform() throws(OfflineMixError) { try end() }
  }
}
