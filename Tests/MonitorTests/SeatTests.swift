import AllocationCounter
import AudioCodecs
import Foundation
import MediaBase
import Monitor
import RTC
import Testing

/// Two seats that send to each other without a bridge, in virtual time.
@Suite struct SeatTests {
  /// One talks, the other listens.
  struct Pair: ~Copyable {
    var talker: Seat
    var listener: Seat
    var now: PacketTime
    var heard: [Float] = []
    var packets: [[UInt8]] = []
    private var said = 0

    private init(talker: consuming Seat, listener: consuming Seat, now: PacketTime) {
      self.talker = talker
      self.listener = listener
      self.now = now
    }

    static func make(layout: ChannelLayout = .mono) throws -> Pair {
      let now = PacketTime(nanoseconds: 5_000_000_000)
      var random = SeededGenerator(seed: 11)
      var one = SeatSettings(remoteSSRC: SSRC(rawValue: 1), generator: &random)
      var other = SeatSettings(remoteSSRC: one.localSSRC, generator: &random)
      one.remoteSSRC = other.localSSRC
      other.layout = layout
      let clock = NTPClock(at: now, is: NTPTimestamp(secondsSince1970: 1_700_000_000))
      return Pair(
        talker: try Seat(one, joining: now, clock: clock), listener: try Seat(other, joining: now, clock: clock),
        now: now)
    }

    /// A tick of both: 20 ms of a tone of 440 Hz at half of full scale, which arrive 3 ms later unless they are lost.
    mutating func tick(isMuted: Bool = false, isLost: Bool = false) {
      let frame = (0..<Seat.frameSamples).map { 0.5 * Float(sin(2 * .pi * 440 * Double(said + $0) / 48_000)) }
      said += Seat.frameSamples
      var packet = [UInt8](repeating: 0, count: Seat.largestPacketBytes)
      var span = packet.mutableSpan
      let count = talker.speak(frame.span, isMuted: isMuted, at: now, into: &span)
      packets.append(Array(packet[..<count]))
      if !isLost { listener.receive(packet.span.extracting(0..<count), at: now.advanced(byMilliseconds: 3)) }
      now = now.advanced(byMilliseconds: 20)
      var output = [Float](repeating: 0, count: Seat.frameSamples * listener.settings.layout.count)
      var place = output.mutableSpan
      listener.listen(at: now, into: &place)
      heard += output
    }
  }

  @Test func whatOneSaysTheOtherHears() throws {
    var pair = try Pair.make()
    for _ in 0..<100 { pair.tick() }
    #expect(pair.listener.quality.packetsReceived == 99, "the first packet is on probation until the second")
    #expect(pair.listener.quality.packetsLost == 0)
    #expect(abs(level(pair.heard[48_000...]) - 0.5 / 2.0.squareRoot()) < 0.03)
    #expect(abs(crossings(pair.heard[48_000...]) - 440) < 3)
    #expect(pair.listener.lastArrival == pair.now.advanced(byMilliseconds: -17))
  }

  @Test func bothEarsHearWhatIsSaid() throws {
    var pair = try Pair.make(layout: .stereo)
    for _ in 0..<100 { pair.tick() }
    let left = stride(from: 96_000, to: pair.heard.count, by: 2).map { pair.heard[$0] }
    let right = stride(from: 96_001, to: pair.heard.count, by: 2).map { pair.heard[$0] }
    #expect(left == right && abs(level(left[...]) - 0.35) < 0.03)
  }

  @Test func aLostPacketIsFilledAndReported() throws {
    var pair = try Pair.make()
    for number in 0..<200 { pair.tick(isLost: number == 100) }
    #expect(pair.listener.quality.packetsLost == 1)
    let levels = (50..<195).map { level(pair.heard[$0 * 960..<$0 * 960 + 960]) }
    // With nothing in hand libopus fills the frame, and lets a lone tone fade within it, by 5 dB all in all. The copy in the
    // next packet comes too late to be heard, but the decoder goes on from it: one frame is not as it was, and no more.
    #expect(levels[50] > 0.17, "in its place: \(levels[50])")
    let others = levels[..<50] + levels[51...]
    #expect(others.allSatisfy { $0 > 0.3 && $0 < 0.4 }, "\(levels[48..<55])")
    let report = try #require(report(of: &pair.listener, at: pair.now.advanced(byMilliseconds: 10_000)))
    var reader = try RTCPReader(report.span)
    guard case .report(let block)? = reader.next() else { throw Missing() }
    #expect(block.info == nil && block.block(on: pair.talker.settings.localSSRC)?.packetsLost == 1)
    guard case .sourceDescription? = reader.next() else { throw Missing() }
  }

  private struct Missing: Error {}

