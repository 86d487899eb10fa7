import FoundationEssentials

extension MixReport {
  /// The report as JSON text (RFC 8259) in UTF-8, ending in a newline: what `--json` writes.
  ///
  /// The same report gives the same bytes: keys are sorted, one a line; a list of plain numbers stays on one line. It
  /// decodes to `settled()`. Throws only if `JSONEncoder` does; no value of the report can make it.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return Self.foldingNumberLists([UInt8](try encoder.encode(settled()))) + [UInt8(ascii: "\n")]
  }

  /// The same on one line, for a program to read.
  func compactJSON() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(settled()))
  }

  /// The pretty text with each list of plain numbers put on one line: an envelope has thousands.
  private static func foldingNumberLists(_ text: [UInt8]) -> [UInt8] {
    var folded: [UInt8] = []
    folded.reserveCapacity(text.count)
    var index = 0
    var isInString = false
    while index < text.count {
      let byte = text[index]
      if isInString, byte == UInt8(ascii: "\\") {
        folded += text[index..<(index + 2)]
        index += 2
        continue
      }
      if byte == UInt8(ascii: "\"") { isInString.toggle() }
      if !isInString, byte == UInt8(ascii: "["), let end = endOfNumberList(text, after: index) {
        folded += text[index...end].filter { !isSpace($0) }
        index = end + 1
        continue
      }
      folded.append(byte)
      index += 1
    }
    return folded
  }

  /// Where the list that opens at `start` closes, if it holds nothing but numbers.
  private static func endOfNumberList(_ text: [UInt8], after start: Int) -> Int? {
    for index in (start + 1)..<text.count {
      switch text[index] {
      case UInt8(ascii: "]"): return index
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: ","):
        continue
      case let byte where isSpace(byte): continue
      default: return nil
      }
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n")
  }
}
