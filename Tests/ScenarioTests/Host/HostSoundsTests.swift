import Foundation
import Testing

/// What a leg is sent besides voices: sounds that are played to the room, telephone keys, music while it waits.
@Suite(.serialized) struct HostSoundsTests {
  private let scratch: ScratchDirectory
  private let bridge: HostedBridge
  private let ear: LoopbackPort

  private static let telephone = #""codec": "pcmu", "telephoneEventPayloadType": 101"#

  init() throws {
    scratch = try ScratchDirectory()
    bridge = try HostedBridge(environment: ["PARTYLINE_SOUNDS_DIRECTORY": scratch.path(".")])
    ear = try LoopbackPort()
  }

  /// The next packets of RTP.
  private func packets(_ count: Int) throws -> [[UInt8]] {
    try (0..<count).map { _ in try #require(ear.receive(first: Datagram.isRTP)) }
  }

  /// Samples of packets of μ-law (ITU-T G.711), full scale ±1.
  private func samples(_ packets: [[UInt8]]) -> [Double] {
    packets.filter { $0[1] & 0x7f == 0 }.flatMap { packet in
      packet[12...].map { code in
        let value = ~code
        let magnitude = ((Int(value & 15) << 3) + 0x84) << Int(value >> 4 & 7) - 0x84
        return Double(value & 0x80 != 0 ? -magnitude : magnitude) / 32_768
      }
    }
  }

  /// How much of a frequency there is at 8 kHz, as the amplitude of its sine.
  private func amplitude(of hertz: Double, in samples: [Double]) -> Double {
    var (real, imaginary) = (0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let angle = 2 * Double.pi * hertz * Double(index) / 8_000
      real += sample * cos(angle)
      imaginary += sample * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(max(1, samples.count))
  }

  @Test func aSoundIsHeardAtItsLevelUntilItIsStopped() throws {
    // ffmpeg's sine has an amplitude of 1/8.
    try Program.ffmpeg.run([
      "-v", "error", "-f", "lavfi", "-i", "sine=frequency=1000:duration=20:sample_rate=44100", "-y",
      scratch.path("tone.flac"),
    ])
    try bridge.openRoom("daily")
    _ = try bridge.join("daily", port: ear.port, rtp: Self.telephone)
    let started = try bridge.ask("POST", "/v1/rooms/daily/playback", #"{"file": "tone.flac", "gain": -6}"#)
    #expect(started.status == 201 && started["seconds"] as? Double == 20)
    let heard = samples(try packets(100)).suffix(8_000)
    #expect(abs(amplitude(of: 1_000, in: Array(heard)) - 0.0626) < 0.002)
    let id = try #require(started["id"] as? String)
    #expect(try bridge.ask("DELETE", "/v1/rooms/daily/playback/\(id)").status == 204)
    let after = samples(try packets(40)).suffix(1_600)
    #expect(after.allSatisfy { abs($0) < 0.001 })
    #expect(try bridge.ask("GET", "/v1/rooms/daily/playback").text.contains(#""items":[]"#))
    #expect(try bridge.ask("POST", "/v1/rooms/daily/playback", #"{"file": "../tokens"}"#).status == 400)
  }

  @Test func keysAreSentAsTelephoneEvents() throws {
    try bridge.openRoom("daily")
    let member = try bridge.join("daily", port: ear.port, rtp: Self.telephone)
    #expect(
      try bridge.ask("POST", "/v1/rooms/daily/members/\(member.id)/digits", #"{"digits": "5#"}"#).status == 204)
    let events = try packets(60).filter { $0[1] & 0x7f == 101 }
    #expect(events.map { $0[12] } == Array(repeating: 5, count: 7) + Array(repeating: 11, count: 7))
    let durations = events.prefix(7).map { Int($0[14]) << 8 | Int($0[15]) }
    #expect(durations == [160, 320, 480, 640, 800, 800, 800])
    #expect(events.map { $0[13] & 0x80 != 0 } == (0..<14).map { $0 % 7 >= 4 })
  }

  @Test func whoWaitsHearsTonesUntilTheHostComes() throws {
    try bridge.openRoom("daily", #", "waitForHost": true"#)
    _ = try bridge.join("daily", port: ear.port, rtp: Self.telephone)
    let waiting = samples(try packets(150)).map(abs).max() ?? 0
    #expect((0.01...0.1).contains(waiting), "\(waiting)")
    let host = try LoopbackPort()
    _ = try bridge.join("daily", port: host.port, rtp: Self.telephone, #", "role": "host""#)
    let inside = samples(try packets(100)).suffix(4_000)
    #expect(inside.allSatisfy { abs($0) < 0.001 })
  }
}
