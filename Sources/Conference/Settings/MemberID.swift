/// A member of a room, by the number that they had when they joined: no two members of one engine ever have the same.
public struct MemberID: RawRepresentable, Hashable, Sendable {
  /// Counted up from 1.
  public let rawValue: UInt64

  /// The one with that number.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}
