import MediaBase
import RTC
import Testing

@Suite struct LossPatternTests {
  /// `.` heard, `x` lost, `d` discarded; packets of 20 ms.
  private static func metrics(_ drawing: String, gapMinimum: Int = 16) -> RTCPVoIPMetrics {
    var pattern = LossPattern(gapMinimum: gapMinimum)
    for sign in drawing { pattern.note(sign == "." ? .heard : sign == "x" ? .lost : .discarded) }
    return pattern.metrics(of: SSRC(rawValue: 1), packetMilliseconds: 20)
  }

  @Test func nothingPlayedIsAllZero() {
    #expect(Self.metrics("") == RTCPVoIPMetrics(source: SSRC(rawValue: 1)))
  }

  @Test(arguments: [
    // Drawing; burst density, burst ms, gap density, gap ms; gap minimum 4.
    ("..........", 0, 0, 0, 200),
    // Alone: part of the gap.
    ("....x.....", 0, 0, 25, 200), ("x....x....x", 0, 0, 69, 220),
    // Four heard between them part two losses; three do not.
    ("....x....x....", 0, 0, 36, 280), ("....x...x....", 102, 100, 0, 80),
    // A burst at the beginning, at the end, and all along.
    ("xx.....", 255, 40, 0, 100), (".....xd", 255, 40, 0, 100), ("xxxx", 255, 80, 0, 0),
    // Two bursts, three gaps, of which one holds a loss.
    ("....xx....x....x.x....", 204, 50, 15, 113),
  ])
  func burstsAndGaps(drawing: String, burstDensity: Int, burst: Int, gapDensity: Int, gap: Int) {
    let metrics = Self.metrics(drawing, gapMinimum: 4)
    #expect(Int(metrics.burstDensity) == burstDensity && Int(metrics.burstMilliseconds) == burst)
    #expect(Int(metrics.gapDensity) == gapDensity && Int(metrics.gapMilliseconds) == gap)
    #expect(metrics.gapMinimum == 4)
  }

  @Test func lossAndDiscardAreToldApart() {
    let metrics = Self.metrics("..xd..x.")
    #expect(metrics.lossRate == 64 && metrics.discardRate == 32)
  }

  /// Against a second way to find them: over the whole drawing at once.
  @Test func anyPatternAddsUp() {
    var random = SeededGenerator(seed: 9)
    for _ in 0..<500 {
      let fates = (0..<Int.random(in: 1...300, using: &random)).map { _ in Int.random(in: 0..<12, using: &random) == 0 }
      let losses = fates.indices.filter { fates[$0] }
      var bursts: [ClosedRange<Int>] = []
      for loss in losses {
        if let last = bursts.last, loss - last.upperBound <= 16 {
          bursts[bursts.count - 1] = last.lowerBound...loss
        } else {
          bursts.append(loss...loss)
        }
      }
      bursts.removeAll { $0.count == 1 }
      let inBursts = bursts.map(\.count).reduce(0, +)
      let lossesInBursts = losses.filter { loss in bursts.contains { $0.contains(loss) } }.count

      let metrics = Self.metrics(String(fates.map { $0 ? "x" : "." }))
      #expect(Int(metrics.burstMilliseconds) == (bursts.isEmpty ? 0 : inBursts * 20 / bursts.count))
      #expect(Int(metrics.burstDensity) == (inBursts == 0 ? 0 : min(255, lossesInBursts * 256 / inBursts)))
      let inGaps = fates.count - inBursts
      #expect(Int(metrics.gapDensity) == (inGaps == 0 ? 0 : min(255, (losses.count - lossesInBursts) * 256 / inGaps)))
    }
  }
}
