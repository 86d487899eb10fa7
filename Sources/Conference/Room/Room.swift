import MediaBase
import Mixing
import RTC

/// One conference: takes its members' packets in, and gives each member's mix out, a frame each tick.
///
/// ```
/// receive ─ statistics ─ jitter buffer ┐                                    ┌ shared mix ─ an encoder a format ──┐
///                                      ├ tick: levels ─ selection ─ voices ─┤                                   ├─ packets
/// receive ─ statistics ─ jitter buffer ┘           the loudest few   mixer └ own mixes ─ an encoder a talker ──┘
/// ```
/// It knows no socket, clock or thread: packets and ticks come with their time, and the same packets at the same times give
/// the same packets, sample for sample. Owned by one media thread. Joins, leaves and changes happen between two ticks and
/// may allocate; `receive` and `tick` do not, but for the first packet in a new way (a leg that begins to report loss).
public struct Room: ~Copyable {
  /// Which one.
  public let id: RoomID
  /// What it was opened with.
  public let settings: RoomSettings

  let frame: FrameDuration
  var mixer: Mixer
  var selection: TalkerSelection
  var members: SlotArray<Member>
  var senders: FixedArray<LegSender>
  /// Encryption of the legs that have it, by their index.
  var encryption: SlotArray<SRTPContext>
  /// One more than the highest place in use.
  var memberLimit = 0
  /// How many are in it.
  public var memberCount: Int { members.count }
  var streams: SlotArray<SharedStream>
  var voices: SlotArray<VoiceSlot>
  /// How many voices are for those who keep theirs, and how many to be lent.
  var keptVoices = 0, lentVoices = 0
  var places: FixedArray<MixPlace>
  var placeCount = 0
  var ownEncoders: SlotArray<OwnEncoder>
  /// What is played to everybody, with room for it only once something was.
  var sounds = SlotArray<SoundSlot>(capacity: 0)
  /// The clock from which on the next tone may sound.
  var nextTone: Int64 = 0
  var lobby = Lobby()
  var levels: FixedArray<LevelPair>
  var levelCount = 0
  /// Those of whom packets came lately, or whom a voice plays: `incoming[0..<incomingCount]`.
  var incoming: FixedArray<Int32>
  var incomingCount = 0

  let sharedMix: SampleBuffer
  let previousSharedMix: SampleBuffer
  let ownMix: SampleBuffer
  let silence: SampleBuffer
  /// A frame of the sound that is being added, and one of what the lobby hears.
  var soundFrame = SampleBuffer(count: 0), lobbyFrame = SampleBuffer(count: 0)
  let kernels = MixKernels()

  /// Whether anybody has ever been in it, or it was changed: until then all ticks were alike.
  var hasHistory = false
  /// Who else gets what goes in and comes out.
  var taps: [RoomTap] = []

  /// Samples per channel mixed so far: the clock of all streams.
  public internal(set) var clock: Int64 = 0
  var tickCount: UInt64 = 0
  /// When the last tick was due.
  var lastTick = PacketTime(nanoseconds: 0)
  var random: SeededGenerator
  let wall: NTPClock
  let events: BoundedRing<MediaEvent>
  /// How it does.
  public internal(set) var quality = RoomQuality()
  var shedding = LoadShedding.none

  /// An empty room.
  ///
  /// - Parameters:
  ///   - events: where it tells what happens; what does not fit is dropped and counted.
  ///   - wall: what time it is for those who get our reports.
  ///   - seed: where its SSRCs, first sequence numbers and first timestamps come from.
  public init(id: RoomID, settings: RoomSettings, events: BoundedRing<MediaEvent>, wall: NTPClock, seed: UInt64) {
    self.wall = wall
    self.id = id
    self.settings = settings
    self.events = events
    frame = settings.frame
    let first = min(settings.capacity, Self.firstMembers)
    let samples = settings.frame.samples * settings.layout.count
    mixer = Mixer(
      capacity: Self.firstPlaces, layout: settings.layout, frame: settings.frame, levels: settings.levelCapacity)
    selection = TalkerSelection(limit: settings.talkers.limit, capacity: first, frame: settings.frame)
    members = SlotArray(capacity: first)
    senders = FixedArray(count: first) { _ in LegSender() }
    encryption = SlotArray(capacity: first)
    incoming = FixedArray(count: first) { _ in -1 }
    streams = SlotArray(capacity: Self.mostFormats)
    voices = SlotArray(capacity: Self.firstPlaces)
    places = FixedArray(count: Self.firstPlaces) { _ in MixPlace() }
    ownEncoders = SlotArray(capacity: Self.firstPlaces)
    levels = FixedArray(count: settings.levelCapacity) { _ in LevelPair() }
    sharedMix = SampleBuffer(count: samples)
    previousSharedMix = SampleBuffer(count: samples)
    ownMix = SampleBuffer(count: samples)
    silence = SampleBuffer(count: samples)
    random = SeededGenerator(seed: seed)
  }

  static let firstMembers = 16, firstPlaces = 4
  /// The most different formats of one room's shared mix.
  static let mostFormats = 32

  /// The index of a member in this room, by their identity.
  public typealias MemberIndex = Int

  func tell(_ kind: MediaEvent.Kind, at time: PacketTime) {
    events.push(MediaEvent(room: id, time: time, kind: kind))
  }
}

/// An encoder for mixes that one member hears, lent to whoever needs one of its kind.
struct OwnEncoder: ~Copyable {
  var encoder: MixEncoder
  var isTaken = false
}

/// A level at which one member hears another.
struct LevelPair {
  var listener: Int32 = -1
  var source: Int32 = -1
  var level = Decibels.unity
}

extension RoomSettings.Talkers {
  var limit: Int? {
    switch self {
    case .loudest(let count): count
    case .all: nil
    }
  }
}
