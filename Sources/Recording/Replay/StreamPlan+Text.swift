import MediaBase
import RTC

extension StreamPlan.Reason {
  /// Why, and what to do, for people: a sentence without a full stop.
  public var description: String {
    switch self {
    case .notWanted: "--to or --from does not name it"
    case .fromBridge: "the bridge sent it"
    case .unknownType(let type, let guess): Self.text(unknown: type, guess)
    case .unsupported(let format): "\(format) cannot be decoded: Opus, PCMU and PCMA can"
    case .encrypted(let isDescribed):
      (isDescribed ? "it is encrypted (SRTP)" : "its packets look encrypted (SRTP)")
        + ": capture it where it is not, or decrypt it first"
    case .cutShort: "the capture holds only the front of its packets: capture with tcpdump -s 0"
    case .tooMany: "more than \(StreamPlan.mostLegs) streams are mixed already: choose with --to and --from"
    }
  }

  private static func text(unknown type: Int, _ guess: StreamPlan.Guess) -> String {
    let what = "nothing says what payload type \(type) is"
    switch guess {
    case .opus: return "\(what); it looks like Opus: --payload-type \(type)=opus/48000/2"
    case .pcm: return "\(what); it may be G.711: --payload-type \(type)=PCMU/8000, or PCMA/8000"
    case .encrypted: return "\(what), and it looks encrypted (SRTP): capture it where it is not, or decrypt it first"
    case .nothing: return "\(what): --payload-type \(type)=NAME/RATE, or --sdp FILE"
    }
  }

  /// Whether it is as the user or the bridge has it, and nothing to warn of.
  public var isExpected: Bool { self == .notWanted || self == .fromBridge }
}

extension CapturedStream {
  /// Which one: `192.0.2.1:5004 → 192.0.2.9:7000, SSRC 0x1a2b3c4d`.
  public var name: String { "\(key.source) → \(key.destination), SSRC \(ssrcText)" }

  /// As Wireshark writes it.
  var ssrcText: String {
    let digits = String(key.ssrc.rawValue, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

extension CaptureReplay {
  /// What was passed over, mended or chosen, one sentence each.
  public var warnings: [String] {
    var words: [String] = []
    switch contents.end {
    case .whole: break
    case .cut: words.append("\(path) is cut off in the midst of a packet: mixed up to its last whole one")
    case .damaged(let reason):
      words.append("\(path) cannot be read behind frame \(contents.frames.frames): \(reason)")
    case .otherLink:
      words.append(
        "\(path) cannot be read behind frame \(contents.frames.frames), for its interfaces are of different kinds: take "
          + "one at a time (tshark -r FILE -Y frame.interface_id==0 -w ONE.pcapng)")
    }
    if contents.leaps > 0 {
      let times = contents.leaps == 1 ? "once" : "\(contents.leaps) times"
      words.append("the clock of \(path) leaps \(times): mixed without the gap")
    }
    if contents.frames.fragments > 0 {
      words.append("\(path) holds \(contents.frames.fragments) fragments of IP packets, which are not put together")
    }
    if let bridge = plan.bridge {
      words.append(
        "\(path) holds both directions of \(bridge.people) people at \(bridge.place): mixed what came to it "
          + "(--from \(bridge.place) mixes what it sent, --to any both)")
    }
    return words + leftOutWarnings
  }

  private var leftOutWarnings: [String] {
    var words: [String] = []
    var more = 0
    for (stream, verdict) in zip(plan.streams, plan.verdicts) {
      guard case .leftOut(let reason) = verdict, !reason.isExpected else { continue }
      guard words.count < Self.mostWarnings else {
        more += 1
        continue
      }
      words.append("left out \(stream.name), \(stream.packets) packets: \(reason.description)")
    }
    if more > 0 { words.append("left out \(more) more streams: --json names all") }
    return words
  }

  private static var mostWarnings: Int { 10 }

  /// A line on each stream that was mixed, for a terminal.
  public func summary(_ figures: ReplayFigures) -> [String] {
    zip(zip(plan.streams, plan.formats), zip(plan.verdicts, figures.streams)).compactMap { found, mixed in
      guard case .mixed = mixed.0 else { return nil }
      let (stream, measured) = (found.0, mixed.1)
      let tenths = Int((measured.meanJitterMilliseconds * 10).rounded())
      return "\(stream.name): \(found.1?.name ?? "?"), \(stream.packets) packets, \(stream.lost) lost, "
        + "\(measured.late) late, jitter \(tenths / 10).\(tenths % 10) ms"
    }
  }
}
