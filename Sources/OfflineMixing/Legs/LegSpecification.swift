import MediaBase
import Mixing

/// One leg as a person asks for it: a recording of one party of a call, and how it is to enter the mix.
public struct LegSpecification: Sendable, Hashable {
  /// Path of the recording.
  public var file: String
  /// Where the leg begins in the mix, seconds; 0 or later.
  public var start: Double = 0
  /// Gain on the leg.
  public var gain = Decibels.unity
  /// Its place in a stereo mix; nothing for the middle. Asking for a place makes the mix stereo.
  public var pan: Double?
  /// What it is called in reports and file names; nothing for the file's own name.
  public var name: String?
  /// How fast the clock that recorded it ran, parts per million: a file from a clock that ran 50 ppm fast is 50 ppm too
  /// long, and is shortened by as much.
  public var driftPPM: Double = 0
  /// Which channel of the file is the leg.
  public var channel = ChannelChoice.all

  /// A leg with everything as the file has it.
  public init(file: String) {
    self.file = file
  }

  /// Which of a file's channels make the leg.
  public enum ChannelChoice: Sendable, Hashable {
    /// All together: mono and stereo as they are, more channels folded to the mean of all.
    case all
    /// One, counted from 1.
    case one(Int)
    /// Each by itself: a recorded two-party call becomes two legs.
    case each

    /// Reads `1`, `2` …, `left`, `right`, `each` or `all`.
    init?(text: some StringProtocol) {
      switch text {
      case "all": self = .all
      case "each": self = .each
      case "left": self = .one(1)
      case "right": self = .one(2)
      default:
        guard let number = Int(text), Limits.channel.contains(number) else { return nil }
        self = .one(number)
      }
    }
  }

  /// What a setting may be: beyond it lies a mistyped number, not a wish.
  public enum Limits {
    /// Seconds: thirty days.
    public static let start = 0.0...2_592_000.0
    /// Decibels; `-inf` is allowed too, and mutes the leg.
    public static let gaindB = -120.0...60.0
    /// Left to right.
    public static let pan = -1.0...1.0
    /// Parts per million: 1 %, a hundred times what a bad quartz does.
    public static let driftPPM = -10_000.0...10_000.0
    /// Channels of one file.
    public static let channel = 1...1024
    /// Characters of a name.
    public static let nameLength = 200
  }
}

/// What is wrong with a leg as it was asked for: one line that says what, where and what to do.
public enum LegSpecificationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No file is named.
  case noFile(leg: String)
  /// A setting that does not exist.
  case unknownSetting(String, leg: String)
  /// A setting whose value cannot be used.
  case badValue(String, setting: String, leg: String, allowed: String)

  /// One line for people.
  public var description: String {
    switch self {
    case .noFile(let leg):
      "leg '\(leg)' names no file: write FILE, FILE@SECONDS or FILE,gain=dB"
    case .unknownSetting(let setting, let leg):
      "leg '\(leg)': there is no setting '\(setting)'; there are start, gain, pan, name, drift and channel"
    case .badValue(let value, let setting, let leg, let allowed):
      "leg '\(leg)': \(setting) cannot be '\(value)'; it takes \(allowed)"
    }
  }
}

extension LegSpecification {
  /// Applies one setting given as text.
  ///
  /// - Parameter leg: how the leg was written, for the error.
  mutating func apply(_ setting: some StringProtocol, _ value: String, leg: String) throws(LegSpecificationError) {
    switch setting {
    case "start":
      start = try Self.seconds(value, leg: leg)
    case "gain":
      gain = try Self.gain(value, leg: leg)
    case "pan":
      pan = try Self.number(value, "pan", in: Limits.pan, leg: leg, allowed: "-1 (left) to 1 (right)")
    case "drift":
      driftPPM = try Self.number(
        value, "drift", in: Limits.driftPPM, leg: leg, allowed: "parts per million from -10000 to 10000")
    case "name":
      name = try Self.name(value, leg: leg)
    case "channel":
      guard let choice = ChannelChoice(text: value) else {
        throw .badValue(value, setting: "channel", leg: leg, allowed: "1 and up, left, right, each or all")
      }
      channel = choice
    default:
      throw .unknownSetting(String(setting), leg: leg)
    }
  }

  /// Reads seconds, `m:ss` or `h:mm:ss`, each with a fraction if need be.
  static func seconds(_ text: String, leg: String) throws(LegSpecificationError) -> Double {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var seconds = 0.0
    var isGood = (1...3).contains(parts.count)
    for (index, part) in parts.enumerated() {
      let number = decimal(part)
      isGood = isGood && number != nil && (index == 0 || (0..<60).contains(number ?? -1))
      seconds = seconds * 60 + (number ?? 0)
    }
    guard isGood, Limits.start.contains(seconds) else {
      throw .badValue(text, setting: "start", leg: leg, allowed: "seconds from 0 on (at most 30 days), or h:mm:ss")
    }
    return seconds
  }

  private static func gain(_ value: String, leg: String) throws(LegSpecificationError) -> Decibels {
    if value == "-inf" { return .silence }
    return Decibels(
      try number(value, "gain", in: Limits.gaindB, leg: leg, allowed: "decibels from -120 to 60, or -inf"))
  }

  private static func name(_ value: String, leg: String) throws(LegSpecificationError) -> String {
    guard !value.isEmpty, value.count <= Limits.nameLength else {
      throw .badValue(value, setting: "name", leg: leg, allowed: "1 to \(Limits.nameLength) characters")
    }
    return value
  }

  private static func number(
    _ text: String, _ setting: String, in range: ClosedRange<Double>, leg: String, allowed: String
  ) throws(LegSpecificationError) -> Double {
    guard let number = decimal(text), range.contains(number) else {
      throw .badValue(text, setting: setting, leg: leg, allowed: allowed)
    }
    return number
  }

  /// A plain decimal number: no `nan`, no hexadecimal, no blanks, whatever else `Double` would read.
  private static func decimal(_ text: some StringProtocol) -> Double? {
    guard !text.isEmpty, text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }) else { return nil }
    return Double(text)
  }
}
