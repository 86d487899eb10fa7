/// A SIP message in one datagram or one segment of TCP (RFC 3261, 7), as far as a replay needs it: where its session
/// description is.
///
///     INVITE sip:bob@example.com SIP/2.0      or  SIP/2.0 200 OK
///     headers, a line each
///     (an empty line)
///     v=0 …                                   perhaps among other parts
enum SIPMessage {
  /// The session description in a message, from its `v=0` to the end; `nil` where it is no SIP, or has none.
  static func sessionDescription(in message: Span<UInt8>) -> Range<Int>? {
    guard isSIP(message) else { return nil }
    guard let body = endOfHeaders(message) else { return nil }
    // In a body of several parts it stands behind that part's own headers.
    for start in body..<max(body, message.count - 3)
    where start == body || message[start - 1] == UInt8(ascii: "\n") {
      if has("v=0", at: start, in: message) { return start..<message.count }
    }
    return nil
  }

  /// Whether the first line is one of SIP: a response begins with the version, a request ends with it.
  private static func isSIP(_ message: Span<UInt8>) -> Bool {
    if has("SIP/2.0 ", at: 0, in: message) { return true }
    // A method is a word of capitals.
    guard message.count > 16, (0..<3).allSatisfy({ (0x41...0x5a).contains(message[$0]) }) else { return false }
    var end = 0
    while end < min(message.count, 2_048), message[end] != UInt8(ascii: "\n") { end += 1 }
    guard end < message.count, message[end] == UInt8(ascii: "\n") else { return false }
    let last = end > 0 && message[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
    return last >= 8 && has(" SIP/2.0", at: last - 8, in: message)
  }

  private static func endOfHeaders(_ message: Span<UInt8>) -> Int? {
    var index = 0
    while index + 1 < message.count {
      if message[index] == UInt8(ascii: "\n") {
        if message[index + 1] == UInt8(ascii: "\n") { return index + 2 }
        if has("\r\n", at: index + 1, in: message) { return index + 3 }
      }
      index += 1
    }
    return nil
  }

  private static func has(_ text: StaticString, at offset: Int, in bytes: Span<UInt8>) -> Bool {
    guard offset >= 0, bytes.count - offset >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { letters in letters.indices.allSatisfy { bytes[offset + $0] == letters[$0] } }
  }
}
