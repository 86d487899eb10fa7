import Conference
import MediaBase
import Mixing

/// From a room's commands to lines, and back.
extension CallLogLine {
  /// The line of a command; `nil` for what is in no mix: keys pressed towards a leg, which may be secret, and waiting.
  ///
  /// - Parameter soundFile: where the sound is that the command plays, within the recording's folder.
  init?(_ command: RoomCommand, at time: PacketTime, wall: Int64, soundFile: String? = nil) {
    switch command {
    case .began(let settings, let shedding, let isFresh):
      began = Began(settings, shedding, isFresh: isFresh, wall: wall)
    case .joined(let id, let leg, let local): join = Join(id, leg, local: local)
    case .checkpoint: checkpoint = Self.checkpointFile
    case .changed(_, .press): return nil
    case .changed(let id, let change): self.change = Change(id, change)
    case .left(let id): leave = id.rawValue
    case .roomChanged(let change):
      guard let sound = Sound(change, file: soundFile) else { return nil }
      self.sound = sound
    case .shed(let shedding): shed = shedding.rawValue
    case .skipped(let ticks): skip = ticks
    case .ended: ended = true
    }
    at = time.nanoseconds
  }

  /// Where a recording's checkpoint is.
  static let checkpointFile = "call.checkpoint"

  /// The command of a line; `nil` where it is a run of ticks, or a note. Throws what is wrong, in words.
  ///
  /// - Parameter readSound: reads the sound of a file within the recording's folder.
  func command(
    readSound: (String) throws(CallLogProblem) -> RoomSound
  ) throws(CallLogProblem) -> RoomCommand? {
    if let began { return try began.command() }
    if let join { return try join.command() }
    if let change { return .changed(MemberID(rawValue: change.member), try change.change()) }
    if let sound { return .roomChanged(try sound.change(readSound)) }
    if let leave { return .left(MemberID(rawValue: leave)) }
    if let shed { return .shed(try LoadShedding(logged: shed)) }
    if let skip {
      guard (1...1_000_000_000).contains(skip) else { throw CallLogProblem("\(skip) ticks are passed over") }
      return .skipped(ticks: skip)
    }
    if ended == true { return .ended }
    return nil
  }
}

/// What is wrong with a line.
struct CallLogProblem: Error, Equatable {
  var detail: String
  init(_ detail: String) { self.detail = detail }
}

extension LoadShedding {
  fileprivate init(logged value: Int) throws(CallLogProblem) {
    guard let shedding = LoadShedding(rawValue: value) else { throw CallLogProblem("no load is shed by \(value)") }
    self = shedding
  }
}

extension CallLogLine.Began {
  init(_ settings: RoomSettings, _ shedding: LoadShedding, isFresh: Bool, wall: Int64) {
    version = Self.version
    self.wall = wall
    if case .loudest(let count) = settings.talkers { talkers = count }
    channels = settings.layout.count
    frameSamples = settings.frame.samples
    capacity = settings.capacity
    levelCapacity = settings.levelCapacity
    self.shedding = shedding.rawValue
    exact = isFresh
  }

  /// What a log may ask a room to be: it is made by its numbers.
  private static let mostMembers = 100_000, mostLevels = 100_000

  func command() throws(CallLogProblem) -> RoomCommand {
    guard version == Self.version else { throw CallLogProblem("version \(version) is not known to this program") }
    guard let frame = FrameDuration(rawValue: frameSamples), frame <= .ms20 else {
      throw CallLogProblem("no room has frames of \(frameSamples) samples")
    }
    guard talkers.map((1...1_000).contains) ?? true, (1...2).contains(channels),
      (1...Self.mostMembers).contains(capacity), (0...Self.mostLevels).contains(levelCapacity)
    else { throw CallLogProblem("no room has such talkers, channels or capacities") }
    let settings = RoomSettings(
      talkers: talkers.map { .loudest($0) } ?? .all, layout: channels == 2 ? .stereo : .mono, frame: frame,
      capacity: capacity, levelCapacity: levelCapacity)
    return .began(settings, try LoadShedding(logged: shedding), isFresh: exact)
  }
}

extension FrameDuration {
  fileprivate static func <= (left: FrameDuration, right: FrameDuration) -> Bool { left.samples <= right.samples }
}

