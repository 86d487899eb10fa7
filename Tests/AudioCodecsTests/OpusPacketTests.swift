import AudioCodecs
import MediaBase
import Testing

@Suite("Opus packets")
struct OpusPacketTests {
  // RFC 6716, table 2.
  @Test("The table of contents is RFC 6716's table 2")
  func tableOfContents() {
    let rows: [(OpusTOC.Mode, OpusBandwidth, [Double])] = [
      (.silk, .narrowband, [10, 20, 40, 60]), (.silk, .mediumband, [10, 20, 40, 60]),
      (.silk, .wideband, [10, 20, 40, 60]),
      (.hybrid, .superWideband, [10, 20]), (.hybrid, .fullband, [10, 20]),
      (.celt, .narrowband, [2.5, 5, 10, 20]), (.celt, .wideband, [2.5, 5, 10, 20]),
      (.celt, .superWideband, [2.5, 5, 10, 20]), (.celt, .fullband, [2.5, 5, 10, 20]),
    ]
    var configuration = 0
    for (mode, bandwidth, milliseconds) in rows {
      for duration in milliseconds {
        for low in 0..<8 {
          let toc = OpusTOC(UInt8(configuration << 3 | low))
          #expect(toc.configuration == configuration)
          #expect(toc.mode == mode)
          #expect(toc.bandwidth == bandwidth)
          #expect(toc.frameSamples == Int(duration * 48))
          #expect(toc.layout == (low & 4 == 0 ? .mono : .stereo))
          #expect(toc.frameCountCode.rawValue == UInt8(low & 3))
        }
        configuration += 1
      }
    }
    #expect(configuration == 32)
  }

  static func inspected(_ bytes: [UInt8]) -> Result<OpusPacket, OpusPacketError> {
    do {
      return .success(try OpusPacket(inspecting: bytes.span))
    } catch {
      return .failure(error)
    }
  }

  static func decoded(_ bytes: [UInt8], by decoder: inout OpusDecoder, into samples: inout [Float])
    -> Result<Int, OpusError>
  {
    var span = samples.mutableSpan
    do {
      return .success(try decoder.decode(bytes.span, into: &span))
    } catch {
      return .failure(error)
    }
  }

  /// CELT, fullband, mono, 20 ms, with the frame count code in the lowest bits.
  static let celt20: UInt8 = 31 << 3

  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var error: OpusPacketError?
    var frames = 0
    var padding = 0

    init(_ name: String, _ bytes: [UInt8], _ error: OpusPacketError) {
      (testDescription, self.bytes, self.error) = (name, bytes, error)
    }

