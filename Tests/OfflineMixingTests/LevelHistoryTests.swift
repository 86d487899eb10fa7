import MediaBase
import OfflineMixing
import Testing

@Suite("A level over time")
struct LevelHistoryTests {
  @Test(arguments: [
    (0, 0, 0.02), (1, 1, 0.02), (2400, 2400, 0.02), (2401, 1201, 0.04), (4800, 2400, 0.04), (90_000, 2369, 0.76),
  ])
  func hasAFewThousandBinsHoweverLong(_ frames: Int, bins: Int, secondsPerBin: Double) {
    let envelope = LevelHistory(frames: frames).envelope()
    #expect(envelope.peakdBFS.count == bins && envelope.rmsdBFS.count == bins)
    #expect(bins <= LevelHistory.mostBins)
    #expect(abs(envelope.secondsPerBin - secondsPerBin) < 1e-9)
  }

  @Test func aBinHasItsHighestPeakAndItsMeanPower() {
    var history = LevelHistory(frames: 4800)
    history.add(peak: 0.5, meanSquare: 0.01, atFrame: 0)
    history.add(peak: 0.1, meanSquare: 0.03, atFrame: 1)
    history.add(peak: 1, meanSquare: 0.5, atFrame: 3)
    let envelope = history.envelope()
    #expect(Array(envelope.peakdBFS.prefix(3)) == [-6, 0, -120])
    #expect(Array(envelope.rmsdBFS.prefix(3)) == [-17, -6, -120])
  }

  @Test func theLastBinIsTheMeanOfTheFramesItHas() {
    var history = LevelHistory(frames: 2400 * 9 + 1)
    for frame in 0..<2400 * 9 + 1 { history.add(peak: 0.1, meanSquare: 0.01, atFrame: frame) }
    #expect(history.envelope().rmsdBFS.allSatisfy { $0 == -20 })
  }

  @Test func aGainShiftsEverythingButSilence() {
    var history = LevelHistory(frames: 2)
    history.add(peak: 0.1, meanSquare: 0.001, atFrame: 0)
    #expect(history.envelope(gain: Decibels(6.04)).peakdBFS == [-14, -120])
    #expect(history.envelope(gain: .silence).rmsdBFS == [-120, -120])
    #expect(history.envelope(gain: Decibels(-200)).rmsdBFS == [-120, -120])
  }

  @Test func framesBehindTheEndAreLeftOut() {
    var history = LevelHistory(frames: 3)
    history.add(peak: 1, meanSquare: 1, atFrame: 3)
    history.add(peak: 1, meanSquare: 1, atFrame: 1_000_000)
    #expect(history.envelope().peakdBFS == [-120, -120, -120])
  }
}

@Suite("What the limiter did")
struct LimiterHistoryTests {
  @Test func nothingIsReportedOfALimiterThatSlept() {
    let history = LimiterHistory(frames: 3)
    let report = history.report(threshold: Decibels(-1))
    #expect(!history.wasNoticeable)
    #expect(report.activeSeconds == 0 && report.deepestReductiondB == 0 && report.thresholddBTP == -1)
    #expect(report.reductiondB == [0, 0, 0])
  }

  @Test func onlyWhatCanBeHeardCounts() {
    var history = LimiterHistory(frames: 10)
    for frame in 0..<5 { history.add(Decibels(0.1), atFrame: frame) }
    #expect(!history.wasNoticeable)
    #expect(history.report(threshold: .unity).activeSeconds == 0)
    history.add(Decibels(0.11), atFrame: 5)
    #expect(history.wasNoticeable)
    #expect(history.report(threshold: .unity).activeSeconds == 0.02)
  }

  @Test func aBinHasTheDeepestReductionInIt() {
    var history = LimiterHistory(frames: 4800)
    for (frame, reduction) in [1.26, 3.14, 0.5, 0].enumerated() { history.add(Decibels(reduction), atFrame: frame) }
    let report = history.report(threshold: Decibels(-1))
    #expect(Array(report.reductiondB.prefix(3)) == [3.1, 0.5, 0])
    #expect(report.reductiondB.count == 2400 && report.secondsPerBin == 0.04)
    #expect(report.deepestReductiondB == 3.14 && abs(report.activeSeconds - 0.06) < 1e-9)
  }

  @Test func framesBehindTheEndHaveNoBin() {
    var history = LimiterHistory(frames: 1)
    history.add(Decibels(3), atFrame: 1)
    #expect(history.report(threshold: .unity).reductiondB == [0])
  }
}
