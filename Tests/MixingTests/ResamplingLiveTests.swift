import Foundation
import MediaBase
import Mixing
import Testing

@Suite("Live resampling")
struct ResamplingLiveTests {
  struct Route: CustomTestStringConvertible {
    var from: Int
    var to: Int
    var testDescription: String { "\(from) → \(to) Hz" }
    var nyquist: Double { Double(min(from, to)) / 2 }
  }

  static let routes = [
    Route(from: 8_000, to: 48_000), Route(from: 48_000, to: 8_000), Route(from: 16_000, to: 48_000),
    Route(from: 48_000, to: 16_000), Route(from: 12_000, to: 48_000), Route(from: 24_000, to: 48_000),
    Route(from: 32_000, to: 48_000), Route(from: 44_100, to: 48_000), Route(from: 48_000, to: 44_100),
  ]

  /// Feeds `input` in frames of 20 ms and gives what comes out, one array a frame.
  static func frames(
    _ input: [Float], through resampler: inout LiveResampler, milliseconds: Int = 20
  ) -> [[Float]] {
    let step = resampler.inputRate * milliseconds / 1_000 * resampler.channels
    let room = (resampler.outputRate * milliseconds / 1_000 + 8) * resampler.channels
    return stride(from: 0, to: input.count / step * step, by: step).map { start in
      var output = [Float](repeating: .nan, count: room)
      var span = output.mutableSpan
      let progress = resampler.process(input.span.extracting(start..<start + step), into: &span)
      #expect(progress.consumedFrames * resampler.channels == step)
      return Array(output[..<(progress.producedFrames * resampler.channels)])
    }
  }

  @Test("A tone keeps its level within 0.1 dB; images and aliases are below −60 dB", arguments: routes)
  func toneIsClean(route: Route) throws {
    for quality in [5, 7, 10] {
      for share in [0.1, 0.25, 0.5, 0.8] {
        let hertz = route.nyquist * share
        var resampler = try LiveResampler(
          channels: 1, inputRate: route.from, outputRate: route.to, quality: quality)
        let input = ResamplingTone(hertz).samples(rate: Double(route.from), frames: route.from)
        let output = Self.frames(input, through: &resampler).flatMap { $0 }
        let fit = ResamplingToneFit(output[(route.to / 10)...], hertz: hertz, rate: Double(route.to))
        let level = Decibels(linear: fit.amplitude / 0.5)
        #expect(abs(level.value) < 0.1, "quality \(quality), \(hertz) Hz: \(level.value) dB")
        #expect(fit.residual < Decibels(-60), "quality \(quality), \(hertz) Hz: \(fit.residual.value) dB")
      }
    }
  }

