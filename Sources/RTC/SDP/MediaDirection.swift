/// Who sends in a media section (RFC 8866, 6.7), seen from whoever wrote it.
public enum MediaDirection: String, Sendable, Hashable, CaseIterable {
  case sendrecv, sendonly, recvonly, inactive

  /// What the other side says of the same flow (RFC 3264, 6.1).
  public var reversed: MediaDirection {
    switch self {
    case .sendrecv, .inactive: self
    case .sendonly: .recvonly
    case .recvonly: .sendonly
    }
  }

  /// Whether whoever wrote it sends.
  public var sends: Bool { self == .sendrecv || self == .sendonly }
  /// Whether whoever wrote it receives.
  public var receives: Bool { self == .sendrecv || self == .recvonly }
}
