import AudioCodecs
import MediaBase
import Testing

@Suite("Packets for a gap")
struct OpusConcealmentTests {
  private static func packets(for samples: Int, after toc: OpusTOC) -> (packets: [OpusConcealment.Packet], rest: Int) {
    var gap = OpusConcealment(samples: samples, after: toc)
    var packets: [OpusConcealment.Packet] = []
    while let packet = gap.next() { packets.append(packet) }
    return (packets, gap.remainingSamples)
  }

  private static func bytes(of packet: OpusConcealment.Packet) -> [UInt8] {
    Array([packet.bytes.0, packet.bytes.1].prefix(packet.byteCount))
  }

  @Test("Every gap behind every kind of packet is filled up to 2.5 ms with valid packets, as long as they can be")
  func everyGap() throws {
    for byte in UInt8.min...UInt8.max {
      let toc = OpusTOC(byte)
      for samples in [0, 1, 119, 120, 121, 480, 1_080, 2_880, 4_560, 5_760, 5_761, 5_880, 48_000, 57_719] {
        let (packets, rest) = Self.packets(for: samples, after: toc)
        #expect(rest < 120 && packets.reduce(rest) { $0 + $1.durationSamples } == samples)
        #expect(packets.count <= samples / OpusPacket.maximumDurationSamples + 6)
        for packet in packets {
          let read = try OpusPacket(inspecting: Self.bytes(of: packet).span)
          #expect(read.durationSamples == packet.durationSamples && read.isSilent)
          #expect(read.toc.layout == toc.layout)
        }
      }
    }
  }

  /// A TOC and what fills 95 ms behind it: (configuration, frames) a packet.
  struct Case {
    var configuration: UInt8
    var filling: [(configuration: UInt8, frames: UInt8)]
  }

  // RFC 7845, 4.1 has the first as its example.
  static let ninetyFiveMilliseconds = [
    // SILK wideband, 20 ms: four of them, one of 10 ms, then 5 ms of CELT wideband.
    Case(configuration: 9, filling: [(9, 4), (8, 1), (21, 1)]),
    // SILK mediumband, 60 ms; CELT has no mediumband.
    Case(configuration: 7, filling: [(7, 1), (5, 1), (4, 1), (21, 1)]),
    // Hybrid fullband, 10 ms.
    Case(configuration: 14, filling: [(14, 9), (29, 1)]),
    // CELT fullband, 20 ms.
    Case(configuration: 31, filling: [(31, 4), (30, 1), (29, 1)]),
    // CELT fullband, 2.5 ms.
    Case(configuration: 28, filling: [(28, 38)]),
  ]

  @Test("The mode stays until its frames no longer fit", arguments: ninetyFiveMilliseconds.indices, [UInt8(0), 4])
  func modesStay(index: Int, stereo: UInt8) {
    let row = Self.ninetyFiveMilliseconds[index]
    // Code 2 is how the packet before was packed, and no matter.
    let (packets, rest) = Self.packets(for: 4_560, after: OpusTOC(row.configuration << 3 | stereo | 2))
    #expect(rest == 0)
    let expected = row.filling.flatMap { (configuration, frames) -> [UInt8] in
      let byte = configuration << 3 | stereo
      return frames == 1 ? [byte] : [byte | 3, frames]
    }
    #expect(packets.flatMap(Self.bytes) == expected)
  }

  @Test("A decoder conceals them and fades")
  func decodersConceal() throws {
    let tone = CodecSignal.tone(440, frames: 48_000)
    for application in OpusApplication.allCases {
      var encoder = try OpusEncoder(layout: .mono, application: application)
      var decoder = try OpusDecoder(layout: .mono)
      let packets = try OpusStream.packets(of: tone, by: &encoder)
      _ = try OpusStream.sound(of: packets, by: &decoder)
      let toc = OpusTOC(try #require(packets.last?.first))
      let concealment = Self.packets(for: 96_000, after: toc).packets.map(Self.bytes)
      let sound = try OpusStream.sound(of: concealment, by: &decoder)
      #expect(sound.count == 96_000)
      #expect(sound[..<480].contains { abs($0) > 0.1 })
      // Of a steady tone, comfort noise remains.
      #expect(sound[48_000...].allSatisfy { abs($0) < 0.1 })
    }
  }
}
