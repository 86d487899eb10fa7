/// How a conversation was shared out, from everybody's talkspurts.
package struct Conversation {
  /// Stretches in which two or more spoke, in order.
  package private(set) var overlaps: [MixReport.Overlap] = []
  /// How long nobody, one, or more spoke.
  package private(set) var talk: MixReport.Talk

  /// Two or more who speak at once for less than this are the ends of words, not an overlap: 200 ms.
  package static let shortestOverlap = 0.2

  private struct Edge {
    var time: Double
    var leg: Int
    var starts: Bool
  }

  /// Sweeps once over the beginnings and ends of all talkspurts.
  package init(talkspurts: [[MixReport.Interval]], seconds: Double) {
    talk = MixReport.Talk(silenceSeconds: 0, singleSeconds: 0, overlapSeconds: 0)
    var edges: [Edge] = []
    for (leg, spurts) in talkspurts.enumerated() {
      for spurt in spurts {
        edges.append(Edge(time: spurt.start, leg: leg, starts: true))
        edges.append(Edge(time: spurt.end, leg: leg, starts: false))
      }
    }
    // At one time ends come before beginnings: two who take turns do not overlap.
    edges.sort { ($0.time, $0.starts ? 1 : 0, $0.leg) < ($1.time, $1.starts ? 1 : 0, $1.leg) }
    var speaking: Set<Int> = []
    var since = 0.0
    for edge in edges {
      pass(from: since, to: min(edge.time, seconds), speaking: speaking)
      since = edge.time
      if edge.starts { speaking.insert(edge.leg) } else { speaking.remove(edge.leg) }
    }
    pass(from: since, to: seconds, speaking: [])
    talk.silenceSeconds = Self.rounded(talk.silenceSeconds)
    talk.singleSeconds = Self.rounded(talk.singleSeconds)
    talk.overlapSeconds = Self.rounded(talk.overlapSeconds)
    dropShortOverlaps()
  }

  private mutating func pass(from start: Double, to end: Double, speaking: Set<Int>) {
    guard end > start else { return }
    switch speaking.count {
    case 0: talk.silenceSeconds += end - start
    case 1: talk.singleSeconds += end - start
    default:
      talk.overlapSeconds += end - start
      note(MixReport.Overlap(interval: .init(start: start, end: end), legs: speaking.sorted()))
    }
  }

  /// Stretches that touch are one when the same legs speak in them.
  private mutating func note(_ overlap: MixReport.Overlap) {
    if let last = overlaps.last, last.interval.end == overlap.interval.start, last.legs == overlap.legs {
      overlaps[overlaps.count - 1].interval.end = overlap.interval.end
    } else {
      overlaps.append(overlap)
    }
  }

  /// Drops what is short as a whole: of stretches that touch, in which some come and go, all stay or none.
  private mutating func dropShortOverlaps() {
    var kept: [MixReport.Overlap] = []
    var first = 0
    for index in overlaps.indices {
      let end = overlaps[index].interval.end
      if index + 1 < overlaps.count, overlaps[index + 1].interval.start == end { continue }
      if end - overlaps[first].interval.start >= Self.shortestOverlap - 1e-9 { kept += overlaps[first...index] }
      first = index + 1
    }
    overlaps = kept
  }

  private static func rounded(_ seconds: Double) -> Double {
    (seconds * 100).rounded() / 100
  }
}
