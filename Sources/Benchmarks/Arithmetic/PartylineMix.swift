import MediaBase
import Mixing

/// Partyline: a float sum that is never clipped, minus one's own voice, then a limiter for each mix. The bridge's own mixer.
public struct PartylineMix: MixArithmetic, ~Copyable {
  /// The bridge's name.
  public static let title = "Partyline"
  /// Its limiter's look-ahead.
  public var latencySamples: Int { mixer.latencySamples }
  private var mixer: Mixer
  private let members: [Mixer.Member]
  private let kernels = MixKernels()
  private let voice = SampleBuffer(count: MixFrame.samples)
  private let mixed = SampleBuffer(count: MixFrame.samples)
  private var converted = [Int16](repeating: 0, count: MixFrame.samples)

  /// A room in which `talkers` speak and listen; at least 2.
  public init(talkers: Int) {
    mixer = Mixer(capacity: talkers, layout: .mono, frame: .ms20)
    var members: [Mixer.Member] = []
    for _ in 0..<talkers {
      guard let member = try? mixer.join() else { preconditionFailure("the mixer has a place for every talker") }
      members.append(member)
    }
    self.members = members
  }

  /// Mixes one frame, as `MixArithmetic` says.
  public mutating func mix(_ voices: Span<Int16>, listeners: Int, into mixes: inout MutableSpan<Int16>) {
    mixer.beginFrame()
    for (index, member) in members.enumerated() {
      let start = index * MixFrame.samples
      contribute(voices.extracting(start..<start + MixFrame.samples), from: member)
    }
    for (listener, member) in members.prefix(listeners).enumerated() {
      Self.render(for: member, by: &mixer, into: mixed)
      let start = listener * MixFrame.samples
      kernels.convert(mixed, into: &converted)
      for at in 0..<MixFrame.samples { mixes[start + at] = converted[at] }
    }
  }

  private mutating func contribute(_ samples: Span<Int16>, from member: Mixer.Member) {
    kernels.convert(samples, into: voice)
    Self.contribute(voice, from: member, to: &mixer)
  }

  private static func contribute(_ voice: borrowing SampleBuffer, from member: Mixer.Member, to mixer: inout Mixer) {
    mixer.contribute(voice.span, layout: .mono, from: member)
  }

  private static func render(for member: Mixer.Member, by mixer: inout Mixer, into mixed: borrowing SampleBuffer) {
    var samples = mixed.mutableSpan
    mixer.renderMix(for: member, into: &samples)
  }
}

extension MixKernels {
  /// 16 bits into a buffer as long.
  fileprivate func convert(_ samples: Span<Int16>, into buffer: borrowing SampleBuffer) {
    var output = buffer.mutableSpan
    convert(samples, to: &output)
  }

  /// A buffer into 16 bits, as many.
  fileprivate func convert(_ buffer: borrowing SampleBuffer, into samples: inout [Int16]) {
    var output = samples.mutableSpan
    convert(buffer.span, to: &output)
  }
}
