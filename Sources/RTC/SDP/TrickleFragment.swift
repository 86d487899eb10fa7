/// A part of a session description as trickle ICE sends it (RFC 8840, 9): credentials, and candidates that we have no use
/// for, since an ICE-lite side waits to be checked.
///
/// A plain value.
public struct TrickleFragment: Sendable, Hashable {
  /// Their credentials; `nil` where the fragment has none.
  public var credentials: ICECredentials?
  /// The first section's `mid`; empty where there is none.
  public var mid: String
  /// Its `m=` line's kind and profile.
  private let line: String

  /// Reads a fragment; throws where it is none, and `badMedia(0)` for credentials that RFC 8839, 5.4 does not allow.
  public init(_ bytes: Span<UInt8>) throws(SessionDescription.ReadError) {
    let lines = SessionLine.read(bytes)
    guard !lines.isEmpty else { throw .noDescription }
    let part = try SessionDescription(lines: lines)
    let media = part.media.first
    func value(_ name: String) -> String? { part.value(name) ?? media?.value(name) }
    mid = media?.value("mid") ?? ""
    line = "m=audio 9 \(media?.profile ?? "UDP/TLS/RTP/SAVPF") 0"
    guard let name = value("ice-ufrag"), let password = value("ice-pwd") else { return }
    guard let credentials = ICECredentials(usernameFragment: name, password: password) else { throw .badMedia(0) }
    self.credentials = credentials
  }

  /// The answer to a fragment that restarted ICE: our new credentials and where we are.
  public func answer(_ credentials: ICECredentials, _ candidates: [ICECandidate]) -> String {
    var lines = [
      "a=ice-lite", "a=ice-ufrag:\(credentials.usernameFragment)", "a=ice-pwd:\(credentials.password)", line,
    ]
    if !mid.isEmpty { lines.append("a=mid:\(mid)") }
    lines += candidates.map { "a=candidate:\($0.sdp)" } + ["a=end-of-candidates"]
    return lines.map { $0 + "\r\n" }.joined()
  }
}
