import RTC
import FoundationEssentials
import MediaBase
import MediaFiles

/// What `partyline mix --json` says of a capture: what is in it, and what became of each stream.
///
/// Times are seconds, from the capture's first datagram on where they are instants. What does not exist is left out.
public struct CaptureReport: Codable, Sendable {
  /// Version of this format: raised when a field changes its meaning.
  public var version = 1
  /// The program and version that wrote it.
  public var program = PartylineVersion.program
  /// The file.
  public var capture: Capture
  /// What was mixed.
  public var mix: Mix
  /// The RTP streams, in the order of their first packets.
  public var streams: [Stream]
  /// Those who were mixed.
  public var legs: [Leg]
  /// What was passed over, mended or chosen, one sentence each.
  public var warnings: [String]

  /// The file.
  public struct Capture: Codable, Sendable {
    /// As it was given.
    public var file: String
    /// `pcap` or `pcapng`.
    public var format: String
    /// From its first to its last datagram.
    public var seconds: Double
    /// Whether it ends with a whole packet.
    public var isWhole: Bool
    /// Frames by kind.
    public var frames: PacketCaptureReader.Counts
    /// UDP by kind.
    public var packets: StreamFinder.Counts
  }

  /// What was mixed.
  public struct Mix: Codable, Sendable {
    /// Where to; left out where only figures were wanted.
    public var file: String?
    /// When it begins: with the first packet that was mixed.
    public var start: Double
    /// Its length.
    public var seconds: Double
    /// 1 or 2.
    public var channels: Int
  }

  /// An RTP stream.
  public struct Stream: Codable, Sendable {
    /// Address and port.
    public var source: String, destination: String
    /// In hexadecimal.
    public var ssrc: String
    /// What most of its packets are, such as `opus/48000/2`.
    public var codec: String?
    /// Payload types in the order that they came in.
    public var payloadTypes: [Int]
    /// Packets that came, that came again, and of which only the front was captured.
    public var packets: Int, duplicates: Int, cutShort: Int
    /// Packets missing by their numbers, and too late to be heard.
    public var lost: Int64, late: Int
    /// Interarrival jitter (RFC 3550 A.8): its mean, and the most; left out where the stream was not mixed.
    public var jitterMilliseconds: Double?, mostJitterMilliseconds: Double?
    /// When its first and last packets came.
    public var start: Double, end: Double
    /// Indices into `legs`; empty where it was left out.
    public var legs: [Int]
    /// Why it was left out.
    public var leftOut: String?
  }

  /// One who was mixed.
  public struct Leg: Codable, Sendable {
    /// Address and port.
    public var source: String, destination: String
    /// `opus`, `pcmu` or `pcma`.
    public var codec: String
    /// Packets too late to be heard, and rebuilt from FEC.
    public var packetsLate: UInt64, packetsRecovered: UInt64
    /// Sound that was invented for what was missing, and put in and taken out to move the buffer's depth.
    public var concealedSeconds: Double, stretchedSeconds: Double, shrunkSeconds: Double
    /// How long the jitter buffer held a packet at the end.
    public var depthMilliseconds: Double
    /// How fast its clock ran against the capture's, in millionths.
    public var driftPPM: Double
  }

  /// The report of a replay.
  ///
  /// - Parameter file: where the mix was written to, if anywhere.
  public init(_ replay: CaptureReplay, figures: ReplayFigures, file: String?) {
    let plan = replay.plan
    capture = Capture(
      file: replay.path, format: replay.format.rawValue, seconds: replay.contents.duration.seconds,
      isWhole: replay.contents.end == .whole, frames: replay.contents.frames, packets: replay.contents.packets)
    mix = Mix(
      file: file, start: replay.firstPacket.seconds, seconds: Self.seconds(figures.samples),
      channels: replay.options.layout.count)
    streams = plan.streams.indices.map { index in
      Stream(plan.streams[index], plan.formats[index], plan.verdicts[index], figures.streams[index])
    }
    legs = zip(plan.legs, figures.legs).map { Leg($0, $1) }
    warnings = replay.warnings
  }

  /// As JSON text (RFC 8259) in UTF-8, keys sorted, ending in a newline: the same report gives the same bytes.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  fileprivate static func seconds(_ samples: some BinaryInteger) -> Double {
    rounded(Double(samples) / Double(AudioRate.samplesPerSecond))
  }

  /// To a thousandth.
  fileprivate static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}

extension CaptureReport.Stream {
  init(
    _ stream: CapturedStream, _ format: PayloadFormat?, _ verdict: StreamPlan.Verdict,
    _ figures: ReplayFigures.Stream
  ) {
    source = "\(stream.key.source)"
    destination = "\(stream.key.destination)"
    ssrc = stream.ssrcText
    codec = format?.description
    payloadTypes = stream.types.map(\.type)
    (packets, duplicates, cutShort) = (stream.packets, stream.duplicates, stream.cutShort)
    (lost, late) = (stream.lost, figures.late)
    (start, end) = (stream.first.seconds, stream.last.seconds)
    switch verdict {
    case .mixed(let parts):
      legs = Array(Set(parts.map(\.leg))).sorted()
      jitterMilliseconds = CaptureReport.rounded(figures.meanJitterMilliseconds)
      mostJitterMilliseconds = CaptureReport.rounded(figures.mostJitterMilliseconds)
    case .leftOut(let reason):
      legs = []
      leftOut = reason.description
    }
  }
}

extension CaptureReport.Leg {
  init(_ leg: StreamPlan.Leg, _ figures: ReplayFigures.Leg) {
    source = "\(leg.source)"
    destination = "\(leg.destination)"
    codec = leg.codec.rawValue
    (packetsLate, packetsRecovered) = (figures.packetsLate, figures.packetsRecovered)
    concealedSeconds = CaptureReport.seconds(figures.samplesConcealed)
    stretchedSeconds = CaptureReport.seconds(figures.samplesStretched)
    shrunkSeconds = CaptureReport.seconds(figures.samplesShrunk)
    depthMilliseconds = CaptureReport.rounded(Double(figures.depthMilliseconds))
    driftPPM = CaptureReport.rounded(Double(figures.driftPPM))
  }
}

extension PacketTime {
  /// To a thousandth.
  fileprivate var seconds: Double { CaptureReport.rounded(Double(nanoseconds) / 1e9) }
}
