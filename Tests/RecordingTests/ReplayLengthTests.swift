import Foundation
import MediaBase
import MediaFiles
import Recording
import Testing

/// How long a mix is, and what it costs to make a long one.
@Suite struct ReplayLengthTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  func call(seconds: Double, _ voice: SyntheticCall.Voice) -> SyntheticCall {
    var call = SyntheticCall()
    call.add(Speech.g711(Speech.sine(440, seconds: seconds, rate: 8_000)), ticks: 160, voice)
    return call
  }

  @Test func theMixEndsSoonAfterItsLastPacket() throws {
    let mix = try Mixed(scratch.capture(call(seconds: 3, .init(source: place(1), destination: place(2)))))
    #expect((3.0..<3.2).contains(Double(mix.samples.count) / 48_000))
    #expect(mix.level(2.9..<2.99) > -20, "the last packets are heard")
  }

  @Test func packetsOneSecondLateAreHeardOrCounted() throws {
    var voice = SyntheticCall.Voice(source: place(1), destination: place(2))
    voice.delay = { (100..<150).contains($0) ? 1_000 - Double($0 - 100) * 20 : 0 }
    let mix = try Mixed(scratch.capture(call(seconds: 6, voice)))
    #expect(mix.figures.streams[0].late == Int(mix.figures.legs[0].packetsLate))
    #expect(mix.replay.plan.streams[0].lost == 0)
    #expect(mix.level(4..<5) > -20)
  }

  @Test func aMixBeginsWithItsFirstPacketAndKeepsPauses() throws {
    var both = call(seconds: 1, .init(source: place(1), destination: place(2), start: 100))
    both.packets += call(seconds: 1, .init(source: place(3), destination: place(2), ssrc: 3, start: 110)).packets
    let mix = try Mixed(scratch.capture(both))
    #expect((11.0..<11.2).contains(Double(mix.samples.count) / 48_000))
    #expect(
      mix.level(hertz: 440, 0.2..<0.9) > -15 && mix.level(3..<9) < -50 && mix.level(hertz: 440, 10.2..<10.9) > -15)
  }

  /// A wrong time in one packet, or a clock that was set.
  @Test func aLeapOfTheClockIsLeftOut() throws {
    var leaping = call(seconds: 4, .init(source: place(1), destination: place(2)))
    for index in 100..<leaping.packets.count { leaping.packets[index].nanoseconds += 86_400_000_000_000 }
    leaping.packets[50].nanoseconds += 20 * 86_400_000_000_000
    let writer = try PacketCaptureWriter(path: scratch.path("leaps.pcapng"))
    for packet in leaping.packets {
      try writer.write(
        packet.bytes.span, from: packet.source, to: packet.destination, at: SyntheticCall.epoch + packet.nanoseconds)
    }
    try writer.finish()
    let mix = try Mixed(scratch.path("leaps.pcapng"))
    #expect(mix.replay.contents.leaps == 3)
    #expect(mix.replay.warnings.contains { $0.contains("leaps 3 times") })
    #expect((3.9..<4.3).contains(Double(mix.samples.count) / 48_000))
    #expect(mix.figures.legs[0].packetsLate == 0 && mix.level(hertz: 440, 1.2..<3.8) > -15)
  }

  @Test func aCutCaptureIsMixedToItsLastWholePacket() throws {
    let path = try scratch.capture(call(seconds: 3, .init(source: place(1), destination: place(2))))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count / 2 + 5).write(to: URL(fileURLWithPath: scratch.path("cut")))
    let mix = try Mixed(scratch.path("cut"))
    #expect(mix.replay.contents.end == .cut && mix.replay.warnings.contains { $0.contains("cut off") })
    #expect((1.4..<1.7).contains(Double(mix.samples.count) / 48_000))
  }
}
