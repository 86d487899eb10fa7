import AudioCodecs
import Foundation
import Testing

@Suite("G.711")
struct G711Tests {
  static let everySample = (Int(Int16.min)...Int(Int16.max)).map { Int16($0) }
  static let everyCode = (0...255).map { UInt8($0) }

  static func encoded(_ samples: [Int16], _ law: G711) -> [UInt8] {
    var codes = [UInt8](repeating: 0, count: samples.count)
    var span = codes.mutableSpan
    law.encode(samples.span, into: &span)
    return codes
  }

  static func encoded(_ samples: [Float], _ law: G711) -> [UInt8] {
    var codes = [UInt8](repeating: 0, count: samples.count)
    var span = codes.mutableSpan
    law.encode(samples.span, into: &span)
    return codes
  }

  static func decoded(_ codes: [UInt8], _ law: G711) -> [Int16] {
    var samples = [Int16](repeating: 0, count: codes.count)
    var span = samples.mutableSpan
    law.decode(codes.span, into: &span)
    return samples
  }

  @Test("All 256 codes decode to the standard's values", arguments: G711.allCases)
  func decodingTable(law: G711) {
    #expect(Self.decoded(Self.everyCode, law) == G711Tables.decoded(law))
    #expect(Self.everyCode.map { law.sample(of: $0) } == G711Tables.decoded(law))
    var floats = [Float](repeating: .nan, count: 256)
    var span = floats.mutableSpan
    law.decode(Self.everyCode.span, into: &span)
    #expect(floats == G711Tables.decoded(law).map { Float($0) / 32_768 })
  }

  // ITU-T G.191's alaw_compress and ulaw_compress, told another way: the value of a code is the middle of its step, and
  // the magnitude decides, one's complement below zero.
  @Test("All 65,536 samples encode to the step that they lie in", arguments: G711.allCases)
  func encodingTable(law: G711) {
    let codes = Self.encoded(Self.everySample, law)
    let sign: (UInt8) -> Bool = { $0 & 0x80 != 0 }
    for (sample, code) in zip(Self.everySample, codes) {
      #expect(code == law.code(of: sample))
      #expect(sign(code) == (sample >= 0))
      let magnitude = Int(sample < 0 ? ~sample : sample)
      let value = abs(Int(law.sample(of: code)))
      let halfStep = G711Tables.halfStep(ofMagnitude: value, law)
      let isInStep = magnitude >= value - halfStep && magnitude < value + halfStep
      let isClipped = law == .muLaw && magnitude >= 32_124 && value == 32_124
      #expect(isInStep || isClipped, "\(sample) became \(value)")
    }
  }

  @Test("Decoding and encoding again gives the same code", arguments: G711.allCases)
  func roundTrip(law: G711) {
    for code in Self.everyCode {
      // µ-law has two zeros, and a sample of 0 is the one above.
      let expected = law == .muLaw && code == 0x7F ? 0xFF : code
      #expect(law.code(of: law.sample(of: code)) == expected)
      #expect(law.sample(of: law.code(of: law.sample(of: code))) == law.sample(of: code))
    }
    #expect(law.code(of: 0) == law.silence)
  }

  @Test("Floats encode as the nearest 16-bit sample, clipped at full scale", arguments: G711.allCases)
  func floats(law: G711) {
    let exact = Self.everySample.map { Float($0) / 32_768 }
    #expect(Self.encoded(exact, law) == Self.encoded(Self.everySample, law))
    let between = exact.map { $0 + 0.4 / 32_768 }
    #expect(Self.encoded(between, law) == Self.encoded(Self.everySample, law))
    let beyond: [Float] = [1, 1.5, 1e30, .infinity, -1, -1.5, -1e30, -.infinity, .nan, -.nan, .signalingNaN, 1e-30]
    let clipped: [Int16] = [32_767, 32_767, 32_767, 32_767, -32_768, -32_768, -32_768, -32_768, 0, 0, 0, 0]
    #expect(Self.encoded(beyond, law) == Self.encoded(clipped, law))
  }

