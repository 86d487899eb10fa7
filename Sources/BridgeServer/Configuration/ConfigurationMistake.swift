/// One thing that is wrong with the configuration: what, where and what would be right.
public struct ConfigurationMistake: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which setting: `rooms.capacity`; empty where the mistake is about no single one.
  public var setting: String
  /// Where it was given: a file with its line, a variable of the environment, a flag.
  public var place: String
  /// What is wrong and what is right.
  public var reason: String

  /// A mistake at that place.
  public init(setting: String, place: String, reason: String) {
    self.setting = setting
    self.place = place
    self.reason = reason
  }

  /// One line for people.
  public var description: String {
    let subject = [place, setting].filter { !$0.isEmpty }.joined(separator: ": ")
    return subject.isEmpty ? reason : "\(subject) \(reason)"
  }
}

/// Every mistake of a configuration, found in one go.
public struct ConfigurationMistakes: Error, Sendable, Equatable, CustomStringConvertible {
  /// In the order in which the sources were read; never empty.
  public var mistakes: [ConfigurationMistake]

  /// These, at least one.
  package init(mistakes: [ConfigurationMistake]) {
    self.mistakes = mistakes
  }

  /// A line each.
  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// Finds what somebody may have meant.
enum NearestName {
  /// The name that takes the fewest letters added, left out or exchanged; `nil` where none is near.
  static func of(_ word: String, among names: [String]) -> String? {
    let nearest = names.map { ($0, distance(word.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
    guard let (name, distance) = nearest, distance <= max(2, name.count / 3) else { return nil }
    return name
  }

  /// Levenshtein's distance; words longer than 100 letters are near to nothing.
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    guard left.count <= 100, right.count <= 100 else { return .max }
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let exchanged = diagonal + (letter == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(exchanged, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
