import Conference
import MediaBase

/// One line of a call's log: what was done to the room, and which packets each tick had, as JSON.
///
/// ```
/// {"began": {"version": 1, "at": …, …}}
/// {"join": {"member": 1, "codec": "opus", "remote": "192.0.2.1:5004", …}, "at": …}
/// {"ticks": {"first": …, "taken": [[1, 2], [1], …], "mix": "…"}}
/// {"ended": true, "at": …}
/// ```
/// Beside the packets' capture it is all that a room's sound comes from. Exactly one of the fields is set, with `at`, the
/// nanoseconds of the bridge's own clock, where it is no run of ticks. Holds no key, PIN or name.
struct CallLogLine: Codable, Equatable {
  var began: Began?
  var join: Join?
  var change: Change?
  var leave: UInt64?
  var sound: Sound?
  var shed: Int?
  var skip: Int?
  var ticks: Ticks?
  /// Whose packets were taken since the last tick, where something was done before the next.
  var packets: [UInt64]?
  /// So many records were lost on the way to the disk: from here on a replay is not exact.
  var dropped: Int?
  /// The file, within the recording's folder, that tells where the room stood when a recording began in the middle of a call.
  var checkpoint: String?
  var ended: Bool?
  var at: Int64?

  /// The first line.
  struct Began: Codable, Equatable {
    static let version = 1
    var version: Int
    /// Nanoseconds from the bridge's clock to 1 January 1970: what is added to `at` to get a packet's time in the capture.
    var wall: Int64
    /// How many talkers are mixed; missing where all are.
    var talkers: Int?
    var channels: Int
    var frameSamples: Int
    var capacity: Int
    var levelCapacity: Int
    var shedding: Int
    /// Whether nobody had been in the room before: then the replay gives the live mix, sample for sample.
    var exact: Bool
  }

  struct Join: Codable, Equatable {
    var member: UInt64
    var codec: String
    var payloadType: Int
    /// Of the packets that are sent to it, at 48 kHz.
    var packetSamples: Int
    var channels: Int
    var bitsPerSecond: Int
    var fec: Bool
    var dtx: Bool
    var remote: String
    var remoteRTCP: String
    var local: String
    var learnsSource: Bool
    var audioLevelExtension: Int?
    var telephoneEventPayloadType: Int?
    var voice: Voice
    var canTalk: Bool
    var canHear: Bool
  }

  /// A gain of `nil` is silence: JSON has no infinity.
  struct Voice: Codable, Equatable {
    var gain: Double?
    var muted: Bool
    var pan: Double
  }

  struct Change: Codable, Equatable {
    var member: UInt64
    var voice: Voice?
    var canTalk: Bool?
    var canHear: Bool?
    var level: Level?
  }

  /// A sound that is played to everybody: what begins has a file, what ends only its number.
  struct Sound: Codable, Equatable {
    /// Within the recording's folder; missing where a sound is stopped.
    var file: String?
    /// Missing for a tone, which nobody stops.
    var id: UInt64?
    var gain: Double?
    var loops: Bool?
  }

  struct Level: Codable, Equatable {
    var of: UInt64
    var gain: Double?
  }

  /// Ticks that follow one another.
  struct Ticks: Codable, Equatable {
    /// When the first was due.
    var first: Int64
    /// For each tick whose packets were taken before it, in order.
    var taken: [[UInt64]]
    /// `MixFingerprint` of the mix of all ticks of the recording up to here; missing where the mix was not tapped.
    var mix: String?
  }
}
