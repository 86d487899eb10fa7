/// What the checks of one side of an ICE session are authenticated with (RFC 8445, 5.3): a name that tells sessions on one
/// port apart, and a secret.
///
/// The password is never described in text, so that no log holds it.
public struct ICECredentials: Sendable, Hashable {
  /// `ice-ufrag` (RFC 8839, 5.4): 4 to 256 letters of `A–Z a–z 0–9 + /`.
  public let usernameFragment: String
  /// `ice-pwd`: 22 to 256 letters of the same.
  public let password: String

  /// `nil` where one of the two has not the length or the letters that RFC 8839, 5.4 asks for.
  public init?(usernameFragment: String, password: String) {
    guard Self.isValid(usernameFragment, 4...256), Self.isValid(password, 22...256) else { return nil }
    self.usernameFragment = usernameFragment
    self.password = password
  }

  private static func isValid(_ text: String, _ lengths: ClosedRange<Int>) -> Bool {
    lengths.contains(text.utf8.count)
      && text.utf8.allSatisfy { letter in
        switch letter {
        case 0x41...0x5a, 0x61...0x7a, 0x30...0x39, 0x2b, 0x2f: true
        default: false
        }
      }
  }
}

extension ICECredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The name alone.
  public var description: String { "ICECredentials(\(usernameFragment))" }
  /// The name alone.
  public var debugDescription: String { description }
  /// The name alone.
  public var customMirror: Mirror { Mirror(self, children: ["usernameFragment": usernameFragment]) }
}
