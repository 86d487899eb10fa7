import Foundation
import Synchronization

/// Who may use the API: bearer tokens (RFC 6750).
///
/// One for the bridge; safe from any thread. Wrong tokens beyond ten in a row, and one a second, are told to slow down, so
/// that guessing costs the log and the processor little; a right token is never held up by somebody else's wrong ones.
package final class AccessTokens: Sendable {
  /// What a request's token is.
  package enum Verdict: Equatable {
    case right
    case missing
    case wrong
    /// Wrong, and too often so.
    case tooOften
  }

  private struct State {
    var tokens: [[UInt8]]
    /// Wrong tokens that may come at once now.
    var budget = 10.0
    var countedAt = Duration.zero
  }

  /// Fewer letters could be guessed.
  static let shortest = 20
  private static let fullBudget = 10.0

  private let state: Mutex<State>

  /// Those tokens.
  package init(_ tokens: [String]) {
    state = Mutex(State(tokens: tokens.map { Array($0.utf8) }))
  }

  /// From now on those tokens and no others.
  func replace(with tokens: [String]) {
    state.withLock { $0.tokens = tokens.map { Array($0.utf8) } }
  }

  /// The token of an `Authorization` field, whatever it is; `nil` where there is none.
  static func bearer(of authorization: String?) -> String? {
    guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2,
      // RFC 9110, 11.1: the scheme's case does not matter.
      parts[0].lowercased() == "bearer"
    else { return nil }
    return String(parts[1].trimmingPrefix(while: { $0 == " " }))
  }

  /// Judges an `Authorization` field.
  package func judge(_ authorization: String?, at now: Duration) -> Verdict {
    guard let given = Self.bearer(of: authorization).map({ Array($0.utf8) }) else { return .missing }
    return state.withLock { state in
      // All are compared, whichever fits, and each over the longest one's length.
      let longest = state.tokens.map(\.count).max() ?? 0
      let fits = state.tokens.reduce(false) { ConstantTime.areEqual(given, $1, over: longest) || $0 }
      if fits { return .right }
      state.budget = min(Self.fullBudget, state.budget + (now - state.countedAt) / .seconds(1))
      state.countedAt = now
      guard state.budget >= 1 else { return .tooOften }
      state.budget -= 1
      return .wrong
    }
  }

  /// A token that nobody can guess: 32 random bytes in the letters of base64url.
  package static func makeRandom() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  /// The tokens of a file, one a line; lines that begin with `#` and empty ones are passed over.
  package static func read(file path: String) throws(TokenFileError) -> [String] {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw .unreadable(path: path)
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).enumerated()
      .map { ($0 + 1, $1.trimmingCharacters(in: .whitespaces)) }
      .filter { !$1.isEmpty && !$1.hasPrefix("#") }
    guard !lines.isEmpty else { throw .empty(path: path) }
    // RFC 6750, 2.1: the letters of a token.
    let allowed = CharacterSet(charactersIn: "-._~+/=").union(.alphanumerics)
    for (line, token) in lines {
      guard token.utf8.count >= shortest else { throw .tooShort(path: path, token: line) }
      guard token.unicodeScalars.allSatisfy({ $0.isASCII && allowed.contains($0) }) else {
        throw .badLetter(path: path, token: line)
      }
    }
    return lines.map(\.1)
  }
}

/// Why a file of tokens cannot be used. Names no token.
public enum TokenFileError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String)
  case empty(path: String)
  /// The number is that of the line, not counting empty ones.
  case tooShort(path: String, token: Int)
  case badLetter(path: String, token: Int)

  /// One line for people.
  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read the token file \(path)"
    case .empty(let path): "the token file \(path) holds no token"
    case .tooShort(let path, let line):
      "the token file \(path) has in line \(line) a token of fewer than \(AccessTokens.shortest) characters"
    case .badLetter(let path, let line):
      "the token file \(path) has in line \(line) a character other than A-Z a-z 0-9 - . _ ~ + / ="
    }
  }
}
