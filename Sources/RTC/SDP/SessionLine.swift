/// One line of a session description (RFC 8866, 5): a letter, an equals sign, and what it says.
///
/// A plain value. Reading is bounded by the caller's limit, and passes over whatever is no line, or longer than any that
/// matters.
public struct SessionLine: Sendable, Hashable {
  /// The letter's ASCII code.
  public var type: UInt8
  /// What stands behind the equals sign.
  public var value: String

  /// The longest description that is read, in bytes.
  public static let mostBytes = 65_536
  /// The longest line that is read, in bytes.
  private static let mostLineBytes = 1_024

  /// The lines of a description, in order; none where it is longer than `most` bytes. They end with CR LF, or with LF
  /// alone.
  public static func read(_ bytes: Span<UInt8>, most: Int = mostBytes) -> [SessionLine] {
    guard bytes.count <= most else { return [] }
    let all = bytes.withUnsafeBufferPointer { Array($0) }
    return all.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      // RFC 8866, 9: no line has a control character. One that an answer repeated would be a line's end to some readers.
      guard line.count > 2, line.count <= mostLineBytes, line.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }),
        line[line.startIndex + 1] == UInt8(ascii: "=")
      else {
        return nil
      }
      return SessionLine(
        type: line[line.startIndex], value: String(decoding: line.dropFirst(2), as: UTF8.self))
    }
  }
}
