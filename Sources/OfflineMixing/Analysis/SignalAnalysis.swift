import MediaBase
import Mixing

/// What a report says of one signal, gathered while it is mixed: its loudness, its level over time and, for a leg, when it
/// speaks.
///
/// One owner, one thread at a time. Costs about as much as decoding the signal does, which is why nobody gathers it unasked.
final class SignalAnalysis {
  private let layout: ChannelLayout
  private let kernels = MixKernels()
  private var meter: LoudnessMeter
  private var history: LevelHistory
  private var speechBand: SpeechBand
  private var speech = SpeechDetector()

  /// Analyses a signal in a mix of so many 20 ms frames.
  init(layout: ChannelLayout, mixFrames: Int) throws(OfflineMixError) {
    self.layout = layout
    do {
      meter = try LoudnessMeter(layout: layout)
    } catch {
      throw .outOfMemory
    }
    history = LevelHistory(frames: mixFrames)
    speechBand = SpeechBand(channels: layout.count)
  }

  /// Takes samples for the loudness: those of the signal alone, without the silence around it.
  func addToLoudness(_ samples: Span<Float>) {
    meter.add(samples)
  }

  /// Takes the level of one 20 ms frame of the mix's clock; frames follow one another.
  func addFrame(_ samples: Span<Float>, number: Int) {
    let meanSquare = samples.isEmpty ? 0 : kernels.energy(samples) / Float(samples.count)
    history.add(peak: kernels.peak(samples), meanSquare: meanSquare, atFrame: number)
    speech.add(meanSquare: speechBand.meanSquare(samples))
  }

  /// The same for the beginning of a buffer.
  func addFrame(_ samples: borrowing SampleBuffer, count: Int, number: Int) {
    addFrame(samples.span(0..<count), number: number)
  }

  /// The level over time, with a gain applied.
  func envelope(gain: Decibels = .unity) -> MixReport.Envelope { history.envelope(gain: gain) }

  /// When it spoke.
  func talkspurts() -> [MixReport.Interval] { speech.intervals() }

  /// The loudness, with a gain applied.
  func loudness(gain: Decibels = .unity) -> MixReport.Loudness {
    func tenth(_ value: Double?) -> Double? {
      value.flatMap { $0.isFinite ? (($0 + gain.value) * 100).rounded() / 100 : nil }
    }
    return MixReport.Loudness(
      integratedLUFS: tenth(meter.integratedLUFS), rangeLU: meter.rangeLU.map { ($0 * 100).rounded() / 100 },
      truePeakdBTP: tenth(meter.truePeakdBTP?.value), samplePeakdBFS: tenth(meter.samplePeakdBFS?.value))
  }

  /// Integrated loudness as measured, unrounded; nothing where all was below the gate.
  var integratedLUFS: Double? { meter.integratedLUFS }
}
