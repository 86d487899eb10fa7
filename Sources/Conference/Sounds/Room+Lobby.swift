import MediaBase

/// Those who wait for a host: into the lobby, and from there into the room. See `Lobby`.
extension Room {
  // MARK: Between two ticks

  /// Everybody waits from now on.
  mutating func hold(_ sound: RoomSound?) {
    prepareLobby()
    // Who hears the room goes on hearing it until it has faded out.
    if !lobby.isInUse { lobby.share = 1 }
    lobby.isHolding = true
    lobby.sound = sound
    lobby.position = 0
    lobbyFrame.clear()
    for index in 0..<streams.capacity where streams.isTaken(index) { streams[index].isLobby = true }
    noteLobby()
  }

  /// Nobody waits any more. It is done by the ticks that follow.
  mutating func admit() {
    lobby.isHolding = false
  }

  /// Makes the lobby's mix ready for its first stream.
  mutating func prepareLobby() {
    guard !lobby.isInUse else { return }
    if lobby.mix.count == 0 {
      lobby.mix = SampleBuffer(count: sharedMix.count)
      lobbyFrame = SampleBuffer(count: frame.samples * ChannelLayout.stereo.count)
    }
    lobby.share = lobby.isHolding ? 0 : 1
    lobby.alikeSamples = 0
    lobby.position = 0
  }

  /// Whether any stream is the lobby's: to be called where one comes, goes or changes sides.
  mutating func noteLobby() {
    lobby.isInUse = false
    for index in 0..<streams.capacity
    where streams.isTaken(index) && streams[index].isLobby && streams[index].members > 0 {
      lobby.isInUse = true
    }
  }

  /// Lets the streams go that a tick left without a listener.
  mutating func sweepStreams() {
    for index in 0..<streams.capacity where streams.isTaken(index) && streams[index].members == 0 {
      streams.remove(at: index)
    }
  }

  /// Whether a member hears the lobby's mix, or would without one of their own.
  func waits(_ index: MemberIndex) -> Bool { streams[Int(senders[index].stream)].isLobby }

  // MARK: One tick

  /// Puts the lobby's mix together, once the room's is there.
  mutating func renderLobby() {
    guard lobby.isInUse else { return }
    let layout = lobby.sound?.layout ?? .mono
    if let sound = lobby.sound, lobby.share < 1 || lobby.isHolding {
      lobby.position = Self.fill(
        lobbyFrame, frame.samples, from: sound, at: lobby.position, loops: true, kernels)
    }
    Self.blend(&lobby, lobbyFrame, of: layout, into: sharedMix, settings.layout)
  }

  private static func blend(
    _ lobby: inout Lobby, _ frame: borrowing SampleBuffer, of source: ChannelLayout,
    into room: borrowing SampleBuffer, _ layout: ChannelLayout
  ) {
    lobby.blend(frame, of: source, into: room, layout)
  }

  /// Hands the lobby's listeners to the room's streams, once both have sounded alike for long enough.
  mutating func handOverLobby() {
    guard lobby.isInUse, !lobby.isHolding, mayHandOver(afterSamples: lobby.alikeSamples) else { return }
    for index in 0..<streams.capacity
    where streams.isTaken(index) && streams[index].isLobby && streams[index].encoder.isAtPacketBoundary {
      handOver(stream: index)
    }
    noteLobby()
  }

  /// A stream of the lobby becomes the room's; or its listeners go to the one that the room has in that format. Its encoder is
  /// let go at the next join or leave, since a tick frees nothing.
  private mutating func handOver(stream index: Int) {
    guard let other = roomStream(like: index) else {
      streams[index].isLobby = false
      return
    }
    if !streams[other].isHeard {
      wake(other, from: index)
    } else if streams[index].isHeard {
      // One that has just begun, or begun again, for somebody who came: its encoder knows too little of the mix as yet.
      let settled = min(streams[index].settledSamples, streams[other].settledSamples)
      guard mayHandOver(afterSamples: settled) else { return }
    }
    streams[index].isLobby = false
    for member in 0..<memberLimit where senders[member].isTaken && senders[member].stream == Int32(index) {
      senders[member].stream = Int32(other)
    }
    streams[other].members += streams[index].members
    streams[index].members = 0
  }

  /// The room's stream of the same format as one of the lobby's.
  private func roomStream(like index: Int) -> Int? {
    for other in 0..<streams.capacity
    where other != index && streams.isTaken(other) && !streams[other].isLobby && streams[other].members > 0
      && streams[other].encoder.format == streams[index].encoder.format
    { return other }
    return nil
  }
}
