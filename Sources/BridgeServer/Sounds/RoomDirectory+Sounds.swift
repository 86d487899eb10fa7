import Conference

/// Sounds in rooms: what is played to all, and what the rules of a room let sound by themselves.
extension RoomDirectory {
  /// Plays a sound to everybody in a room.
  func play(_ request: PlaybackRequest, in name: String) async throws(RoomError) -> PlaybackDocument {
    try checkPlaybacks(in: name)
    let sound: RoomSound
    do {
      sound = try await sounds.sound(request.file)
    } catch {
      throw .sound(error)
    }
    // Reading took its time: the room may have closed, or others may have been quicker.
    let room = try checkPlaybacks(in: name)
    lastPlayback += 1
    let playback = Playback(
      id: PlaybackID(rawValue: lastPlayback), file: request.file, gain: request.gain, loops: request.loops,
      startedAt: clock.wall, sound: sound)
    rooms[name]?.playbacks[playback.id] = playback
    publish([.playbackStarted(PlaybackDocument(playback))], room: name)
    do {
      try await media.change(room.id, .play(sound, as: playback.id, gain: request.gain, loops: request.loops))
    } catch {
      await noteEnd(of: playback.id, in: name, because: .refused)
      throw RoomError(error, room: name)
    }
    return PlaybackDocument(playback)
  }

  @discardableResult
  private func checkPlaybacks(in name: String) throws(RoomError) -> RoomState {
    let room = try room(name)
    guard room.playbacks.count < Room.mostSounds else { throw .tooManySounds(limit: Room.mostSounds) }
    return room
  }

  /// What plays in a room, the oldest first.
  func listPlaybacks(_ name: String) throws(RoomError) -> [PlaybackDocument] {
    try room(name).playbacks.values.sorted { $0.id.rawValue < $1.id.rawValue }.map(PlaybackDocument.init)
  }

  /// Fades a sound out. It is gone when its room says so.
  func stopPlayback(_ name: String, _ id: PlaybackID) async throws(RoomError) {
    let room = try room(name)
    guard room.playbacks[id] != nil else { throw .playbackUnknown(id.text) }
    rooms[name]?.playbacks[id]?.isStopping = true
    do {
      try await media.change(room.id, .stop(id))
    } catch {
      throw RoomError(error, room: name)
    }
  }

  /// A sound plays no more.
  func noteEnd(of id: PlaybackID, in name: String, because reason: PlaybackEndReason? = nil) async {
    guard let playback = rooms[name]?.playbacks.removeValue(forKey: id) else { return }
    let reason = reason ?? (playback.isStopping ? .stopped : .ended)
    publish([.playbackEnded(PlaybackEnded(id: id.text, file: playback.file, reason: reason))], room: name)
  }

  /// Tells the media side what a room's rules want.
  func carryOut(_ wish: RoomWish, in room: RoomID) async throws(ConferenceMediaError) {
    switch wish {
    case .hold: try await media.change(room, .hold(await sounds.holdSound()))
    case .admit: try await media.change(room, .admit)
    case .tone(.joining): try await media.change(room, .tone(SoundLibrary.joining))
    case .tone(.leaving): try await media.change(room, .tone(SoundLibrary.leaving))
    }
  }
}

/// What a room's rules want of the room as a whole.
enum RoomWish: Sendable, Equatable {
  /// Everybody waits.
  case hold
  /// Nobody waits any more.
  case admit
  /// A tone for somebody who came or went.
  case tone(Tone)

  enum Tone: Sendable, Equatable {
    case joining, leaving
  }
}
