import Foundation

/// Where a bridge's HTTP API is: `http://127.0.0.1:8080`.
///
/// A plain value. Plain HTTP alone: the bridge speaks no TLS either, and its proxy is for browsers and programs far away,
/// while a seat's RTP goes unencrypted and belongs on the same machine or network.
public struct ServerAddress: Hashable, Sendable {
  /// A name or an IP address without brackets.
  public let host: String
  /// Its TCP port; 80 where none is given.
  public let port: Int

  /// Reads an address as people write it; `nil` where it is none, or asks for TLS or a path.
  public init?(_ text: String) {
    guard let parts = URLComponents(string: text), parts.scheme == "http", let host = parts.host, !host.isEmpty,
      parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.user == nil
    else { return nil }
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    port = parts.port ?? 80
    guard (1...65_535).contains(port) else { return nil }
  }

  /// `host:port`, as the `Host` field of a request has it.
  var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
