import MediaBase

/// What happened in a room, told to the control side through a ring that drops and counts rather than blocks.
public struct MediaEvent: Sendable {
  /// What can happen.
  public enum Kind: Sendable {
    /// A member began or stopped talking.
    case talking(MemberID, Bool)
    /// How a leg is doing, about once a second while it sends or is sent to.
    case quality(MemberID, LegQuality)
    /// A telephone key was pressed: 0–9, `*`, `#`, A–D.
    case digit(MemberID, Unicode.Scalar)
    /// The first good packet came.
    case mediaStarted(MemberID)
    /// No packet came for so many seconds, told once each time.
    case mediaLost(MemberID, seconds: Int)
    /// A leg's source was learnt.
    case sourceLearnt(MemberID, TransportAddress)
    /// A WebRTC peer's path and keys are there: media flows.
    case peerConnected(MemberID)
    /// A WebRTC peer is given up: they are to be taken out of the room.
    case peerLost(MemberID, PeerLoss)
    /// They said goodbye in RTCP.
    case leftByRTCP(MemberID)
    /// How the room is doing, about once a second.
    case roomQuality(RoomQuality)
    /// A sound that was played to the room has ended, or was stopped.
    case playbackEnded(PlaybackID)
    /// The core cannot keep up, and sheds so much: see `LoadShedding`.
    case shedding(LoadShedding)
  }

  /// Which room.
  public var room: RoomID
  /// When, on the bridge's clock.
  public var time: PacketTime
  /// What.
  public var kind: Kind

  /// An event of that room at that time.
  public init(room: RoomID, time: PacketTime, kind: Kind) {
    self.room = room
    self.time = time
    self.kind = kind
  }
}

/// Counts of one leg since it joined, and where it stands now.
public struct LegQuality: Sendable, Hashable {
  /// Packets and bytes of payload towards the bridge.
  public var packetsReceived: UInt64 = 0, bytesReceived: UInt64 = 0
  /// Packets and bytes of payload from the bridge.
  public var packetsSent: UInt64 = 0, bytesSent: UInt64 = 0
  /// Missing by RFC 3550 A.3; may shrink when a late one comes.
  public var packetsLost: Int64 = 0
  /// Came too late to be heard.
  public var packetsLate: UInt64 = 0
  /// Came twice.
  public var packetsDuplicate: UInt64 = 0
  /// Not taken: malformed, wrong payload type, not authentic, or beyond the limit.
  public var packetsRejected: UInt64 = 0
  /// Missing packets rebuilt from FEC.
  public var packetsRecovered: UInt64 = 0
  /// Samples at 48 kHz invented for what was missing.
  public var samplesConcealed: UInt64 = 0
  /// Samples at 48 kHz put in and taken out to move the buffer's depth.
  public var samplesStretched: UInt64 = 0, samplesShrunk: UInt64 = 0
  /// Samples of their voice over full scale.
  public var samplesClipped: UInt64 = 0
  /// Interarrival jitter by RFC 3550 A.8, in milliseconds.
  public var jitterMilliseconds: Float = 0
  /// How long the jitter buffer holds a packet now, in milliseconds.
  public var depthMilliseconds: Float = 0
  /// How fast their clock runs against ours, in millionths.
  public var driftPPM: Float = 0
  /// Round trip by RTCP (RFC 3550, 6.4.1) in milliseconds; 0 where none is known.
  public var roundTripMilliseconds: Float = 0
  /// What they report to have lost of ours in their last report, 0 to 1.
  public var reportedLossFraction: Float = 0
  /// Speech level of the last second in dBFS (rms); −127 for silence.
  public var leveldBFS: Float = -127

  /// Nothing counted yet.
  public init() {}
}

/// Counts of one room since it was opened.
public struct RoomQuality: Sendable, Hashable {
  /// Ticks done, and those begun later than half a frame after they were due.
  public var ticks: UInt64 = 0, lateTicks: UInt64 = 0
  /// Members in the room, and those in the sum at the last tick.
  public var members: Int = 0, talkers: Int = 0
  /// Encodes for a mix that several hear, and for one's own.
  public var encodesShared: UInt64 = 0, encodesOwn: UInt64 = 0
  /// How long after they were due ticks began, and the CPU time that each took.
  public var lateness = DurationCounts(), cost = DurationCounts()

  /// Nothing counted yet.
  public init() {}
}

/// What a core gives up when it cannot keep up, from the least noticed on.
public enum LoadShedding: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// All is well.
  case none
  /// Opus encodes with less effort.
  case complexity
  /// Fewer talkers are mixed.
  case talkers
  /// And no new member is taken.
  case admission

  /// Orders by how much is given up.
  public static func < (left: LoadShedding, right: LoadShedding) -> Bool {
    left.rawValue < right.rawValue
  }
}
