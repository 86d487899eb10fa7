/// A room, by the number that it had when it was opened: no two rooms of one engine ever have the same.
public struct RoomID: RawRepresentable, Hashable, Sendable {
  /// Counted up from 1.
  public let rawValue: UInt32

  /// The one with that number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }
}
