import AudioCodecs
import MediaBase
import Testing

@Suite("Opus encoder and decoder")
struct OpusCodecTests {
  static func encoder(
    _ layout: ChannelLayout = .mono, _ application: OpusApplication = .voip,
    settings change: (inout OpusEncoderSettings) -> Void = { _ in }
  ) throws(OpusError) -> OpusEncoder {
    var settings = OpusEncoderSettings()
    change(&settings)
    return try OpusEncoder(layout: layout, application: application, settings: settings)
  }

  @Test("Tones come back, late by the lookahead, at every frame size", arguments: OpusFrameDuration.allCases)
  func tonesComeBack(duration: OpusFrameDuration) throws {
    for application in [OpusApplication.audio, .restrictedLowDelay] {
      for layout in ChannelLayout.allCases {
        let channels = layout.count
        var encoder = try Self.encoder(layout, application) { $0.bitrate = .bitsPerSecond(128_000 * channels) }
        var decoder = try OpusDecoder(layout: layout)
        let input = CodecSignal.tone(440, 1_234, frames: 57_600, channels: channels)
        let packets = try OpusStream.packets(of: input, by: &encoder, duration: duration)
        let output = try OpusStream.sound(of: packets, by: &decoder)
        #expect(output.count == input.count)
        let delay = encoder.lookaheadSamples * channels
        let heard = output[(9_600 * channels + delay)...]
        let ratio = CodecSignal.signalToNoise(heard, reference: input[(9_600 * channels)..<(input.count - delay)])
        #expect(ratio > Decibels(30), "\(application), \(layout): \(ratio.value) dB")
      }
    }
  }

  @Test("A voice comes back at 32 kbit/s", arguments: [OpusFrameDuration.ms10, .ms20, .ms40, .ms60])
  func voiceComesBack(duration: OpusFrameDuration) throws {
    for layout in ChannelLayout.allCases {
      var encoder = try Self.encoder(layout) {
        $0.bitrate = .bitsPerSecond(32_000)
        $0.signal = .voice
      }
      var decoder = try OpusDecoder(layout: layout)
      let channels = layout.count
      let input = CodecSignal.voice(frames: 96_000, channels: channels)
      let packets = try OpusStream.packets(of: input, by: &encoder, duration: duration)
      let output = try OpusStream.sound(of: packets, by: &decoder)
      let delay = encoder.lookaheadSamples * channels
      let heard = output[(9_600 * channels + delay)...]
      let reference = input[(9_600 * channels)..<(output.count - delay)]
      let ratio = CodecSignal.signalToNoise(heard, reference: reference)
      #expect(ratio > Decibels(5), "\(layout): \(ratio.value) dB")
      let loudness = Decibels(power: CodecSignal.energy(heard) / CodecSignal.energy(reference))
      #expect(abs(loudness.value) < 1, "\(layout): \(loudness.value) dB")
      let bits = packets.reduce(0) { $0 + 8 * $1.count }
      #expect((16_000...44_000).contains(bits * 48_000 / (input.count / channels)))
    }
  }

  @Test("Encoder and decoder end every packet in the same state")
  func finalRangesAgree() throws {
    for application in OpusApplication.allCases {
      var encoder = try Self.encoder(.stereo, application)
      var decoder = try OpusDecoder(layout: .stereo)
      let input = CodecSignal.voice(frames: 960, channels: 2)
      for _ in 0..<20 {
        let packet = try OpusStream.packets(of: input, by: &encoder)[0]
        _ = try OpusStream.frame(of: packet, by: &decoder)
        #expect(encoder.finalRange == decoder.finalRange)
        #expect(encoder.bandwidth == decoder.bandwidth)
      }
    }
  }

  @Test("The same sound gives the same packets, from a new encoder and from one that was reset")
  func encodingIsRepeatable() throws {
    let input = CodecSignal.voice(frames: 48_000)
    var first = try Self.encoder()
    var second = try Self.encoder()
    let packets = try OpusStream.packets(of: input, by: &first)
    #expect(try OpusStream.packets(of: input, by: &second) == packets)
    #expect(try OpusStream.packets(of: input, by: &second) != packets)
    second.reset()
    #expect(try OpusStream.packets(of: input, by: &second) == packets)
    var decoder = try OpusDecoder(layout: .mono)
    let sound = try OpusStream.sound(of: packets, by: &decoder)
    decoder.reset()
    #expect(try OpusStream.sound(of: packets, by: &decoder) == sound)
  }

