import MediaBase

/// Packets without sound that stand for sound that was lost or never sent, so that a decoder conceals it.
///
/// For files made of received packets: time may go forward only by what packets hold (RFC 7845, 4.1). The frames are those
/// of the packet before the gap, for as long as they fit, because a decoder's concealment works best where nothing changes;
/// what remains is filled with shorter ones, those of the music mode last. 95 ms after a packet of 20 ms of speech:
///
///     |TOC|3|M=4|  4 × 20 ms, speech        |TOC|  10 ms, speech        |TOC|  5 ms, music
///
/// A plain value: each `next` gives one packet of at most two bytes and at most 120 ms. It allocates nothing.
public struct OpusConcealment: Sendable, Hashable {
  /// One packet of empty frames.
  public struct Packet: Sendable, Hashable {
    /// What the frames would be.
    public let toc: OpusTOC
    /// How many there are.
    public let frameCount: Int

    /// Samples per channel at 48 kHz.
    public var durationSamples: Int { frameCount * toc.frameSamples }
    /// Its bytes: the first `byteCount` of these two.
    public var bytes: (UInt8, UInt8) { (toc.byte, UInt8(frameCount)) }
    /// One byte for one frame (code 0); two for more of equal size (code 3, RFC 6716, 3.2.5).
    public var byteCount: Int { toc.frameCountCode == .any ? 2 : 1 }
  }

  /// What is still to be filled, samples per channel at 48 kHz.
  public private(set) var remainingSamples: Int
  private let toc: OpusTOC

  /// The shortest frame there is, 2.5 ms: gaps are filled in whole ones.
  public static let stepSamples = 120

  /// Fills `samples` behind a packet that began with `toc`; a rest of less than `stepSamples` stays unfilled.
  ///
  /// Before the first packet of a stream any TOC does: a decoder has nothing to conceal with yet, and gives silence.
  public init(samples: Int, after toc: OpusTOC) {
    precondition(samples >= 0, "a gap of \(samples) samples")
    remainingSamples = samples
    self.toc = toc
  }

  /// The next packet; nothing where less than `stepSamples` are left.
  public mutating func next() -> Packet? {
    guard let shape = frameShape() else { return nil }
    let count = min(remainingSamples, OpusPacket.maximumDurationSamples) / shape.frameSamples
    let toc = shape.with(count == 1 ? .one : .any)
    remainingSamples -= count * shape.frameSamples
    return Packet(toc: toc, frameCount: count)
  }

  /// The packet's own frames; else the longest of its mode that fit; else, below what its mode has, the music mode's.
  private func frameShape() -> OpusTOC? {
    if toc.frameSamples <= remainingSamples { return toc }
    return toc.shorterFrame(within: remainingSamples) ?? toc.inMusicMode.shorterFrame(within: remainingSamples)
  }
}

extension OpusTOC {
  /// The same but for how frames are packed.
  fileprivate func with(_ code: FrameCountCode) -> OpusTOC {
    OpusTOC(byte & 0b1111_1100 | code.rawValue)
  }

  private func with(configuration: Int) -> OpusTOC {
    OpusTOC(UInt8(configuration << 3) | byte & 0b111)
  }

  /// The same mode, bandwidth and channels with the longest frame of at most `samples`; nothing where all are longer.
  fileprivate func shorterFrame(within samples: Int) -> OpusTOC? {
    // RFC 6716, table 2: a mode's frame sizes at one bandwidth stand in ascending order, by four or, hybrid, by two.
    let sizes = mode == .hybrid ? 2 : 4
    let first = configuration / sizes * sizes
    return (first..<first + sizes).reversed().lazy.map { with(configuration: $0) }.first { $0.frameSamples <= samples }
  }

  /// The music mode at the same bandwidth. It has no mediumband, which becomes wideband (RFC 7845, 4.1).
  fileprivate var inMusicMode: OpusTOC {
    switch bandwidth {
    case .narrowband: with(configuration: 16)
    case .mediumband, .wideband: with(configuration: 20)
    case .superWideband: with(configuration: 24)
    case .fullband: with(configuration: 28)
    }
  }
}
