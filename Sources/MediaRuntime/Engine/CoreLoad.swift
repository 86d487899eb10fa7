import Conference
import MediaBase

/// How busy a media thread is, and what it gives up to keep up.
///
/// Looks at each second: the CPU time that the thread used, for packets and ticks alike. It sheds at once, one step a
/// second, and takes a step back after 5 s with room to spare. Ticks that begin late while the thread has time left are
/// another program's doing, and shedding would not help. Joins cost a core once and not each second: a second that would
/// have been within bounds without them is passed over, though not many in a row, for where joins never end they are part
/// of the load. A value of its thread.
package struct CoreLoad {
  package private(set) var shedding = LoadShedding.none
  /// Packets of nobody that we know.
  var strangers: UInt64 = 0

  private var secondBegan: PacketTime?
  private var usedBefore: Int64 = 0
  private var usedByCommands: Int64 = 0
  private var secondsPassedOver = 0
  private var calmSeconds = 0

  /// Shares of a core that may be used before something is shed, and below which it is taken back.
  static let high = 0.9, low = 0.6
  private static let calmSecondsWanted = 5, mostSecondsPassedOver = 5

  /// Nothing known yet.
  package init() {}

  /// Counts what the control side's commands cost, in nanoseconds: joins before all.
  package mutating func noteCommands(_ nanoseconds: Int64) {
    usedByCommands += nanoseconds
  }

  /// Looks at what the thread has used since it began, in nanoseconds; gives the new step where it changes.
  package mutating func note(used: Int64, at now: PacketTime) -> LoadShedding? {
    guard let began = secondBegan else {
      (secondBegan, usedBefore, usedByCommands) = (now, used, 0)
      return nil
    }
    let length = now.nanoseconds(since: began)
    guard length >= 1_000_000_000 else { return nil }
    defer { (secondBegan, usedBefore, usedByCommands) = (now, used, 0) }
    return judge(
      busy: Double(used - usedBefore) / Double(length), commands: Double(usedByCommands) / Double(length))
  }

  private mutating func judge(busy: Double, commands: Double) -> LoadShedding? {
    let before = shedding
    if busy <= Self.high {
      secondsPassedOver = 0
      calmSeconds = busy < Self.low ? calmSeconds + 1 : 0
      if calmSeconds >= Self.calmSecondsWanted, shedding != .none {
        calmSeconds = 0
        shedding = LoadShedding(rawValue: shedding.rawValue - 1) ?? shedding
      }
    } else if busy - commands <= Self.high && secondsPassedOver < Self.mostSecondsPassedOver {
      calmSeconds = 0
      secondsPassedOver += 1
    } else {
      calmSeconds = 0
      shedding = LoadShedding(rawValue: shedding.rawValue + 1) ?? shedding
    }
    return shedding == before ? nil : shedding
  }
}
