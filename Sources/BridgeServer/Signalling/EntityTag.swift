import RTC

/// What `If-Match` asks for (RFC 9110, 13.1.1): any ICE session, or one of those that are named.
///
/// A session is named by our name in it, which is no secret.
enum EntityTag: Sendable, Equatable {
  case any
  case oneOf([String])

  /// Reads the field's value.
  init(field: String) {
    let words = field.split(separator: ",").map { String($0.trimming { $0 == " " || $0 == "\t" }) }
    self = words == ["*"] ? .any : .oneOf(words)
  }

  /// Whether the session of those credentials of ours is asked for.
  func holds(for credentials: ICECredentials) -> Bool {
    switch self {
    case .any: true
    // Weak ones never match: RFC 9110, 8.8.3.2.
    case .oneOf(let tags): tags.contains(Self.text(of: credentials))
    }
  }

  /// The name of a session, as `ETag` has it.
  static func text(of credentials: ICECredentials) -> String { "\"\(credentials.usernameFragment)\"" }
}

extension Substring {
  /// Without what fits at both ends.
  fileprivate func trimming(while fits: (Character) -> Bool) -> Substring {
    var text = drop(while: fits)
    while let last = text.last, fits(last) { text.removeLast() }
    return text
  }
}
