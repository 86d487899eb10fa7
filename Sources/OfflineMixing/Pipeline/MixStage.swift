import MediaBase
import Mixing

/// Drives the mixer over one block after another: the same mixer that a live room runs at its tick, by file time.
final class MixStage: RoundPiece {
  private var mixer: Mixer
  private let members: [Mixer.Member]
  private let legs: [LegTrack]
  private let mixes: [MixTrack]
  private let framesPerBlock: Int
  private var nextBlock = 0
  /// What the limiter of everybody's mix did.
  private(set) var limiting: LimiterHistory

  /// The mixer's frame: 20 ms, as reports count.
  static let frame = FrameDuration.ms20

  init(
    legs: [LegTrack], layout: ChannelLayout, blockFrames: Int, mixFrames: Int, limiter: LimiterSettings,
    mixes: (_ latency: Int) -> [MixTrack]
  ) throws(OfflineMixError) {
    mixer = Mixer(capacity: legs.count, layout: layout, frame: Self.frame, limiter: limiter)
    var members: [Mixer.Member] = []
    do {
      for leg in legs {
        let pan = leg.source.leg.specification.pan.map(Pan.init) ?? .centre
        members.append(try mixer.join(MemberSettings(gain: leg.gain, pan: pan)))
      }
    } catch {
      preconditionFailure("the mixer was made with a place for each leg")
    }
    self.members = members
    self.legs = legs
    self.mixes = mixes(mixer.latencySamples)
    framesPerBlock = blockFrames / Self.frame.samples
    limiting = LimiterHistory(frames: mixFrames)
  }

  /// Where the mixes of a round go.
  var tracks: [MixTrack] { mixes }

  /// Mixes the next block of every leg into the next block of every mix.
  func perform() throws(OfflineMixError) {
    let round = nextBlock
    nextBlock += 1
    let blocks = legs.map { $0.block(round) }
    for frame in 0..<framesPerBlock {
      let samples = frame * Self.frame.samples..<(frame + 1) * Self.frame.samples
      mixer.beginFrame()
      for (index, block) in blocks.enumerated() where block.active.overlaps(samples) {
        contribute(block.samples, samples, layout: legs[index].source.leg.layout, from: members[index])
      }
      render(frame, round: round)
    }
  }

  private func contribute(
    _ block: borrowing SampleBuffer, _ samples: Range<Int>, layout: ChannelLayout, from member: Mixer.Member
  ) {
    let voice = block.span(samples.lowerBound * layout.count..<samples.upperBound * layout.count)
    mixer.contribute(voice, layout: layout, from: member)
  }

  private func render(_ frame: Int, round: Int) {
    let samples = frame * mixer.samplesPerFrame..<(frame + 1) * mixer.samplesPerFrame
    for mix in mixes {
      render(mix.listener, into: mix.block(round).samples, samples)
      if mix.listener == nil { limiting.add(mixer.sharedReduction, atFrame: round * framesPerBlock + frame) }
    }
  }

  private func render(_ listener: Int?, into block: borrowing SampleBuffer, _ samples: Range<Int>) {
    var output = block.mutableSpan(samples)
    if let listener {
      mixer.renderMix(for: members[listener], into: &output)
    } else {
      mixer.renderSharedMix(into: &output)
    }
  }
}
