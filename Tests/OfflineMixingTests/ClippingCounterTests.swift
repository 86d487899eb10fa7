import MediaBase
import Mixing
import OfflineMixing
import Testing

@Suite("Samples at full scale")
struct ClippingCounterTests {
  @Test(
    arguments: [
      ([0, 1, 0], 0), ([1, 1, 0, 1, 1], 0), ([1, 1, 1], 3), ([1, -1, 1, -1], 4), ([0.999, -0.999, 1.5], 3),
      ([0.9989, 0.9989, 0.9989, 0.9989], 0), ([1, 1, 1, 0, 1, 1, 1, 1, 0, 1], 7), ([], 0),
    ] as [([Float], Int)])
  func countInRunsOfThreeOrMore(_ samples: [Float], clipped: Int) {
    #expect(count(samples, pieces: [samples.count]) == clipped)
  }

  @Test func areCountedAlikeHoweverTheRecordingIsCut() {
    var chance = SeededGenerator(seed: 4)
    for channels in 1...2 {
      for _ in 0..<200 {
        let frames = Int.random(in: 0...60, using: &chance)
        let samples = (0..<frames * channels).map { _ in Float.random(in: 0...1, using: &chance) < 0.7 ? Float(1) : 0 }
        var pieces: [Int] = []
        while pieces.reduce(0, +) < frames {
          pieces.append(min(Int.random(in: 0...7, using: &chance), frames - pieces.reduce(0, +)))
        }
        let whole = (0..<channels).reduce(0) { sum, channel in
          sum + runs(stride(from: channel, to: samples.count, by: channels).map { samples[$0] })
        }
        #expect(count(samples, channels: channels, pieces: pieces) == whole)
      }
    }
  }

  @Test func ofOneChannelCountWhateverTheOtherDoes() {
    #expect(count([1, 0, 1, 0, 1, 0, 0, 0], channels: 2, pieces: [4]) == 3)
    #expect(count([1, 1, 1, 1, 0, 0], channels: 2, pieces: [3]) == 0)
    #expect(count([0, 1, 0, 1, 0, 1], channels: 2, pieces: [1, 1, 1]) == 3)
  }

  /// Samples in runs of three or more.
  private func runs(_ samples: [Float]) -> Int {
    samples.split { $0 < 0.999 }.reduce(0) { $0 + ($1.count >= 3 ? $1.count : 0) }
  }

  private func count(_ samples: [Float], channels: Int = 1, pieces: [Int]) -> Int {
    var counter = ClippingCounter(channels: channels)
    var start = 0
    for piece in pieces {
      let part = Array(samples[start..<start + piece * channels])
      let buffer = SampleBuffer(count: max(1, part.count))
      buffer.copy(part.span, at: 0)
      counter.add(buffer, count: part.count, kernels: MixKernels())
      start += piece * channels
    }
    return counter.samples
  }
}
