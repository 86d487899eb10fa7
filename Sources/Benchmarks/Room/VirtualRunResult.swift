import Foundation
import RTC

/// What the rooms of one scenario cost in virtual time, beside the codec alone.
public struct VirtualRunResult: Codable, Sendable, Hashable, CustomStringConvertible {
  /// What was run.
  public var scenario: RoomScenario
  /// How large, as the scenario counts it.
  public var size: Int
  /// SRTP's suite; `nil` where packets were plain.
  public var srtp: String?
  /// Legs in all rooms, and those of them who talk.
  public var legs: Int, talkers: Int
  /// CPU time of a tick of all rooms, with the packets that came before it, in microseconds: mean.
  public var tickMicroseconds: Double
  /// Encodes a tick, of mixes that several hear and of one's own.
  public var encodesPerTick: Double
  /// What the codec alone takes for as many encodes, and a decode for each who is mixed, in microseconds.
  public var codecMicroseconds: Double

  /// Which part of the time is the codec's own.
  public var codecShare: Double { codecMicroseconds / max(tickMicroseconds, 1e-9) }

  /// One line for people.
  public var description: String {
    String(
      format: "%@ %d%@: %.0f µs a tick for %.1f encodes and %d legs; the codec alone %.0f µs: %.0f %% of it",
      scenario.rawValue, size, srtp.map { " (\($0))" } ?? "", tickMicroseconds, encodesPerTick, legs, codecMicroseconds,
      codecShare * 100)
  }
}

extension RoomBenchmark {
  /// Runs the rooms of a scenario in virtual time, on the thread that calls: no packet is really sent.
  ///
  /// - Parameters:
  ///   - ticks: those that are measured, after a second in which buffers and encoders warm up.
  ///   - isCold: without that second, from the first packet on: what talkers need is made in the measured time.
  ///   - codec: what the codec alone takes.
  public func runVirtually(
    _ scenario: RoomScenario, size: Int, ticks: Int, isCold: Bool = false, codec: CodecLimit
  ) throws -> VirtualRunResult {
    let rooms = scenario.rooms(size: size)
    var load = try VirtualLoad(
      rooms, streams: speech, levelExtension: Self.audioLevelExtension, srtp: srtp)
    if !isCold { _ = load.runTicks(50, mayAllocate: true) }
    let before = load.qualities
    let nanoseconds = load.runTicks(ticks)
    let after = load.qualities
    var encodes: UInt64 = 0
    for (first, last) in zip(before, after) {
      encodes += last.encodesOwn + last.encodesShared - first.encodesOwn - first.encodesShared
    }
    let encodesPerTick = Double(encodes) / Double(ticks)
    let mixed = after.reduce(0) { $0 + $1.talkers }
    return VirtualRunResult(
      scenario: scenario, size: size, srtp: srtp?.rawValue, legs: rooms.reduce(0) { $0 + $1.members },
      talkers: rooms.reduce(0) { $0 + $1.talkers }, tickMicroseconds: Double(nanoseconds) / 1_000 / Double(ticks),
      encodesPerTick: encodesPerTick,
      codecMicroseconds: encodesPerTick * codec.encodeMicroseconds + Double(mixed) * codec.decodeMicroseconds)
  }
}
