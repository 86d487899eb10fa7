import Conference
import MediaBase
import MediaFiles
import RTC

/// Mixes the RTP streams of a capture as a bridge would have: through its jitter buffers and its tick, in virtual time.
///
///     capture ─ first pass ─ streams, descriptions ─ plan: who is a leg
///     capture ─ second pass ─ each packet to its leg, at the time when it came ┐
///                            a tick every 20 ms of the capture's own time ─────┴─ Room ─ shared mix, a frame a tick
///
/// The mix begins with the first packet that is mixed, and ends when the last one has been played. The same capture and
/// options give the same samples. Two passes, because what a stream is may be told after it, and so that nothing but counts
/// is kept: memory depends on the number of streams, not on their length.
///
/// One owner, one thread. A second of one Opus leg costs about 1 ms.
public struct CaptureReplay {
  /// The file.
  public let path: String
  /// How it is stored.
  public let format: CaptureFormat
  /// Which streams are mixed.
  public let plan: StreamPlan
  /// What the first pass found.
  public let contents: Contents

  let options: ReplayOptions

  /// What is in the file.
  public struct Contents: Sendable {
    /// Frames by kind.
    public var frames: PacketCaptureReader.Counts
    /// UDP by kind.
    public var packets: StreamFinder.Counts
    /// How the file ended.
    public var end: PacketCaptureReader.End
    /// How often its clock leapt.
    public var leaps: Int
    /// From its first to its last datagram.
    public var duration: PacketTime
  }

  /// The longest mix: sixty days.
  static let longestSeconds: Int64 = 60 * 86_400
  static let frame = FrameDuration.ms20
  /// Ticks lie half a frame behind the first packet, so that packets as regular as a clock come well before theirs.
  private static let phase: Int64 = 10_000_000

  /// Looks through the capture: what is in it, and what is to be mixed.
  ///
  /// - Parameter isInterrupted: asked now and then; true ends it.
  public init(
    path: String, options: ReplayOptions, isInterrupted: () -> Bool = { false }
  ) throws(RecordingError) {
    var finder = StreamFinder()
    var timeline = CaptureTimeline()
    var now = PacketTime(nanoseconds: 0)
    var reader = try Self.open(path)
    while reader.advance() {
      now = timeline.place(reader.nanosecondsSince1970)
      finder.take(reader.datagram, payload: reader.payload, at: now)
      if reader.counts.frames.isMultiple(of: 4_096), isInterrupted() { throw .interrupted }
    }
    let streams = finder.streams
    let book = FormatBook(formats: options.formats, given: options.descriptions, captured: finder.described)
    self.path = path
    self.options = options
    format = CaptureFormat(contentsOf: path) ?? .pcap
    plan = StreamPlan(streams, book: book, options: options)
    contents = Contents(
      frames: reader.counts, packets: finder.counts, end: reader.end ?? .whole, leaps: timeline.leaps, duration: now)
    guard lastPacket.nanoseconds(since: firstPacket) / 1_000_000_000 < Self.longestSeconds else {
      throw .tooLong(path: path)
    }
  }

  /// Throws where no stream is mixed. Apart from `init`, so that the reasons can be told before.
  public func checkNotEmpty() throws(RecordingError) {
    guard !plan.streams.isEmpty else { throw .noStreams(path: path) }
    guard plan.legs.isEmpty else { return }
    let isWanted = plan.verdicts.contains { $0 != .leftOut(.notWanted) }
    throw isWanted
      ? .nothingToMix(path: path, streams: plan.streams.count)
      : .nothingWanted(path: path, streams: plan.streams.count)
  }

  static func open(_ path: String) throws(RecordingError) -> PacketCaptureReader {
    do {
      return try PacketCaptureReader(path: path)
    } catch {
      throw .file(error)
    }
  }

  private var mixed: [CapturedStream] {
    zip(plan.streams, plan.verdicts).compactMap { stream, verdict in
      if case .mixed = verdict { return stream }
      return nil
    }
  }

  /// When the first packet that is mixed came.
  var firstPacket: PacketTime { mixed.map(\.first).min() ?? PacketTime(nanoseconds: 0) }
  private var lastPacket: PacketTime { mixed.map(\.last).max() ?? PacketTime(nanoseconds: 0) }

  /// About how many samples per channel the mix will have: for a progress display.
  public var expectedSamples: Int64 { lastPacket.nanoseconds(since: firstPacket) / 1_000 * 48 / 1_000 }

  /// Mixes, and gives out the mix.
  ///
  /// - Parameter deliver: takes the next samples, interleaved, full scale ±1; what it throws ends the replay.
  /// - Returns: the figures of each stream and leg.
  public func run(
    _ deliver: (Span<Float>) throws(RecordingError) -> Void
  ) throws(RecordingError) -> ReplayFigures {
    try checkNotEmpty()
    var run = try ReplayRun(plan, options: options, start: firstPacket.advanced(byNanoseconds: Self.phase))
    var timeline = CaptureTimeline()
    var reader = try Self.open(path)
    while reader.advance() {
      let time = timeline.place(reader.nanosecondsSince1970)
      let datagram = reader.datagram
      guard datagram.transport == .udp, datagram.missingBytes == 0 else { continue }
      guard PacketClass(of: reader.payload) == .rtp, let target = run.target(of: datagram, payload: reader.payload)
      else { continue }
      try run.tick(before: time, deliver)
      run.receive(reader.payload, from: datagram.source, target, at: time)
    }
    try run.end(after: lastPacket, deliver)
    return run.figures
  }
}
