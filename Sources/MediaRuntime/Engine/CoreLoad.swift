import Conference
import MediaBase

/// How busy a media thread is, and what it gives up to keep up.
///
/// Looks at each second: the CPU time that the thread used, for packets and ticks alike. It sheds at once, one step a
/// second, and takes a step back after 5 s with room to spare. Ticks that begin late while the thread has time left are
/// another program's doing, and shedding would not help. A value of its thread.
struct CoreLoad {
  private(set) var shedding = LoadShedding.none
  /// Packets of nobody that we know.
  var strangers: UInt64 = 0

  private var secondBegan: PacketTime?
  private var usedBefore: Int64 = 0
  private var calmSeconds = 0

  /// Shares of a core that may be used before something is shed, and below which it is taken back.
  static let high = 0.9, low = 0.6
  private static let calmSecondsWanted = 5

  /// Looks at what the thread has used since it began, in nanoseconds; gives the new step where it changes.
  mutating func note(used: Int64, at now: PacketTime) -> LoadShedding? {
    guard let began = secondBegan else {
      (secondBegan, usedBefore) = (now, used)
      return nil
    }
    let length = now.nanoseconds(since: began)
    guard length >= 1_000_000_000 else { return nil }
    defer { (secondBegan, usedBefore) = (now, used) }
    return judge(busy: Double(used - usedBefore) / Double(length))
  }

  private mutating func judge(busy: Double) -> LoadShedding? {
    let before = shedding
    if busy > Self.high {
      calmSeconds = 0
      shedding = LoadShedding(rawValue: shedding.rawValue + 1) ?? shedding
    } else if busy < Self.low {
      calmSeconds += 1
      if calmSeconds >= Self.calmSecondsWanted, shedding != .none {
        calmSeconds = 0
        shedding = LoadShedding(rawValue: shedding.rawValue - 1) ?? shedding
      }
    } else {
      calmSeconds = 0
    }
    return shedding == before ? nil : shedding
  }
}
