/// Why a bridge did not do what it was asked for; `description` says it in one line, and holds no token.
public enum BridgeClientError: Error, Sendable, Hashable {
  /// Nobody answered: in words.
  case unreachable(server: ServerAddress, reason: String)
  /// It answered with a problem (RFC 9457): its status, its code and what it says to people.
  case refused(status: Int, code: String, detail: String)
  /// What came is no answer of this API.
  case notUnderstood(server: ServerAddress)
}

extension BridgeClientError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .unreachable(let server, let reason): "no bridge answers at \(server.authority): \(reason)"
    case .refused(_, _, let detail): detail
    case .notUnderstood(let server): "what answers at \(server.authority) is no bridge"
    }
  }
}