  @Test func whoIsMutedSendsSilenceAtItsLevel() throws {
    var pair = try Pair.make()
    for _ in 0..<50 { pair.tick() }
    for _ in 0..<50 { pair.tick(isMuted: true) }
    #expect(level(pair.heard[(48_000 + 9_600)...]) < 1e-3)
    let packets = pair.packets
    let levels = try packets.map { try Self.header(of: $0).level }
    #expect(levels[..<50].allSatisfy { $0 == 9 } && levels[50...].allSatisfy { $0 == 127 })
    let marked = try packets.indices.filter { try Self.header(of: packets[$0]).isMarked }
    #expect(marked == [0])
  }

  private static func header(of packet: [UInt8]) throws -> (isMarked: Bool, level: Int?) {
    let header = try RTPHeader(parsing: packet.span)
    return (header.isMarked, AudioLevel(id: 1, header: header, packet: packet.span)?.belowOverload)
  }

  @Test func aTalkersReportTellsWhatWasSent() throws {
    var pair = try Pair.make()
    for _ in 0..<10 { pair.tick() }
    #expect(report(of: &pair.talker, at: pair.now) == nil, "too early")
    let bytes = try #require(report(of: &pair.talker, at: pair.now.advanced(byMilliseconds: 10_000)))
    var reader = try RTCPReader(bytes.span)
    guard case .report(let report)? = reader.next() else { throw Missing() }
    #expect(report.info?.packetCount == 10)
    #expect(self.report(of: &pair.talker, at: pair.now.advanced(byMilliseconds: 10_001)) == nil, "one is enough")
  }

  @Test func aGoodbyeOfTheBridgeEndsIt() throws {
    var pair = try Pair.make()
    for source in [SSRC(rawValue: 99), pair.talker.settings.localSSRC] {
      var bytes = [UInt8](repeating: 0, count: 100)
      var writer = RTCPWriter(bytes.mutableSpan)
      writer.writeReport(from: source, info: nil, block: nil)
      writer.writeGoodbye(of: source, reason: Span())
      let count = try writer.finish()
      pair.listener.receive(bytes.span.extracting(0..<count), at: pair.now)
      #expect(pair.listener.isOver == (source == pair.talker.settings.localSSRC))
    }
  }

  @Test func neitherATickNorAPacketAllocates() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    var pair = try Pair.make()
    for _ in 0..<50 { pair.tick() }
    let frame = (0..<Seat.frameSamples).map { 0.5 * Float(sin(2 * .pi * 440 * Double($0) / 48_000)) }
    var packet = [UInt8](repeating: 0, count: Seat.largestPacketBytes)
    var output = [Float](repeating: 0, count: Seat.frameSamples)
    let before = allocation_count()
    for tick in 0..<500 {
      var span = packet.mutableSpan
      let count = pair.talker.speak(frame.span, isMuted: tick % 100 < 10, at: pair.now, into: &span)
      pair.listener.receive(packet.span.extracting(0..<count), at: pair.now.advanced(byMilliseconds: tick % 7))
      pair.now = pair.now.advanced(byMilliseconds: 20)
      var place = output.mutableSpan
      pair.listener.listen(at: pair.now, into: &place)
      var report = packet.mutableSpan
      _ = pair.listener.report(at: pair.now, into: &report)
    }
    #if !DEBUG
      // The silence that the muted send is made at its first use.
      #expect(allocation_count() - before <= 1)
    #endif
  }

  @Test func whateverComesItGoesOn() throws {
    var pair = try Pair.make()
    var random = SeededGenerator(seed: 3)
    for number in 0..<3_000 {
      if number % 3 == 0 { pair.tick() }
      var bytes = number % 2 == 0 ? random.bytes(.random(in: 0...200, using: &random)) : pair.packets.last ?? []
      for _ in 0..<4 where !bytes.isEmpty {
        bytes[.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      pair.listener.receive(bytes.span, at: pair.now)
    }
    let isAllSound = pair.heard.allSatisfy { $0.isFinite }
    #expect(isAllSound)
  }

  private func report(of seat: inout Seat, at now: PacketTime) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: Seat.largestPacketBytes)
    var span = bytes.mutableSpan
    let count = seat.report(at: now, into: &span)
    return count == 0 ? nil : Array(bytes[..<count])
  }

  private func level(_ samples: ArraySlice<Float>) -> Double {
    (samples.reduce(0) { $0 + Double($1 * $1) } / Double(samples.count)).squareRoot()
  }

  /// How often it goes from below zero to above, a second.
  private func crossings(_ samples: ArraySlice<Float>) -> Double {
    let rising = zip(samples, samples.dropFirst()).count { $0 < 0 && $1 >= 0 }
    return Double(rising) / (Double(samples.count) / 48_000)
  }
}