  @Test("Drift takes as much more or less input, and keeps a tone a tone while it changes")
  func driftIsTakenWithoutASeam() throws {
    var resampler = try LiveResampler(channels: 1, inputRate: 48_000, outputRate: 48_000)
    let input = ResamplingTone(997).samples(rate: 48_000, frames: 480_000)
    var (taken, output) = (0, [Float]())
    for (second, steps) in [33, -33, 1, 65, 0, -65, 2, -1].enumerated() {
      resampler.setDrift(steps: steps)
      var part = [Float](repeating: 0, count: 48_000)
      var span = part.mutableSpan
      let progress = resampler.process(input.span.extracting(taken..<input.count), into: &span)
      let expected = 48_000 * (1 + Double(steps == 0 ? 1 : steps) / Double(LiveResampler.driftStepsPerFrame))
      #expect(
        progress.producedFrames == 48_000 && abs(Double(progress.consumedFrames) - expected) < (second == 0 ? 200 : 2))
      taken += progress.consumedFrames
      output += part
    }
    // What no sine has: x[n + 1] + x[n − 1] − 2 cos(ω) x[n].
    let factor = Float(2 * cos(2 * Double.pi * 997 / 48_000))
    let residual = (200..<output.count - 1).map { abs(output[$0 + 1] + output[$0 - 1] - factor * output[$0]) }.max()
    #expect(try #require(residual) < 2e-3)
  }

  @Test("A tone above the lower rate's half vanishes")
  func aliasesVanish() throws {
    for (to, hertz) in [(8_000, 5_000.0), (8_000, 9_500), (16_000, 10_000), (16_000, 20_000)] {
      var resampler = try LiveResampler(channels: 1, inputRate: 48_000, outputRate: to)
      let input = ResamplingTone(hertz).samples(rate: 48_000, frames: 48_000)
      let output = Self.frames(input, through: &resampler).flatMap { $0 }
      #expect(resamplingLevel(output[(to / 10)...]) < Decibels(-60), "\(hertz) Hz at \(to) Hz")
    }
  }

  @Test("Each frame of 10 or 20 ms gives its whole frame, from the first", arguments: routes)
  func framesStayWhole(route: Route) throws {
    for milliseconds in [10, 20] {
      for channels in [1, 2] {
        var resampler = try LiveResampler(channels: channels, inputRate: route.from, outputRate: route.to)
        let input = [Float](repeating: 0.1, count: route.from * channels)
        let frames = Self.frames(input, through: &resampler, milliseconds: milliseconds)
        #expect(frames.count == 1_000 / milliseconds)
        #expect(frames.allSatisfy { $0.count == route.to * milliseconds / 1_000 * channels })
      }
    }
  }

  @Test("The sound is late by the latency it tells, and in time once leading zeros are skipped", arguments: routes)
  func latencyIsTold(route: Route) throws {
    // So low that the latency is a small part of a cycle.
    let hertz = route.nyquist * 0.009
    let input = ResamplingTone(hertz).samples(rate: Double(route.from), frames: route.from)
    for skips in [false, true] {
      var resampler = try LiveResampler(channels: 1, inputRate: route.from, outputRate: route.to)
      if skips { resampler.skipLeadingZeros() }
      let late = resampler.latencyOutputFrames
      let output = Self.frames(input, through: &resampler).flatMap { $0 }
      let fit = ResamplingToneFit(output[(route.to / 10)...], hertz: hertz, rate: Double(route.to))
      let frames = -fit.phase / (2 * .pi * hertz) * Double(route.to)
      #expect(abs(frames - (skips ? 0 : Double(late))) < 1, "late by \(frames), told \(late)")
      #expect(abs(output.count - (route.to - (skips ? late : 0))) <= 1)
      #expect(abs(Double(resampler.latencyInputFrames) * Double(route.to) / Double(route.from) - Double(late)) <= 6)
    }
  }

  @Test("After a reset nothing of the old stream is heard", arguments: [1, 2])
  func resetForgets(channels: Int) throws {
    for quality in [0, 5, 10] {
      var used = try LiveResampler(channels: channels, inputRate: 48_000, outputRate: 8_000, quality: quality)
      _ = Self.frames([Float](repeating: 1, count: 48_000 * channels), through: &used)
      used.reset()
      var fresh = try LiveResampler(channels: channels, inputRate: 48_000, outputRate: 8_000, quality: quality)
      let input = ResamplingTone(700).samples(rate: 48_000, frames: 4_800 * channels)
      let isSame = Self.frames(input, through: &used) == Self.frames(input, through: &fresh)
      #expect(isSame, "quality \(quality)")
    }
  }

  @Test("A short output takes what it can hold and leaves the rest of the input")
  func shortOutput() throws {
    var whole = try LiveResampler(channels: 2, inputRate: 16_000, outputRate: 48_000)
    var parts = try LiveResampler(channels: 2, inputRate: 16_000, outputRate: 48_000)
    let input = ResamplingTone(440, 523).samples(rate: 32_000, frames: 3_200)
    let expected = Self.frames(input, through: &whole, milliseconds: 100).flatMap { $0 }
    var result: [Float] = []
    var rest = input.span
    while !rest.isEmpty {
      var output = [Float](repeating: .nan, count: 2 * 50)
      var room = output.mutableSpan
      let progress = parts.process(rest, into: &room)
      result += output[..<(2 * progress.producedFrames)]
      rest = rest.extracting(droppingFirst: 2 * progress.consumedFrames)
    }
    // What is left is inside the library, at most one short output.
    #expect(expected.starts(with: result))
    #expect(expected.count - result.count <= 2 * 50)
  }

  @Test("What cannot be resampled is refused with its reason")
  func refusals() {
    func failure(channels: Int = 1, from: Int = 8_000, to: Int = 48_000, quality: Int = 5) -> ResamplerError? {
      do {
        _ = try LiveResampler(channels: channels, inputRate: from, outputRate: to, quality: quality)
        return nil
      } catch { return error }
    }
    #expect(failure(channels: 0) == .unsupportedChannelCount(0))
    #expect(failure(channels: 1_000) == .unsupportedChannelCount(1_000))
    #expect(failure(from: 0) == .unsupportedRate(0))
    #expect(failure(to: -1) == .unsupportedRate(-1))
    #expect(failure(quality: 11) == .unsupportedQuality(11))
    #expect(failure(quality: -1) == .unsupportedQuality(-1))
    #expect(failure() == nil)
  }
}