    init(_ name: String, _ bytes: [UInt8], frames: Int, padding: Int = 0) {
      (testDescription, self.bytes, self.frames, self.padding) = (name, bytes, frames, padding)
    }
  }

  // RFC 6716, 3.4: R1 to R7, and what keeps just within them.
  static let cases: [Case] = [
    Case("R1: no bytes", [], .empty),
    Case("code 0, empty frame", [celt20], frames: 1),
    Case("code 0, longest frame", [celt20] + many(1_275), frames: 1),
    Case("R2: code 0, a byte too long", [celt20] + many(1_276), .frameTooLong),
    Case("code 1, empty frames", [celt20 | 1], frames: 2),
    Case("code 1, longest frames", [celt20 | 1] + many(2_550), frames: 2),
    Case("R2: code 1, two bytes too long", [celt20 | 1] + many(2_552), .frameTooLong),
    Case("R3: code 1, odd", [celt20 | 1, 0], .unequalFrames),
    Case("R4: code 2 without a size", [celt20 | 2], .truncated),
    Case("R4: code 2, half a size", [celt20 | 2, 252], .truncated),
    Case("R4: code 2, first frame beyond the end", [celt20 | 2, 3, 0, 0], .truncated),
    Case("code 2, empty second frame", [celt20 | 2, 2, 0, 0], frames: 2),
    Case("code 2, both empty", [celt20 | 2, 0], frames: 2),
    Case("code 2, two-byte size", [celt20 | 2, 252, 1] + many(256), frames: 2),
    Case("R2: code 2, second frame too long", [celt20 | 2, 0] + many(1_276), .frameTooLong),
    Case("code 2, longest frames", [celt20 | 2, 255, 255] + many(2_550), frames: 2),
    Case("R6: code 3 without its count", [celt20 | 3], .truncated),
    Case("R5: code 3, no frames", [celt20 | 3, 0], .noFrames),
    Case("code 3, six frames are 120 ms", [celt20 | 3, 6], frames: 6),
    Case("R5: code 3, seven frames are 140 ms", [celt20 | 3, 7], .tooLong),
    Case("code 3, 48 frames of 2.5 ms", [28 << 3 | 3, 48] + many(48), frames: 48),
    Case("R5: code 3, 49 frames of 2.5 ms", [28 << 3 | 3, 49] + many(49), .tooLong),
    Case("code 3, one frame of 60 ms", [3 << 3 | 3, 1, 0], frames: 1),
    Case("R5: code 3, three frames of 60 ms", [3 << 3 | 3, 3, 0, 0, 0], .tooLong),
    Case("R6: code 3, does not divide", [celt20 | 3, 2, 0, 0, 0], .unequalFrames),
    Case("R2: code 3, frames too long", [celt20 | 3, 2] + many(2_552), .frameTooLong),
    Case("code 3, padding of 2", [celt20 | 3, 0x42, 2, 9, 9, 0, 0], frames: 2, padding: 2),
    Case("code 3, all padding", [celt20 | 3, 0x41, 3, 0, 0, 0], frames: 1, padding: 3),
    Case("R6: code 3, padding beyond the end", [celt20 | 3, 0x41, 4, 0, 0, 0], .truncated),
    Case("R6: code 3, padding without a length", [celt20 | 3, 0x41], .truncated),
    Case("R6: code 3, padding length goes on", [celt20 | 3, 0x41, 255] + many(254), .truncated),
    Case("code 3, padding of 254 + 1", [celt20 | 3, 0x41, 255, 1] + many(255), frames: 1, padding: 255),
    Case("code 3, sizes", [celt20 | 3, 0x83, 1, 2, 7, 7, 7, 7], frames: 3),
    Case("code 3, sizes, empty last", [celt20 | 3, 0x83, 1, 2, 7, 7, 7], frames: 3),
    Case("R7: code 3, sizes beyond the end", [celt20 | 3, 0x83, 1, 2, 7, 7], .truncated),
    Case("R7: code 3, sizes missing", [celt20 | 3, 0x83, 0], .truncated),
    Case("R7: code 3, half a size", [celt20 | 3, 0x83, 0, 252], .truncated),
    Case("code 3, one frame with sizes given", [celt20 | 3, 0x81, 7, 7], frames: 1),
    Case("R2: code 3, last frame too long", [celt20 | 3, 0x82, 0] + many(1_276), .frameTooLong),
    Case("code 3, sizes and padding", [celt20 | 3, 0xC2, 2, 1, 7, 7, 0, 0], frames: 2, padding: 2),
    Case("R7: code 3, padding leaves no room", [celt20 | 3, 0xC2, 4, 1, 7, 7, 0, 0], .truncated),
  ]

  static func many(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x55, count: count) }

  @Test("The rules of RFC 6716, 3.4, each at its border, and libopus's decoder agrees", arguments: cases)
  func rules(of test: Case) throws {
    var decoder = try OpusDecoder(layout: .stereo)
    var samples = [Float](repeating: 0, count: 2 * OpusDecoder.largestPacketSamples)
    let decoded = Self.decoded(test.bytes, by: &decoder, into: &samples)
    switch Self.inspected(test.bytes) {
    case .failure(let error):
      #expect(error == test.error)
      #expect(decoded == .failure(.invalidPacket))
    case .success(let packet):
      #expect(test.error == nil)
      #expect(packet.frameCount == test.frames)
      #expect(packet.paddingBytes == test.padding)
      #expect(packet.toc == OpusTOC(test.bytes[0]))
      #expect(decoded == .success(packet.durationSamples))
      #expect(decoder.lastPacketSamples == packet.durationSamples)
    }
  }

  @Test("100,000 random packets: inspection and decoder agree on each, and no byte traps", arguments: [1, 2])
  func randomPackets(channels: Int) throws {
    var random = SeededGenerator(seed: UInt64(channels))
    var decoder = try OpusDecoder(layout: channels == 1 ? .mono : .stereo)
    var samples = [Float](repeating: 0, count: channels * OpusDecoder.largestPacketSamples)
    var (valid, wrong, notFinite) = (0, 0, 0)
    for round in 0..<50_000 {
      let bytes = Self.randomPacket(&random)
      let inspected = Self.inspected(bytes)
      // Now and then what a bridge would do for a loss in between.
      if round % 16 == 0 {
        var span = samples.mutableSpan
        if round % 32 == 0 {
          _ = try decoder.conceal(lostSamples: 120 * Int.random(in: 1...48, using: &random), into: &span)
        } else if case .success = inspected {
          _ = try decoder.decodeFEC(
            from: bytes.span, lostSamples: 120 * Int.random(in: 1...48, using: &random), into: &span)
        }
      }
      switch (inspected, Self.decoded(bytes, by: &decoder, into: &samples)) {
      case (.success(let packet), .success(let decoded)):
        valid += 1
        if packet.durationSamples != decoded { wrong += 1 }
        if !(120...5_760).contains(decoded) { wrong += 1 }
        if !samples[..<(decoded * channels)].allSatisfy(\.isFinite) { notFinite += 1 }
      case (.failure, .failure(.invalidPacket)): break
      default: wrong += 1
      }
    }
    #expect(wrong == 0)
    #expect(notFinite == 0)
    #expect(valid > 10_000, "\(valid) valid packets")
  }

  /// Any bytes at all, but with few frames in most: short, as packets are, and sometimes long.
  static func randomPacket(_ random: inout SeededGenerator) -> [UInt8] {
    let longest = [3, 12, 60, 60, 400, 3_000].randomElement(using: &random) ?? 1
    var bytes = random.bytes(Int.random(in: 0...longest, using: &random))
    if bytes.count > 1, bytes[0] & 3 == 3, Bool.random(using: &random) {
      bytes[1] = bytes[1] & 0xC0 | UInt8.random(in: 0...4, using: &random)
    }
    return bytes
  }

  @Test("Real packets with bytes changed or cut off do not trap either")
  func damagedPackets() throws {
    var random = SeededGenerator(seed: 9)
    for application in OpusApplication.allCases {
      var settings = OpusEncoderSettings()
      settings.usesInbandFEC = true
      settings.expectedLossPercent = 20
      var encoder = try OpusEncoder(layout: .stereo, application: application, settings: settings)
      var decoder = try OpusDecoder(layout: .stereo)
      var samples = [Float](repeating: 0, count: 2 * OpusDecoder.largestPacketSamples)
      let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000, channels: 2), by: &encoder)
      for _ in 0..<40 {
        for packet in packets {
          var bytes = packet
          for _ in 0..<Int.random(in: 0...3, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
          }
          if Int.random(in: 0..<4, using: &random) == 0 {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
          }
          let decoded = Self.decoded(bytes, by: &decoder, into: &samples)
          switch Self.inspected(bytes) {
          case .success(let packet): #expect(decoded == .success(packet.durationSamples))
          case .failure: #expect(decoded == .failure(.invalidPacket))
          }
        }
      }
    }
  }

  @Test("An encoder's packets say what they are", arguments: OpusFrameDuration.allCases)
  func encodersPackets(duration: OpusFrameDuration) throws {
    for application in OpusApplication.allCases {
      for layout in ChannelLayout.allCases {
        var settings = OpusEncoderSettings()
        settings.forcedLayout = layout
        settings.bitrate = .bitsPerSecond(64_000)
        var encoder = try OpusEncoder(layout: layout, application: application, settings: settings)
        let sound = CodecSignal.voice(frames: duration.samples * 10, channels: layout.count)
        for bytes in try OpusStream.packets(of: sound, by: &encoder, duration: duration) {
          let packet = try OpusPacket(inspecting: bytes.span)
          #expect(packet.durationSamples == duration.samples)
          #expect(packet.toc.layout == layout)
          #expect(packet.toc.bandwidth <= .fullband)
          #expect(!packet.carriesFEC)
          #expect(!packet.isSilent)
          if application == .restrictedLowDelay { #expect(packet.toc.mode == .celt) }
        }
      }
    }
  }
}
