import Foundation
import MediaBase
import Mixing
import Testing

@Suite("Offline resampling")
struct ResamplingOfflineTests {
  /// Every rate that recordings come in, a drifting clock, and rates far out.
  static let rates: [Double] = [
    6_000, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 37_800, 44_100, 44_056, 48_000, 48_000 * 1.0001,
    47_999.5, 88_200, 96_000, 192_000, 384_000,
  ]

  static let qualities = OfflineResampler.Quality.allCases

  @Test("The result is the sound itself at 48 kHz, in its place in time", arguments: rates)
  func matchesTheContinuousSignal(rate: Double) throws {
    let nyquist = min(rate, 48_000) / 2
    let tone = ResamplingTone(nyquist * 0.04, nyquist * 0.31, nyquist * 0.87, amplitude: 0.3)
    let output = try resampledOffline(tone.samples(rate: rate, frames: Int(rate)), channels: 1, rate: rate)
    #expect(abs(output.count - 48_000) <= 1)
    var error = 0.0
    for index in 4_800..<43_200 {
      let difference = Double(output[index]) - tone.value(atSecond: Double(index) / 48_000)
      error = max(error, abs(difference))
    }
    // The stated −90 dB, against full scale.
    #expect(Decibels(linear: error) < Decibels(-90), "\(rate) Hz: worst error \(Decibels(linear: error).value) dB")
  }

  @Test("A tone keeps its level within 0.1 dB, and nothing else is above −90 dB", arguments: qualities)
  func toneIsClean(quality: OfflineResampler.Quality) throws {
    for (rate, hertz) in [(8_000.0, 3_400.0), (8_000, 300), (44_100, 997), (44_100, 18_000), (96_000, 19_000)] {
      let input = ResamplingTone(hertz).samples(rate: rate, frames: Int(rate))
      let output = try resampledOffline(input, channels: 1, rate: rate, quality: quality)
      let fit = ResamplingToneFit(output[4_800..<43_200], hertz: hertz, rate: 48_000)
      #expect(abs(Decibels(linear: fit.amplitude / 0.5).value) < 0.1)
      #expect(fit.residual < Decibels(-90), "\(rate) Hz, \(hertz) Hz: \(fit.residual.value) dB")
    }
  }

  @Test("A tone that 48 kHz cannot hold vanishes")
  func aliasesVanish() throws {
    for hertz in [24_500.0, 30_000, 47_000] {
      let input = ResamplingTone(hertz).samples(rate: 96_000, frames: 96_000)
      let output = try resampledOffline(input, channels: 1, rate: 96_000)
      #expect(resamplingLevel(output[4_800..<43_200]) < Decibels(-96), "\(hertz) Hz")
    }
  }

  @Test("48 kHz passes unchanged")
  func sameRateIsIdentity() throws {
    var random = SeededGenerator(seed: 1)
    let input = (0..<10_001).map { _ in Float.random(in: -1...1, using: &random) }
    let output = try resampledOffline(input, channels: 1, rate: 48_000)
    let isSame = output == input
    #expect(isSame)
  }

  @Test("Chunks of any size give the same bits", arguments: [8_000.0, 44_100, 48_000 * 1.000_05, 96_000])
  func chunksDoNotMatter(rate: Double) throws {
    var random = SeededGenerator(seed: 2)
    for channels in [1, 2, 3] {
      let input = (0..<30_000 * channels).map { _ in Float.random(in: -1...1, using: &random) }
      let whole = try resampledOffline(input, channels: channels, rate: rate, nextChunk: { 200_000 })
      for largest in [7, 480, 5_000] {
        let parts = try resampledOffline(input, channels: channels, rate: rate) {
          Int.random(in: 1...largest, using: &random)
        }
        let isSame = parts.map(\.bitPattern) == whole.map(\.bitPattern)
        #expect(isSame, "chunks up to \(largest), \(channels) channels")
      }
    }
  }

  @Test("Channels do not hear each other")
  func channelsStayApart() throws {
    let left = ResamplingTone(1_000).samples(rate: 44_100, frames: 20_000)
    let interleaved: [Float] = left.flatMap { sample -> [Float] in [sample, 0, -sample] }
    let alone = try resampledOffline(left, channels: 1, rate: 44_100)
    let together = try resampledOffline(interleaved, channels: 3, rate: 44_100)
    for frame in alone.indices {
      #expect(together[3 * frame] == alone[frame])
      #expect(together[3 * frame + 1] == 0)
      #expect(together[3 * frame + 2] == -alone[frame])
    }
  }

  @Test("The length is the input's duration, rounded to a frame", arguments: rates)
  func lengthIsExact(rate: Double) throws {
    for frames in [0, 1, 2, 3, 7, 100, 101, 4_409, 4_410, 44_101, 100_003] {
      let input = [Float](repeating: 0.25, count: frames)
      let output = try resampledOffline(input, channels: 1, rate: rate)
      #expect(output.count == Int((Double(frames) * 48_000 / rate).rounded()), "\(frames) frames at \(rate) Hz")
      #expect(output.allSatisfy { $0.isFinite && abs($0) < 1 })
    }
  }

  @Test("A clock that drifts by 100 ppm moves a click by 283 samples in 59 s", arguments: [100.0, -100])
  func driftMovesAClick(ppm: Double) throws {
    let (frames, click) = (60 * 48_000, 59 * 48_000)
    var input = [Float](repeating: 0, count: frames)
    for offset in -60...60 { input[click + offset] = Float(exp(-Double(offset * offset) / 128)) }
    let output = try resampledOffline(input, channels: 1, rate: 48_000 * (1 + ppm / 1e6))
    let factor = 1 / (1 + ppm / 1e6)
    #expect(output.count == Int((Double(frames) * factor).rounded()))
    let expected = Double(click) * factor
    var (weight, moment) = (0.0, 0.0)
    for index in Int(expected) - 100...Int(expected) + 100 {
      weight += Double(output[index])
      moment += Double(output[index]) * Double(index)
    }
    #expect(abs(moment / weight - expected) < 0.01, "centre at \(moment / weight), not \(expected)")
    #expect(abs(moment / weight - Double(click) + ppm.sign(283.2)) < 0.1)
  }

  @Test("What cannot be resampled is refused with its reason")
  func refusals() {
    func failure(channels: Int, rate: Double) -> ResamplerError? {
      do {
        _ = try OfflineResampler(channels: channels, inputRate: rate)
        return nil
      } catch { return error }
    }
    #expect(failure(channels: 0, rate: 8_000) == .unsupportedChannelCount(0))
    #expect(failure(channels: -1, rate: 8_000) == .unsupportedChannelCount(-1))
    #expect(failure(channels: 100_000, rate: 8_000) == .unsupportedChannelCount(100_000))
    #expect(failure(channels: 1, rate: 0) == .unsupportedRate(0))
    #expect(failure(channels: 1, rate: -8_000) == .unsupportedRate(-8_000))
    #expect(failure(channels: 1, rate: .infinity) == .unsupportedRate(.infinity))
    #expect(failure(channels: 1, rate: .nan) != nil)
    #expect(failure(channels: 1, rate: 187.5) == nil)
    #expect(failure(channels: 1, rate: 12_288_000) == nil)
    #expect(failure(channels: 1_024, rate: 44_100) == nil)
  }
}

extension Double {
  /// `magnitude` with this number's sign.
  fileprivate func sign(_ magnitude: Double) -> Double { self < 0 ? -magnitude : magnitude }
}