  @Test("In-band FEC brings a lost frame back better than concealment")
  func fecBeatsConcealment() throws {
    var encoder = try Self.encoder {
      $0.bitrate = .bitsPerSecond(32_000)
      $0.signal = .voice
      $0.usesInbandFEC = true
      $0.expectedLossPercent = 20
    }
    let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000 * 6), by: &encoder)
    let carrying = try packets.filter { try OpusStream.inspect($0).carriesFEC }
    #expect(carrying.count > packets.count / 2, "\(carrying.count) of \(packets.count)")

    var whole = try OpusDecoder(layout: .mono)
    var withFEC = try OpusDecoder(layout: .mono)
    var concealing = try OpusDecoder(layout: .mono)
    var (fecError, concealmentError, energy) = (0.0, 0.0, 0.0)
    for (index, packet) in packets.enumerated() {
      let truth = try OpusStream.frame(of: packet, by: &whole)
      let isLost = index % 5 == 4 && index + 1 < packets.count
      if isLost {
        let recovered = try OpusStream.recovered(from: packets[index + 1], lostSamples: 960, by: &withFEC)
        fecError += CodecSignal.difference(recovered[...], truth)
        let concealed = try OpusStream.concealed(lostSamples: 960, by: &concealing)
        concealmentError += CodecSignal.difference(concealed[...], truth)
        energy += CodecSignal.energy(truth)
      } else {
        _ = try OpusStream.frame(of: packet, by: &withFEC)
        _ = try OpusStream.frame(of: packet, by: &concealing)
      }
    }
    let (fec, plc) = (Decibels(power: fecError / energy), Decibels(power: concealmentError / energy))
    #expect(fec.value < plc.value - 6, "FEC \(fec.value) dB, concealment \(plc.value) dB, of the lost sound")
    #expect(fec < Decibels(-6), "FEC \(fec.value) dB of the lost sound")
  }

  @Test("Without in-band FEC no packet says that it carries it", arguments: OpusApplication.allCases)
  func noFECWithout(application: OpusApplication) throws {
    for usesFEC in [false, true] where !usesFEC || application == .restrictedLowDelay {
      var encoder = try Self.encoder(.mono, application) {
        $0.usesInbandFEC = usesFEC
        $0.expectedLossPercent = 20
      }
      let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000), by: &encoder)
      #expect(try packets.allSatisfy { try !OpusStream.inspect($0).carriesFEC })
    }
  }

  @Test("FEC is told in stereo and in packets of 40 and 60 ms", arguments: [OpusFrameDuration.ms20, .ms40, .ms60])
  func fecIsTold(duration: OpusFrameDuration) throws {
    for layout in ChannelLayout.allCases {
      var encoder = try Self.encoder(layout) {
        $0.bitrate = .bitsPerSecond(32_000 * layout.count)
        $0.signal = .voice
        $0.bandwidth = .wideband
        $0.usesInbandFEC = true
        $0.expectedLossPercent = 25
      }
      let sound = CodecSignal.voice(frames: 48_000 * 3, channels: layout.count)
      let packets = try OpusStream.packets(of: sound, by: &encoder, duration: duration).map {
        try OpusStream.inspect($0)
      }
      #expect(packets.allSatisfy { $0.toc.mode == .silk })
      // The first packet has nothing before it to repeat.
      #expect(packets.first?.carriesFEC == false)
      #expect(packets.count { $0.carriesFEC } > packets.count / 2, "\(layout)")
    }
  }

  @Test("Silence becomes packets that need not be sent, a voice whole ones", arguments: ChannelLayout.allCases)
  func dtx(layout: ChannelLayout) throws {
    for application in [OpusApplication.voip, .audio] {
      var encoder = try Self.encoder(layout, application) { $0.usesDTX = true }
      let voice = CodecSignal.voice(frames: 48_000, channels: layout.count)
      let loud = try OpusStream.packets(of: voice, by: &encoder)
      #expect(loud.count { $0.count <= OpusEncoder.largestUnsentPacketBytes } < 10)
      let silence = [Float](repeating: 0, count: 48_000 * 4 * layout.count)
      let quiet = try OpusStream.packets(of: silence, by: &encoder).dropFirst(50)
      let isInDTX = encoder.isInDTX
      #expect(isInDTX)
      let unsent = quiet.filter { $0.count <= OpusEncoder.largestUnsentPacketBytes }
      #expect(unsent.count > quiet.count * 8 / 10, "\(application): \(unsent.count) of \(quiet.count)")
      #expect(try unsent.allSatisfy { try OpusStream.inspect($0).isSilent })
      let again = try OpusStream.packets(of: voice, by: &encoder)
      #expect(again.count { $0.count > OpusEncoder.largestUnsentPacketBytes } > 40)

      var decoder = try OpusDecoder(layout: layout)
      let heard = try OpusStream.sound(of: loud + quiet, by: &decoder)
      #expect(heard.count == (loud.count + quiet.count) * 960 * layout.count)
      #expect(heard.suffix(48_000).allSatisfy { abs($0) < 0.001 })
    }
  }

  @Test("Constant rate means packets of one size")
  func constantRate() throws {
    for (bits, bytes) in [(24_000, 60), (64_000, 160), (128_000, 320)] {
      var encoder = try Self.encoder(.mono, .audio) {
        $0.rateControl = .constant
        $0.bitrate = .bitsPerSecond(bits)
      }
      #expect(encoder.bitsPerSecond == bits)
      let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000), by: &encoder)
      #expect(packets.allSatisfy { $0.count == bytes })
    }
  }

  @Test("The packet's buffer bounds the packet, down to one byte")
  func smallBuffers() throws {
    let voice = CodecSignal.voice(frames: 9_600)
    for application in OpusApplication.allCases {
      for capacity in [1, 2, 3, 10, 40, 1_275] {
        var encoder = try Self.encoder(.mono, application) { $0.bitrate = .maximum }
        let packets = try OpusStream.packets(of: voice, by: &encoder, capacity: capacity)
        #expect(packets.allSatisfy { (1...capacity).contains($0.count) })
        var decoder = try OpusDecoder(layout: .mono)
        #expect(try OpusStream.sound(of: packets, by: &decoder).count == 9_600)
      }
    }
  }

  @Test("The largest packet fits into largestPacketBytes", arguments: OpusFrameDuration.allCases)
  func largestPacket(duration: OpusFrameDuration) throws {
    var random = SeededGenerator(seed: 4)
    let noise = (0..<duration.samples * 4).map { _ in Float.random(in: -1...1, using: &random) }
    var encoder = try Self.encoder(.stereo, .audio) { $0.bitrate = .maximum }
    let packets = try OpusStream.packets(
      of: noise, by: &encoder, duration: duration, capacity: OpusEncoder.largestPacketBytes + 1_000)
    #expect(packets.allSatisfy { $0.count <= OpusEncoder.largestPacketBytes })
  }

  @Test("Settings are kept, changed while running, and refused whole")
  func settings() throws {
    var encoder = try Self.encoder(.mono, .audio)
    var settings = encoder.settings
    settings.complexity = 3
    settings.bandwidth = .wideband
    settings.frameDuration = .ms40
    try encoder.apply(settings)
    #expect(encoder.settings == settings)
    let wrong: [(inout OpusEncoderSettings) -> Void] = [
      { $0.complexity = 11 }, { $0.complexity = -1 }, { $0.expectedLossPercent = 101 },
      { $0.expectedLossPercent = -1 }, { $0.inputBitDepth = 7 }, { $0.inputBitDepth = 25 },
      { $0.bitrate = .bitsPerSecond(0) }, { $0.bitrate = .bitsPerSecond(-1) }, { $0.bitrate = .bitsPerSecond(-1_000) },
      { $0.forcedLayout = .stereo },
    ]
    for change in wrong {
      var refused = settings
      refused.complexity = 1
      change(&refused)
      #expect(throws: OpusError.badArgument) { try encoder.apply(refused) }
      #expect(encoder.settings == settings)
      #expect(throws: OpusError.badArgument) {
        _ = try OpusEncoder(layout: .mono, application: .audio, settings: refused)
      }
    }
    let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 9_600), by: &encoder, duration: .ms40)
    for bytes in packets { #expect(try OpusStream.inspect(bytes).toc.bandwidth == .wideband) }
    // Any other length than the one set would be cut without a word.
    for duration in OpusFrameDuration.allCases where duration != .ms40 {
      #expect(throws: OpusError.badArgument) {
        _ = try OpusStream.packets(of: CodecSignal.voice(frames: 5_760), by: &encoder, duration: duration)
      }
    }
  }

  @Test("A bandwidth that is set, or its limit, is kept", arguments: OpusBandwidth.allCases)
  func bandwidths(bandwidth: OpusBandwidth) throws {
    for isLimit in [false, true] {
      var encoder = try Self.encoder(.mono, .voip) {
        $0.bitrate = .bitsPerSecond(64_000)
        if isLimit { $0.maximumBandwidth = bandwidth } else { $0.bandwidth = bandwidth }
      }
      let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000), by: &encoder)
      for bytes in packets.dropFirst(10) {
        let toc = try OpusStream.inspect(bytes).toc
        // CELT has no mediumband.
        let isKept = toc.bandwidth == bandwidth || bandwidth == .mediumband && toc.mode == .celt
        #expect(isKept, "\(toc.bandwidth)")
      }
      #expect(encoder.bandwidth == bandwidth || bandwidth == .mediumband)
    }
  }

  @Test("Sound of a length that is no frame is refused")
  func wrongLengths() throws {
    var encoder = try Self.encoder(.stereo, .audio)
    for count in [0, 1, 2, 100, 238, 241, 1_918, 1_919, 1_922, 2 * 5_761, 2 * 6_720] {
      let sound = [Float](repeating: 0, count: count)
      var bytes = [UInt8](repeating: 0, count: 4_000)
      #expect(throws: OpusError.badArgument, "\(count) samples") {
        var span = bytes.mutableSpan
        _ = try encoder.encode(sound.span, into: &span)
      }
    }
    #expect(throws: OpusError.badArgument) {
      _ = try OpusStream.packets(of: [Float](repeating: 0, count: 1_920), by: &encoder, capacity: 0)
    }
  }

  @Test("Samples that are no numbers become silence, and the next frame is sound again")
  func notANumber() throws {
    for application in OpusApplication.allCases {
      var encoder = try Self.encoder(.mono, application)
      var decoder = try OpusDecoder(layout: .mono)
      for poison in [Float.nan, .infinity, -.infinity, 1e30, -.greatestFiniteMagnitude] {
        var sound = CodecSignal.voice(frames: 9_600)
        sound[1_000] = poison
        let packets = try OpusStream.packets(of: sound, by: &encoder)
        let heard = try OpusStream.sound(of: packets, by: &decoder)
        #expect(heard.allSatisfy { $0.isFinite && abs($0) < 4 }, "\(application), \(poison)")
        #expect(CodecSignal.energy(heard.suffix(4_800)) > 0.1)
      }
    }
  }

  @Test("Concealment goes on with the sound, then fades, in any number of 2.5 ms steps")
  func concealment() throws {
    var encoder = try Self.encoder()
    var decoder = try OpusDecoder(layout: .mono)
    #expect(decoder.lastPacketSamples == 0)
    #expect(decoder.bandwidth == nil)
    let voice = CodecSignal.voice(frames: 9_600)
    let heard = try OpusStream.sound(of: try OpusStream.packets(of: voice, by: &encoder), by: &decoder)
    #expect(decoder.lastPacketSamples == 960)
    for steps in [1, 3, 8, 24, 48, 100] {
      let concealed = try OpusStream.concealed(lostSamples: 120 * steps, by: &decoder)
      #expect(concealed.allSatisfy { $0.isFinite && abs($0) < 1 })
      #expect(decoder.lastPacketSamples == 120 * steps)
    }
    let long = try OpusStream.concealed(lostSamples: 48_000, by: &decoder)
    // What remains is the noise behind the voice.
    #expect(CodecSignal.energy(long.suffix(4_800)) < CodecSignal.energy(heard.suffix(4_800)) / 10)
    var samples = [Float](repeating: .nan, count: 48_000)
    for wrong in [0, -120, 1, 119, 960 + 1] {
      #expect(throws: OpusError.badArgument) { _ = try Self.conceal(wrong, by: &decoder, into: &samples) }
    }
    #expect(throws: OpusError.bufferTooSmall) { _ = try Self.conceal(48_120, by: &decoder, into: &samples) }
  }

  static func conceal(_ count: Int, by decoder: inout OpusDecoder, into samples: inout [Float]) throws -> Int {
    var span = samples.mutableSpan
    return try decoder.conceal(lostSamples: count, into: &span)
  }

  @Test("An output that is too short, or a packet of no bytes, is refused and harms nothing")
  func refusals() throws {
    var encoder = try Self.encoder()
    let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 9_600), by: &encoder)
    var decoder = try OpusDecoder(layout: .mono)
    var untouched = try OpusDecoder(layout: .mono)
    for packet in packets {
      for (bytes, room, expected) in [
        (packet, 959, OpusError.bufferTooSmall), (packet, 0, .bufferTooSmall), ([], 960, .invalidPacket),
        ([0xFF, 0], 960, .invalidPacket),
      ] {
        var samples = [Float](repeating: 0, count: room)
        #expect(throws: expected) {
          var span = samples.mutableSpan
          _ = try decoder.decode(bytes.span, into: &span)
        }
      }
      #expect(try OpusStream.frame(of: packet, by: &decoder) == OpusStream.frame(of: packet, by: &untouched))
    }
  }

  @Test("Gain makes the decoded sound louder by just so much, and survives a reset")
  func gain() throws {
    var encoder = try Self.encoder()
    let packets = try OpusStream.packets(of: CodecSignal.voice(frames: 48_000), by: &encoder)
    var plain = try OpusDecoder(layout: .mono)
    var louder = try OpusDecoder(layout: .mono)
    try louder.setGain(Decibels(-6))
    louder.reset()
    #expect(louder.gain == Decibels(-6))
    let (reference, scaled) = (
      try OpusStream.sound(of: packets, by: &plain), try OpusStream.sound(of: packets, by: &louder)
    )
    let ratio = Decibels(power: CodecSignal.energy(scaled[...]) / CodecSignal.energy(reference[...]))
    #expect(abs(ratio.value + 6) < 0.01)
    for wrong in [200.0, -128.1, 128, .nan, .infinity, -.infinity] {
      #expect(throws: OpusError.badArgument, "\(wrong)") { try louder.setGain(Decibels(wrong)) }
    }
    #expect(louder.gain == Decibels(-6))
  }

  @Test("Mono decodes to two equal channels, and stereo to their mean")
  func layoutsConvert() throws {
    var mono = try Self.encoder(.mono, .audio)
    let packets = try OpusStream.packets(of: CodecSignal.tone(440, frames: 9_600), by: &mono)
    var both = try OpusDecoder(layout: .stereo)
    let sound = try OpusStream.sound(of: packets, by: &both)
    #expect(stride(from: 0, to: sound.count, by: 2).allSatisfy { sound[$0] == sound[$0 + 1] })

    var stereo = try Self.encoder(.stereo, .audio) { $0.isPhaseInversionDisabled = true }
    let pairs = try OpusStream.packets(of: CodecSignal.tone(440, 440, frames: 9_600, channels: 2), by: &stereo)
    var one = try OpusDecoder(layout: .mono)
    try one.setPhaseInversionDisabled(true)
    let isDisabled = one.isPhaseInversionDisabled
    #expect(isDisabled)
    let mixed = try OpusStream.sound(of: pairs, by: &one)
    #expect(abs(Decibels(power: CodecSignal.energy(mixed.suffix(4_800)) / 4_800 / (0.25 * 0.25 / 2)).value) < 0.5)
  }

  @Test(
    "An encoder that copies another's state goes on with its stream, byte for byte", arguments: ChannelLayout.allCases)
  func copiedStateGoesOn(layout: ChannelLayout) throws {
    let input = CodecSignal.voice(frames: 96_000, channels: layout.count)
    let half = input.count / 2
    let settings: (inout OpusEncoderSettings) -> Void = {
      $0.bitrate = .bitsPerSecond(32_000)
      $0.usesInbandFEC = true
      $0.expectedLossPercent = 10
    }
    var first = try Self.encoder(layout, settings: settings)
    _ = try OpusStream.packets(of: Array(input[..<half]), by: &first)
    var second = try Self.encoder(layout)
    try second.copyState(of: first)
    #expect(second.settings == first.settings)
    let expected = try OpusStream.packets(of: Array(input[half...]), by: &first)
    let packets = try OpusStream.packets(of: Array(input[half...]), by: &second)
    #expect(packets == expected)
    var other = try Self.encoder(layout, .audio)
    #expect(throws: OpusError.badArgument) { try other.copyState(of: first) }
  }

  @Test("The lookahead is 6.5 ms, or 2.5 ms for low delay")
  func lookahead() throws {
    let voip = try Self.encoder(.mono, .voip)
    let audio = try Self.encoder(.mono, .audio)
    let lowDelay = try Self.encoder(.mono, .restrictedLowDelay)
    let samples = [voip.lookaheadSamples, audio.lookaheadSamples, lowDelay.lookaheadSamples]
    #expect(samples == [312, 312, 120])
  }
}