  @Test("Empty spans are no work; a longer output keeps its rest", arguments: G711.allCases)
  func lengths(law: G711) {
    #expect(Self.encoded([Int16](), law).isEmpty)
    #expect(Self.decoded([], law).isEmpty)
    var codes: [UInt8] = [1, 2, 3]
    var span = codes.mutableSpan
    law.encode(([0, 0] as [Int16]).span, into: &span)
    #expect(codes == [law.silence, law.silence, 3])
  }

  // sox adds half a step of 13 or 14 bits first, so it differs from the ITU's reference within four of a border. ffmpeg
  // takes the nearest decoded value, which moves the borders between segments; it is never farther off than ours by more
  // than four. For no more than 1,020 of 65,536 samples each.
  @Test("ffmpeg and sox encode the same, but for their rounding at borders", arguments: G711.allCases)
  func othersEncode(law: G711) throws {
    let ours = Self.encoded(Self.everySample, law)
    for program in ["ffmpeg", "sox"] {
      let theirs = try G711Reference(program).encode(Self.everySample, law)
      #expect(theirs.count == ours.count)
      var differences = 0
      for (index, code) in theirs.enumerated() where code != ours[index] {
        differences += 1
        let error = abs(Int(law.sample(of: code)) - (index - 32_768))
        let ourError = abs(Int(law.sample(of: ours[index])) - (index - 32_768))
        let isNearBorder = ours[max(0, index - 4)...min(65_535, index + 4)].contains(code)
        let isNearest = program == "ffmpeg" && error <= ourError + 4
        #expect(isNearBorder || isNearest, "\(program), \(index - 32_768)")
      }
      #expect(differences <= 1_020, "\(program): \(differences)")
    }
  }

  @Test("ffmpeg and sox decode the same", arguments: G711.allCases)
  func othersDecode(law: G711) throws {
    for program in ["ffmpeg", "sox"] {
      #expect(try G711Reference(program).decode(Self.everyCode, law) == Self.decoded(Self.everyCode, law), "\(program)")
    }
  }
}

/// G.711 by ffmpeg or sox, over raw files.
private struct G711Reference {
  let program: String

  init(_ program: String) {
    self.program = program
  }

  func encode(_ samples: [Int16], _ law: G711) throws -> [UInt8] {
    let linear = samples.withUnsafeBytes { Data($0) }
    return [UInt8](try convert(linear, law, toLinear: false))
  }

  func decode(_ codes: [UInt8], _ law: G711) throws -> [Int16] {
    let linear = [UInt8](try convert(Data(codes), law, toLinear: true))
    return stride(from: 0, to: linear.count, by: 2).map {
      Int16(bitPattern: UInt16(linear[$0]) | UInt16(linear[$0 + 1]) << 8)
    }
  }

  private func convert(_ data: Data, _ law: G711, toLinear: Bool) throws -> Data {
    try ExternalProgram.withFolder { folder in
      try data.write(to: folder.appending(path: "in.raw"))
      let (from, to) = toLinear ? (format(of: law), linearFormat) : (linearFormat, format(of: law))
      let arguments =
        program == "ffmpeg"
        ? ["-f", from[0], "-ar", "8000", "-ac", "1", "-i", "in.raw", "-f", to[0], "out.raw"]
        : ["-D"] + from + ["-t", "raw", "-r", "8000", "-c", "1", "in.raw"] + to + ["-t", "raw", "out.raw"]
      try ExternalProgram.run(program, arguments, in: folder)
      return try Data(contentsOf: folder.appending(path: "out.raw"))
    }
  }

  private var linearFormat: [String] {
    program == "ffmpeg" ? ["s16le"] : ["-e", "signed", "-b", "16", "-L"]
  }

  private func format(of law: G711) -> [String] {
    switch (program, law) {
    case ("ffmpeg", .aLaw): ["alaw"]
    case ("ffmpeg", .muLaw): ["mulaw"]
    case (_, .aLaw): ["-e", "a-law"]
    case (_, .muLaw): ["-e", "mu-law"]
    }
  }
}
