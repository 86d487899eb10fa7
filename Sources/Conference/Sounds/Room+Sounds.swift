import MediaBase
import Mixing

/// Sounds that are played to everybody: sources of the mix like voices, that take no talker's place.
///
/// ```
/// RoomSound ─ a frame of floats ─ ramp, gain ─ sum of the room
/// ```
extension Room {
  /// The most sounds at one time besides a tone.
  public static let mostSounds = 4
  /// Tones begin at least so far apart.
  private static var toneSpacing: Int64 { Int64(AudioRate.samplesPerSecond) }

  /// Changes the room as a whole.
  public mutating func change(_ change: RoomChange, at now: PacketTime) throws(ConferenceMediaError) {
    try apply(change)
    hasHistory = true
    tap(.roomChanged(change), at: now)
  }

  private mutating func apply(_ change: RoomChange) throws(ConferenceMediaError) {
    switch change {
    case .play(let sound, as: let id, let gain, let loops):
      guard playbackCount < Self.mostSounds else { throw .tooManySounds(limit: Self.mostSounds) }
      try start(sound, as: id, gain: gain, loops: loops)
    case .stop(let id):
      for index in 0..<sounds.capacity where sounds.isTaken(index) && sounds[index].id == id { fadeOut(index) }
    case .tone(let sound):
      guard clock >= nextTone else { return }
      nextTone = clock + max(Self.toneSpacing, Int64(sound.frames))
      try start(sound, as: nil, gain: .unity, loops: false)
    case .hold(let sound): hold(sound)
    case .admit: admit()
    }
  }

  private var playbackCount: Int {
    var count = 0
    for index in 0..<sounds.capacity where sounds.isTaken(index) && sounds[index].id != nil { count += 1 }
    return count
  }

  private mutating func start(
    _ sound: RoomSound, as id: PlaybackID?, gain: Decibels, loops: Bool
  ) throws(ConferenceMediaError) {
    makeSoundPlaces()
    let settings = MemberSettings(gain: gain)
    var silent = settings
    silent.isMuted = true
    // The mixer has as many places for sounds as the room.
    guard let free = sounds.firstFree, let place = try? mixer.join(silent) else {
      throw .tooManySounds(limit: Self.mostSounds)
    }
    // A source's first frame has nothing to ramp from: a silent one makes it rise from nothing.
    soundFrame.clear()
    Self.contribute(soundFrame, of: frame.samples, sound.layout, from: place, to: &mixer)
    mixer.set(settings, for: place)
    sounds.insert(SoundSlot(sound: sound, id: id, place: place, settings: settings, loops: loops), at: free)
  }

  /// A room that never plays anything has no places for it.
  private mutating func makeSoundPlaces() {
    guard sounds.capacity == 0 else { return }
    sounds.enlarge(to: Self.mostSounds + 1)
    soundFrame = SampleBuffer(count: frame.samples * ChannelLayout.stereo.count)
    mixer.enlarge(to: places.count + sounds.capacity)
  }

  private mutating func fadeOut(_ index: Int) {
    guard sounds[index].fadeLeft == nil else { return }
    var settings = sounds[index].settings
    settings.isMuted = true
    mixer.set(settings, for: sounds[index].place)
    sounds[index].fadeLeft = Self.rampSamples
  }

  // MARK: One tick

  /// Adds a frame of each sound to the sum, and lets those go that are over.
  mutating func sumSounds(at now: PacketTime) {
    guard sounds.count > 0 else { return }
    for index in 0..<sounds.capacity where sounds.isTaken(index) {
      let slot = sounds[index]
      let left = slot.sound.frames - slot.position
      if !slot.loops && left < Self.rampSamples + frame.samples { fadeOut(index) }
      sounds[index].position = Self.fill(
        soundFrame, frame.samples, from: slot.sound, at: slot.position, loops: slot.loops, kernels)
      Self.contribute(soundFrame, of: frame.samples, slot.sound.layout, from: slot.place, to: &mixer)
      if let left = sounds[index].fadeLeft {
        sounds[index].fadeLeft = left - frame.samples
        if left <= frame.samples { end(index, at: now) }
      }
    }
  }

  private mutating func end(_ index: Int, at now: PacketTime) {
    let slot = sounds.remove(at: index)
    mixer.leave(slot.place)
    if let id = slot.id { tell(.playbackEnded(id), at: now) }
  }

  // Functions of their own: each reaches into several of the room's stores at a time.

  static func fill(
    _ buffer: borrowing SampleBuffer, _ samples: Int, from sound: RoomSound, at position: Int, loops: Bool,
    _ kernels: MixKernels
  ) -> Int {
    var out = buffer.mutableSpan(0..<samples * sound.layout.count)
    return sound.fill(&out, from: position, loops: loops, kernels: kernels)
  }

  private static func contribute(
    _ buffer: borrowing SampleBuffer, of samples: Int, _ layout: ChannelLayout, from place: Mixer.Member,
    to mixer: inout Mixer
  ) {
    mixer.contribute(buffer.span(0..<samples * layout.count), layout: layout, from: place)
  }
}
