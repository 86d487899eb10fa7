import MediaBase

/// When the next report to a leg is due (RFC 3550, 6.2, 6.3 and A.7, for sessions of two).
///
/// Five seconds apart on average, half of that before the first, spread over half to one and a half times as much, so that
/// a thousand legs that joined together do not report together. More where reports would take over 5 % of a narrow
/// session. With the reduced minimum, 360 seconds divided by the session's kbit/s: more often above 72 kbit/s.
///
/// Left out, because a leg is one other participant who is there from the start: counting members, reconsidering the time
/// when many join or leave, and holding back a BYE (6.3.3 to 6.3.7). A value of its leg; it has no timer, and draws from
/// the generator that it is handed.
public struct RTCPSchedule: Hashable, Sendable {
  /// When to send a report.
  public private(set) var nextReport: PacketTime

  private let minimumSeconds: Double
  /// What RTCP may take, in bytes a second: 5 % (RFC 3550, 6.2).
  private let bytesPerSecond: Double
  /// RFC 3550, 6.3.3; with the headers beneath.
  private var averageBytes: Double = 128

  /// UDP and IPv4 (RFC 3550, 6.2: lower layers count).
  private static let headerBytes = 28
  private static let members = 2.0

  /// A leg that joins at `now`, whose streams take so many bits a second in one direction.
  public init(
    joining now: PacketTime, sessionBitsPerSecond: Int, usesReducedMinimum: Bool = false,
    generator: inout some RandomNumberGenerator
  ) {
    precondition(sessionBitsPerSecond > 0, "a session of \(sessionBitsPerSecond) bits a second has no reports")
    let kilobits = Double(sessionBitsPerSecond) / 1000
    minimumSeconds = usesReducedMinimum ? min(5, 360 / kilobits) : 5
    bytesPerSecond = Double(sessionBitsPerSecond) * 0.05 / 8
    nextReport = now
    plan(from: now, minimumSeconds: minimumSeconds / 2, &generator)
  }

  /// Notes that a report was sent at `now`, and plans the next one.
  public mutating func noteSent(bytes: Int, at now: PacketTime, generator: inout some RandomNumberGenerator) {
    noteReceived(bytes: bytes)
    plan(from: now, minimumSeconds: minimumSeconds, &generator)
  }

  /// Notes that RTCP of so many bytes came: all of a session's share one allowance.
  public mutating func noteReceived(bytes: Int) {
    averageBytes += (Double(bytes + Self.headerBytes) - averageBytes) / 16
  }

  private mutating func plan(
    from now: PacketTime, minimumSeconds: Double, _ generator: inout some RandomNumberGenerator
  ) {
    let seconds = max(minimumSeconds, averageBytes * Self.members / bytesPerSecond)
    // RFC 3550, 6.3.1: divided by e − 3/2, which makes up for reconsideration; kept, for other implementations time out by it.
    let spread = Double.random(in: 0.5..<1.5, using: &generator) / 1.21828
    nextReport = now.advanced(byNanoseconds: Int64(min(seconds * spread, 3600) * 1e9))
  }
}
