import MediaBase
import OfflineMixing
import Testing

@Suite("How a conversation was shared out")
struct ConversationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Talkspurts of each leg.
    let speech: [[ClosedRange<Double>]]
    let seconds: Double
    let overlaps: [String]
    /// Seconds in which nobody, one, two or more spoke.
    let talk: [Double]
  }

  @Test(arguments: [
    Case(testDescription: "nobody", speech: [], seconds: 10, overlaps: [], talk: [10, 0, 0]),
    Case(testDescription: "nobody speaks", speech: [[], []], seconds: 10, overlaps: [], talk: [10, 0, 0]),
    Case(testDescription: "nothing", speech: [], seconds: 0, overlaps: [], talk: [0, 0, 0]),
    Case(testDescription: "one", speech: [[1...3, 5...6]], seconds: 10, overlaps: [], talk: [7, 3, 0]),
    Case(
      testDescription: "two overlap", speech: [[0...5], [4...8]], seconds: 8, overlaps: ["4-5 0,1"], talk: [0, 7, 1]),
    Case(testDescription: "touching", speech: [[0...4], [4...8]], seconds: 8, overlaps: [], talk: [0, 8, 0]),
    Case(
      testDescription: "touching by turns, beside a third", speech: [[0...4], [4...8], [2...6]], seconds: 8,
      overlaps: ["2-4 0,2", "4-6 1,2"], talk: [0, 4, 4]),
    Case(
      testDescription: "nested", speech: [[0...10], [2...8], [3...5]], seconds: 12,
      overlaps: ["2-3 0,1", "3-5 0,1,2", "5-8 0,1"], talk: [2, 4, 6]),
    Case(
      testDescription: "all at once", speech: [[1...4], [1...4], [1...4]], seconds: 5, overlaps: ["1-4 0,1,2"],
      talk: [2, 0, 3]),
    Case(
      testDescription: "a stair", speech: [[0...3], [1...4], [2...5]], seconds: 5,
      overlaps: ["1-2 0,1", "2-3 0,1,2", "3-4 1,2"], talk: [0, 2, 3]),
    Case(
      testDescription: "the ends of words", speech: [[0...2.1], [2...4], [3.75...6]], seconds: 6,
      overlaps: ["3.75-4 1,2"], talk: [0, 5.65, 0.35]),
    Case(
      testDescription: "exactly 200 ms", speech: [[0...2.2], [2...4]], seconds: 4, overlaps: ["2-2.2 0,1"],
      talk: [0, 3.8, 0.2]),
    Case(
      testDescription: "a word of a third within a longer overlap", speech: [[0...6], [2...4], [3...3.1]], seconds: 6,
      overlaps: ["2-3 0,1", "3-3.1 0,1,2", "3.1-4 0,1"], talk: [0, 4, 2]),
    Case(
      testDescription: "many short ones that touch", speech: [[0...6], [2...2.1, 2.2...2.3], [2.1...2.2]], seconds: 6,
      overlaps: ["2-2.1 0,1", "2.1-2.2 0,2", "2.2-2.3 0,1"], talk: [0, 5.7, 0.3]),
    Case(
      testDescription: "beyond the end", speech: [[3...7], [4...9]], seconds: 5, overlaps: ["4-5 0,1"], talk: [3, 1, 1]),
  ])
  func isTakenApart(_ example: Case) {
    let talkspurts = example.speech.map { $0.map { MixReport.Interval(start: $0.lowerBound, end: $0.upperBound) } }
    let conversation = Conversation(talkspurts: talkspurts, seconds: example.seconds)
    let found = conversation.overlaps.map { overlap in
      "\(short(overlap.interval.start))-\(short(overlap.interval.end)) \(overlap.legs.map(String.init).joined(separator: ","))"
    }
    #expect(found == example.overlaps)
    let talk = conversation.talk
    #expect([talk.silenceSeconds, talk.singleSeconds, talk.overlapSeconds] == example.talk)
  }

  /// Against counting 10 ms by 10 ms.
  @Test func agreesWithCounting() {
    var chance = SeededGenerator(seed: 21)
    for _ in 0..<200 {
      let length = 500
      let speech = (0..<Int.random(in: 1...6, using: &chance)).map { _ in
        var at = 0
        var spurts: [Range<Int>] = []
        while true {
          let start = at + Int.random(in: 1...80, using: &chance)
          let end = start + Int.random(in: 1...80, using: &chance)
          guard end <= length else { return spurts }
          spurts.append(start..<end)
          at = end
        }
      }
      var counted = [0, 0, 0]
      for moment in 0..<length { counted[min(2, speech.count { $0.contains { $0.contains(moment) } })] += 1 }
      let talk = Conversation(
        talkspurts: speech.map {
          $0.map { MixReport.Interval(start: Double($0.lowerBound) / 100, end: Double($0.upperBound) / 100) }
        }, seconds: Double(length) / 100
      ).talk
      let found = [talk.silenceSeconds, talk.singleSeconds, talk.overlapSeconds].map { Int(($0 * 100).rounded()) }
      #expect(found == counted)
    }
  }

  private func short(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
  }
}
