import Conference

/// What the bridge is loaded with. Its size is a count of what the scenario grows by.
public enum RoomScenario: String, CaseIterable, Codable, Sendable {
  /// One room of 3 talkers; the size is the number of listeners, who send nothing.
  case listeners
  /// One room in which everybody talks and the loudest 6 are mixed, told by RFC 6464 levels; the size is the members.
  case loudest
  /// One room in which everybody talks and is mixed; the size is the members.
  case all
  /// Rooms of 3 in which all talk; the size is the number of rooms.
  case threes

  /// The rooms of that size.
  package func rooms(size: Int) -> [LoadedRoom] {
    switch self {
    case .listeners: [LoadedRoom(talkers: 3, listeners: size, mixed: .loudest(6))]
    case .loudest: [LoadedRoom(talkers: size, listeners: 0, mixed: .loudest(6), sendsLevels: true)]
    case .all: [LoadedRoom(talkers: size, listeners: 0, mixed: .all)]
    case .threes: Array(repeating: LoadedRoom(talkers: 3, listeners: 0, mixed: .all), count: size)
    }
  }

  /// Where a search begins.
  public var firstSize: Int {
    switch self {
    case .listeners, .loudest: 250
    case .all: 16
    case .threes: 6
    }
  }

  /// Where latency is measured: with hardly anybody, and at half of what a core is to carry.
  public var latencySizes: [Int] {
    switch self {
    case .listeners: [1, 1_500]
    case .loudest: [3, 750]
    case .all: [3, 37]
    case .threes: [1, 12]
    }
  }

  /// As the table prints it.
  var title: String {
    switch self {
    case .listeners: "3 talkers, silent listeners"
    case .loudest: "all talk, loudest 6 mixed"
    case .all: "all talk, all mixed"
    case .threes: "rooms of 3, all talk"
    }
  }
}

/// One room to be filled.
package struct LoadedRoom: Sendable, Hashable {
  package var talkers: Int
  package var listeners: Int
  var mixed: RoomSettings.Talkers
  package var sendsLevels = false

  var members: Int { talkers + listeners }
  var settings: RoomSettings { RoomSettings(talkers: mixed, capacity: members) }
}
