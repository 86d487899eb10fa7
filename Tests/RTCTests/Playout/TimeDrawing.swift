import AudioCodecs
import MediaBase
import RTC

/// Arrivals on one line, playout on the next; a column is a tick of 20 ms.
///
///     arrivals  0 1 2 4 (35) 6      a letter or digit is a packet of 20 ms, with its number; several in one column stand
///     playout   0 1 2 ~ 4 …         in brackets; blanks only part columns, and a dot is a column in which nothing comes
///
/// In the playout a packet stands where it is decoded, `+` is sound that was decoded before, `~` is concealment, `.`
/// comfort noise and `_` silence. Several packets decoded in a column stand in brackets' first: the lowest number.
enum TimeDrawing {
  private static let numbers = Array("0123456789abcdefghijklmnopqrstuvwxyz")

  /// Packets by a drawing, at the middle of their columns. `change` may give them other fields.
  static func arrivals(_ drawing: String, change: (inout SentPacket) -> Void = { _ in }) -> [SentPacket] {
    var packets: [SentPacket] = []
    var column = 0
    var isInBrackets = false
    let sound = PlayoutSignals.narrowPackets(of: PlayoutSignals.speech(count: 160 * 36, rate: 8_000))
    for letter in drawing where letter != " " {
      switch letter {
      case "(": isInBrackets = true
      case ")": isInBrackets = false
      default:
        if let number = numbers.firstIndex(of: letter) {
          var packet = SentPacket(
            number: number, sequence: 65_530 &+ UInt16(number), timestamp: 4_294_967_000 &+ UInt32(number * 160),
            level: UInt8(number), payload: sound[number], milliseconds: Double(column) * 20 + 10)
          change(&packet)
          packets.append(packet)
        }
      }
      if !isInBrackets { column += 1 }
    }
    return packets
  }

  static func playout(_ frames: some Sequence<RenderedFrame>) -> String {
    String(
      frames.map { frame -> Character in
        if let level = frame.level { return numbers[Int(level)] }
        switch frame.content {
        case .speech: return "+"
        case .concealment: return "~"
        case .comfortNoise: return "."
        case .silence: return "_"
        }
      })
  }

  /// What is played of such arrivals, for as many columns as `ticks`.
  static func playout(
    of drawing: String, ticks: Int, change: (inout SentPacket) -> Void = { _ in }
  ) throws -> (drawing: String, statistics: JitterBufferStatistics, outcomes: [JitterBuffer.Outcome]) {
    var rig = try PlayoutRig(.pcma)
    rig.send(arrivals(drawing, change: change))
    rig.play(ticks: ticks)
    return (playout(rig.frames), rig.statistics, rig.outcomes)
  }
}
