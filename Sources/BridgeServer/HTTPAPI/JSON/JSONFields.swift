import MediaBase

/// Reads the fields of one JSON object strictly: each asked for by name, with its range; what was not asked for is a
/// mistake.
///
/// Collects every mistake rather than stopping at the first. A value of the request that reads it; `finish()` throws them
/// together.
struct JSONFields {
  private let values: [String: JSONValue]
  /// Before each field's name in a mistake: `rtp.`, or nothing.
  private let prefix: String
  private var asked: [String] = []
  private(set) var mistakes: [FieldMistake] = []

  init(_ values: [String: JSONValue], prefix: String = "") {
    self.values = values
    self.prefix = prefix
  }

  /// Whether the field is there, even as null.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// Says what is wrong with a field.
  mutating func complain(_ name: String, _ reason: String) {
    mistakes.append(FieldMistake(field: prefix + name, detail: "\(prefix)\(name) \(reason)"))
  }

  /// Throws what was wrong, if anything.
  mutating func finish() throws(Problem) {
    noteUnknown()
    if !mistakes.isEmpty { throw .invalid(mistakes) }
  }

  private mutating func noteUnknown() {
    for name in values.keys.sorted() where !asked.contains(name) {
      // A name may be anything: only its beginning comes back.
      let shown = String(name.prefix(60))
      let hint = NearestName.of(shown, among: asked).map { "; did you mean \($0)?" } ?? ""
      let known = asked.isEmpty ? "no field is" : "allowed are \(asked.joined(separator: ", "))"
      mistakes.append(
        FieldMistake(field: prefix + shown, detail: "\(prefix)\(shown) is not known here\(hint) (\(known))"))
    }
  }

  private mutating func take(_ name: String, required: Bool, _ expected: String) -> JSONValue? {
    asked.append(name)
    guard let value = values[name], value != .null else {
      if required { complain(name, "is missing: it must be \(expected)") }
      return nil
    }
    return value
  }

  private mutating func refuse<Value>(_ name: String, _ value: JSONValue, _ expected: String) -> Value? {
    let given =
      switch value {
      case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
      case .flag(let flag): "\(flag)"
      default: value.kind
      }
    complain(name, "must be \(expected), not \(given)")
    return nil
  }

  // MARK: Kinds of fields; each gives `nil` where the field is missing or wrong

  /// A text that passes the check.
  mutating func text(
    _ name: String, _ expected: String, required: Bool = false, where isRight: (String) -> Bool
  ) -> String? {
    guard let value = take(name, required: required, expected) else { return nil }
    guard case .text(let text) = value else { return refuse(name, value, expected) }
    guard isRight(text) else {
      complain(name, "must be \(expected)")
      return nil
    }
    return text
  }

  /// A text for people: no control characters.
  mutating func label(_ name: String, longest: Int, required: Bool = false) -> String? {
    text(name, "a text of 1 to \(longest) characters without control characters", required: required) { text in
      (1...longest).contains(text.unicodeScalars.count)
        && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
  }

  /// One of some words.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _: Choice.Type, required: Bool = false
  ) -> Choice? where Choice.RawValue == String {
    let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return text(name, expected, required: required) { Choice(rawValue: $0) != nil }.flatMap(Choice.init(rawValue:))
  }

  /// `true` or `false`.
  mutating func flag(_ name: String) -> Bool? {
    guard let value = take(name, required: false, "true or false") else { return nil }
    guard case .flag(let flag) = value else { return refuse(name, value, "true or false") }
    return flag
  }

  /// A whole number of a range.
  mutating func whole(_ name: String, _ range: ClosedRange<Int>, required: Bool = false) -> Int? {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let value = take(name, required: required, expected) else { return nil }
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
      return refuse(name, value, expected)
    }
    return whole
  }

  /// One of some values, each written as its number.
  mutating func one<Value>(_ name: String, of values: [Value], by number: (Value) -> Double) -> Value? {
    let expected = "one of " + values.map { Self.text(number($0)) }.joined(separator: ", ")
    guard let value = take(name, required: false, expected) else { return nil }
    guard case .number(let given) = value, let found = values.first(where: { number($0) == given }) else {
      return refuse(name, value, expected)
    }
    return found
  }

  /// Any number of a range.
  mutating func number(
    _ name: String, _ range: ClosedRange<Double>, _ unit: String, required: Bool = false
  ) -> Double? {
    let expected = "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))\(unit)"
    guard let value = take(name, required: required, expected) else { return nil }
    guard case .number(let number) = value, range.contains(number) else { return refuse(name, value, expected) }
    return number
  }

  /// A level in dB, `true` for 0 dB, `false` for not heard at all.
  mutating func level(_ name: String) -> Decibels? {
    let expected = "true, false or a level from -60 to 20 dB"
    guard let value = take(name, required: false, expected) else { return nil }
    return Self.level(value) ?? refuse(name, value, expected)
  }

  /// Levels by name; null is 0 dB.
  mutating func levels(_ name: String) -> [String: Decibels]? {
    let expected = "an object of levels: true, false, null or a number from -60 to 20 dB"
    guard let value = take(name, required: false, expected) else { return nil }
    guard case .object(let entries) = value else { return refuse(name, value, expected) }
    var levels: [String: Decibels] = [:]
    for (key, value) in entries {
      guard let level = value == .null ? .unity : Self.level(value) else { return refuse(name, value, expected) }
      levels[key] = level
    }
    return levels
  }

  /// A list of texts.
  mutating func texts(_ name: String, most: Int, required: Bool = false) -> [String]? {
    let expected = "a list of at most \(most) texts"
    guard let value = take(name, required: required, expected) else { return nil }
    guard case .array(let values) = value, values.count <= most else { return refuse(name, value, expected) }
    let texts = values.compactMap { value in if case .text(let text) = value { text } else { String?.none } }
    return texts.count == values.count ? texts : refuse(name, value, expected)
  }

  /// Whole numbers or words: whatever the closure takes.
  mutating func either<Value>(_ name: String, _ expected: String, read: (JSONValue) -> Value?) -> Value? {
    guard let value = take(name, required: false, expected) else { return nil }
    return read(value) ?? refuse(name, value, expected)
  }

  /// An object within, read by the closure; its mistakes become ours.
  mutating func object<Value>(
    _ name: String, required: Bool = false, read: (inout JSONFields) -> Value?
  ) -> Value? {
    guard let value = take(name, required: required, "an object") else { return nil }
    guard case .object(let values) = value else { return refuse(name, value, "an object") }
    var inner = JSONFields(values, prefix: "\(prefix)\(name).")
    let result = read(&inner)
    inner.noteUnknown()
    mistakes += inner.mistakes
    return inner.mistakes.isEmpty ? result : nil
  }

  private static func level(_ value: JSONValue) -> Decibels? {
    switch value {
    case .flag(let isHeard): isHeard ? .unity : .silence
    case .number(let number) where (-60...20).contains(number): Decibels(number)
    default: nil
    }
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() ? String(Int(number)) : String(number)
  }
}
