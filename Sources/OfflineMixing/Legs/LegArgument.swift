/// A leg as written on the command line: `FILE[@START][,SETTING=VALUE]…`.
///
/// ```
/// carol.flac@3,gain=-3,pan=0.4
/// ────┬───── ┬ ──┬─── ───┬───
///    file  start └─ settings ─┘
/// ```
/// It is read from the right: a file's name may hold commas and at-signs of its own, as long as what follows them does not
/// look like a setting or a start. A name that does is written with an empty start (`me@7@0`), or in a manifest.
public enum LegArgument {
  /// Reads one argument.
  public static func parse(_ argument: String) throws(LegSpecificationError) -> LegSpecification {
    var rest = Substring(argument)
    var settings: [(key: Substring, value: Substring)] = []
    while let setting = takeLastSetting(from: &rest) { settings.append(setting) }
    let start = takeStart(from: &rest)
    guard !rest.isEmpty else { throw .noFile(leg: argument) }
    var leg = LegSpecification(file: String(rest))
    if let start { try leg.apply("start", String(start), leg: argument) }
    for (key, value) in settings.reversed() {
      try leg.apply(key, String(value), leg: argument)
    }
    return leg
  }

  /// Takes `,word=value` off the end, if it ends so.
  private static func takeLastSetting(from text: inout Substring) -> (key: Substring, value: Substring)? {
    guard let comma = text.lastIndex(of: ",") else { return nil }
    let setting = text[text.index(after: comma)...]
    guard let equals = setting.firstIndex(of: "=") else { return nil }
    let key = setting[..<equals]
    guard !key.isEmpty, key.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    text = text[..<comma]
    return (key, setting[setting.index(after: equals)...])
  }

  /// Takes `@start` off the end, if what follows the last at-sign can be meant as a time: it begins with a digit, a point
  /// or a sign, and holds only what a time is written with.
  private static func takeStart(from text: inout Substring) -> Substring? {
    guard let at = text.lastIndex(of: "@") else { return nil }
    let start = text[text.index(after: at)...]
    guard let first = start.first, first.isASCII, first.isNumber || "+-.".contains(first) else { return nil }
    guard start.allSatisfy({ ($0.isASCII && $0.isNumber) || "+-.:eE".contains($0) }) else { return nil }
    text = text[..<at]
    return start
  }
}
