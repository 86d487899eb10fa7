/// The telephone's codec (ITU-T G.711): one byte a sample at 8 kHz, finer for quiet sound than for loud.
///
/// Bit-exact with the reference of ITU-T G.191 (the Software Tool Library's g711.c), on 16-bit samples: decoding gives the
/// middle of each step, and encoding cuts a sample to its step, negative ones by their one's complement, so that −1 is as
/// quiet as 0. Other implementations round to the nearest decoded value instead, and differ from it by one step for
/// samples near the border of two.
///
/// Float samples have full scale at ±1, which is ±32,768; louder ones are clipped and what is no number is silence.
///
/// No state and no tables: safe anywhere, allocates nothing, a few nanoseconds a sample.
public enum G711: Sendable, Hashable, CaseIterable {
  /// A-law: Europe and international trunks; RTP's PCMA.
  case aLaw
  /// µ-law: North America and Japan; RTP's PCMU.
  case muLaw

  /// Samples a second.
  public static let samplesPerSecond = 8_000

  /// The code of a sample of 0: what to send as silence.
  public var silence: UInt8 {
    switch self {
    case .aLaw: 0xD5
    case .muLaw: 0xFF
    }
  }

  /// The code of one sample.
  public func code(of sample: Int16) -> UInt8 {
    switch self {
    case .aLaw: ALaw.code(of: sample)
    case .muLaw: MuLaw.code(of: sample)
    }
  }

  /// The sample of one code.
  public func sample(of code: UInt8) -> Int16 {
    switch self {
    case .aLaw: ALaw.sample(of: code)
    case .muLaw: MuLaw.sample(of: code)
    }
  }

  /// Encodes each sample to the front of `codes`, which holds at least as many.
  public func encode(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) {
    precondition(codes.count >= samples.count, "no room for \(samples.count) codes")
    switch self {
    case .aLaw: for index in samples.indices { codes[index] = ALaw.code(of: samples[index]) }
    case .muLaw: for index in samples.indices { codes[index] = MuLaw.code(of: samples[index]) }
    }
  }

  /// Encodes each sample to the front of `codes`, which holds at least as many.
  public func encode(_ samples: Span<Float>, into codes: inout MutableSpan<UInt8>) {
    precondition(codes.count >= samples.count, "no room for \(samples.count) codes")
    switch self {
    case .aLaw: for index in samples.indices { codes[index] = ALaw.code(of: Int16(fullScale: samples[index])) }
    case .muLaw: for index in samples.indices { codes[index] = MuLaw.code(of: Int16(fullScale: samples[index])) }
    }
  }

  /// Decodes each code to the front of `samples`, which holds at least as many. Every byte is a code.
  public func decode(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) {
    precondition(samples.count >= codes.count, "no room for \(codes.count) samples")
    switch self {
    case .aLaw: for index in codes.indices { samples[index] = ALaw.sample(of: codes[index]) }
    case .muLaw: for index in codes.indices { samples[index] = MuLaw.sample(of: codes[index]) }
    }
  }

  /// Decodes each code to the front of `samples`, which holds at least as many. Every byte is a code.
  public func decode(_ codes: Span<UInt8>, into samples: inout MutableSpan<Float>) {
    precondition(samples.count >= codes.count, "no room for \(codes.count) samples")
    let step: Float = 1 / 32_768
    switch self {
    case .aLaw: for index in codes.indices { samples[index] = Float(ALaw.sample(of: codes[index])) * step }
    case .muLaw: for index in codes.indices { samples[index] = Float(MuLaw.sample(of: codes[index])) * step }
    }
  }
}

extension Int16 {
  /// The nearest 16-bit sample, half to even; beyond full scale the last one, and 0 for what is no number.
  ///
  /// Adding 1.5 · 2²³ leaves the rounded number in the low bits of the float: a plain conversion checks and traps.
  @inline(__always)
  fileprivate init(fullScale sample: Float) {
    let clipped = Swift.min(Swift.max(sample * 32_768, -32_768), 32_767)
    let rounded = sample.isNaN ? 0 : (clipped + 12_582_912).bitPattern
    self = Int16(truncatingIfNeeded: rounded)
  }
}