extension CallLogLine.Join {
  init(_ id: MemberID, _ leg: LegSettings, local: TransportAddress) {
    member = id.rawValue
    codec = leg.format.codec.rawValue
    payloadType = leg.format.payloadType
    packetSamples = leg.format.packet.samples
    channels = leg.format.layout.count
    bitsPerSecond = leg.format.bitsPerSecond
    fec = leg.format.usesFEC
    dtx = leg.format.usesDTX
    remote = leg.remote.description
    remoteRTCP = leg.remoteRTCP.description
    self.local = local.description
    learnsSource = leg.learnsSource
    audioLevelExtension = leg.audioLevelExtension
    telephoneEventPayloadType = leg.telephoneEventPayloadType
    voice = CallLogLine.Voice(leg.voice)
    canTalk = leg.canTalk
    canHear = leg.canHear
  }

  func command() throws(CallLogProblem) -> RoomCommand {
    guard let codec = LegFormat.Codec(rawValue: codec) else { throw CallLogProblem("no codec is called \(codec)") }
    guard let packet = PacketDuration(rawValue: packetSamples) else {
      throw CallLogProblem("no packet has \(packetSamples) samples")
    }
    // The room checks the other numbers.
    var format = LegFormat(codec: codec, payloadType: payloadType)
    format.packet = packet
    format.layout = channels == 2 ? .stereo : .mono
    format.bitsPerSecond = bitsPerSecond
    format.usesFEC = fec
    format.usesDTX = dtx
    var leg = LegSettings(format: format, remote: try TransportAddress(logged: remote))
    leg.remoteRTCP = try TransportAddress(logged: remoteRTCP)
    leg.learnsSource = learnsSource
    leg.audioLevelExtension = audioLevelExtension
    leg.telephoneEventPayloadType = telephoneEventPayloadType
    leg.voice = voice.settings
    leg.canTalk = canTalk
    leg.canHear = canHear
    return .joined(MemberID(rawValue: member), leg, local: try TransportAddress(logged: local))
  }
}

extension CallLogLine.Voice {
  init(_ settings: MemberSettings) {
    gain = settings.gain == .silence ? nil : settings.gain.value
    muted = settings.isMuted
    pan = settings.pan.position
  }

  var settings: MemberSettings {
    MemberSettings(gain: gain.map { Decibels($0) } ?? .silence, isMuted: muted, pan: Pan(pan))
  }
}

extension CallLogLine.Change {
  init(_ id: MemberID, _ change: MemberChange) {
    member = id.rawValue
    switch change {
    case .voice(let settings): voice = CallLogLine.Voice(settings)
    case .canTalk(let canTalk): self.canTalk = canTalk
    case .canHear(let canHear): self.canHear = canHear
    case .level(let level, of: let source):
      self.level = CallLogLine.Level(of: source.rawValue, gain: level == .silence ? nil : level.value)
    case .press: break
    }
  }

  func change() throws(CallLogProblem) -> MemberChange {
    if let voice { return .voice(voice.settings) }
    if let canTalk { return .canTalk(canTalk) }
    if let canHear { return .canHear(canHear) }
    guard let level else { throw CallLogProblem("a change changes nothing") }
    return .level(level.gain.map { Decibels($0) } ?? .silence, of: MemberID(rawValue: level.of))
  }
}

extension CallLogLine.Sound {
  init?(_ change: RoomChange, file: String?) {
    switch change {
    case .play(_, as: let id, let gain, let loops):
      (self.file, self.id, self.loops) = (file, id.rawValue, loops)
      self.gain = gain == .silence ? nil : gain.value
    case .stop(let id): self.id = id.rawValue
    case .tone: self.file = file
    case .hold, .admit: return nil
    }
  }

  func change(_ readSound: (String) throws(CallLogProblem) -> RoomSound) throws(CallLogProblem) -> RoomChange {
    guard let file else {
      guard let id else { throw CallLogProblem("a sound without a file and a number") }
      return .stop(PlaybackID(rawValue: id))
    }
    let sound = try readSound(file)
    guard let id else { return .tone(sound) }
    return .play(
      sound, as: PlaybackID(rawValue: id), gain: gain.map { Decibels($0) } ?? .silence, loops: loops ?? false)
  }
}

extension TransportAddress {
  /// As `description` writes it.
  fileprivate init(logged text: String) throws(CallLogProblem) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw CallLogProblem("'\(text.prefix(60))' is no address with a port")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard let address = TransportAddress(host, port: port) else {
      throw CallLogProblem("'\(text.prefix(60))' is no address with a port")
    }
    self = address
  }
}
