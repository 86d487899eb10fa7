import AudioCodecs
import Conference
import MediaBase
import MediaFiles
import RTC

/// One leg's own packets, as they came, in a file on the leg's own clock: Opus in Ogg, G.711 in Sun's audio format.
///
/// ```
/// RTP ─▶ PacketOrder ─▶ timeline ─┬─ packet ──────────────────▶ OggOpusPacketWriter, or SunAudioFile
///                                 └─ gap (lost, DTX, silence) ─▶ concealment, or silence
/// ```
/// Nothing is decoded. The file begins with the leg's first packet; `startSeconds` puts it into the mix. One owner, one
/// thread at a time.
final class LegRecording {
  /// Whose it is.
  let member: MemberID
  /// Its name within the recording's folder.
  let fileName: String
  /// Where in the mix the file begins; `nil` before the first packet of sound, where there is no file.
  private(set) var startSeconds: Double?
  /// By how much the leg's clock runs fast, where that is known.
  var driftPPM: Double? { clocks.driftPPM }

  private let format: LegFormat
  private let path: String
  private var sound: Sound?
  private var order = PacketOrder()
  private var clocks = ClockComparison()
  /// What the next packet's timestamp is if nothing is missing, and when the last one came.
  private var expected: (timestamp: RTPTimestamp, ssrc: SSRC, arrival: PacketTime, durationSamples: Int)?
  /// Where the mix stood when the last packet came.
  private var place: (seconds: Double, arrival: PacketTime)?
  private var firstArrival: PacketTime?
  /// Samples at 48 kHz written, gaps included.
  private var position: Int64 = 0

  private enum Sound {
    case opus(OggOpusPacketWriter)
    case g711(SunAudioFile)
  }

  /// A gap may be longer than the time that passed by so much: clocks and networks differ.
  private static let toleranceSamples = 2 * AudioRate.samplesPerSecond

  init(member: MemberID, format: LegFormat, folder: String) {
    self.member = member
    self.format = format
    fileName = "legs/\(member.rawValue).\(format.codec == .opus ? "opus" : "au")"
    path = "\(folder)/\(fileName)"
  }

  /// Takes a datagram of the leg's; what is no sound of its is passed over.
  ///
  /// - Parameter seconds: where the mix stands.
  func take(_ datagram: Span<UInt8>, at arrival: PacketTime, mixSeconds seconds: Double) throws(AudioFileError) {
    guard PacketClass(of: datagram) == .rtp, let header = try? RTPHeader(parsing: datagram),
      header.payloadType == format.payloadType, !header.payload.isEmpty
    else { return }
    place = (seconds, arrival)
    let payload = header.payload(of: datagram).withUnsafeBufferPointer { Array($0) }
    let packet = PacketOrder.Packet(
      sequence: header.sequenceNumber, timestamp: header.timestamp, ssrc: header.ssrc, arrival: arrival,
      payload: payload)
    for packet in order.insert(packet) { try append(packet) }
  }

  /// Writes what is held, and closes the file; after a failure the file is let go as it is.
  func finish() throws(AudioFileError) {
    defer { sound = nil }
    for packet in order.removeAll() { try append(packet) }
    // A file that could not be closed is not closed again.
    let last = sound
    sound = nil
    switch last {
    case .opus(let writer): try writer.finish()
    case .g711(let file): try file.finish()
    case nil: break
    }
  }

  /// Hands to the system what it has not got yet.
  func flush() throws(AudioFileError) {
    // Ogg's pages go out one by one.
    if case .g711(let file) = sound { try file.flush() }
  }

  // MARK: Inside

  private var samplesPerTick: Int { AudioRate.samplesPerSecond / format.clockRate }

  private func append(_ packet: PacketOrder.Packet) throws(AudioFileError) {
    let duration: Int
    if format.codec == .opus {
      guard let opus = try? OpusPacket(inspecting: packet.payload.span) else { return }
      duration = opus.durationSamples
    } else {
      duration = packet.payload.count * samplesPerTick
    }
    let sound = try openedSound(for: packet)
    firstArrival = firstArrival ?? packet.arrival
    let gap = gap(before: packet)
    // What overlaps was heard already.
    guard gap >= 0 else { return }
    try write(packet, after: gap, to: sound, durationSamples: duration)
    position += Int64(gap + duration)
    clocks.note(Double(position - Int64(duration)) / Double(AudioRate.samplesPerSecond), at: packet.arrival)
    let next = packet.timestamp.advanced(by: duration / samplesPerTick)
    expected = (next, packet.ssrc, packet.arrival, duration)
  }

  private func openedSound(for packet: PacketOrder.Packet) throws(AudioFileError) -> Sound {
    if let sound { return sound }
    let opened = try open(isStereo: format.codec == .opus && OpusTOC(packet.payload[0]).layout == .stereo)
    sound = opened
    if let place { startSeconds = place.seconds - Double(place.arrival.nanoseconds(since: packet.arrival)) / 1e9 }
    return opened
  }

  private func open(isStereo: Bool) throws(AudioFileError) -> Sound {
    switch format.codec {
    case .opus:
      let layout: ChannelLayout = isStereo || format.layout == .stereo ? .stereo : .mono
      return .opus(
        try OggOpusPacketWriter(
          OutputFile(growingAt: path), head: OggOpusHead(layout: layout, preSkipSamples: 0), vendor: "the leg's own",
          tags: AudioFileTags(encoder: PartylineVersion.program), serial: UInt32(truncatingIfNeeded: member.rawValue),
          delivery: .pageByPage))
    case .pcmu: return .g711(try SunAudioFile(path: path, law: .muLaw))
    case .pcma: return .g711(try SunAudioFile(path: path, law: .aLaw))
    }
  }

  /// Samples at 48 kHz between the last packet and this one; negative where this one is of a time that has been written.
  private func gap(before packet: PacketOrder.Packet) -> Int {
    guard let expected else { return 0 }
    let passed = packet.arrival.nanoseconds(since: expected.arrival)
    let passedSamples = Int(clamping: passed / 1_000 * Int64(AudioRate.samplesPerSecond) / 1_000_000)
    let told = packet.timestamp.distance(from: expected.timestamp) * samplesPerTick
    let isBelievable =
      packet.ssrc == expected.ssrc && told > -Self.toleranceSamples && told <= passedSamples + Self.toleranceSamples
      && Int(position) + told <= mostSamples(at: packet.arrival)
    // A new source, or timestamps that jump: the time that passed is all that is known.
    return isBelievable ? told : max(0, passedSamples - expected.durationSamples)
  }

  /// What the file may hold by then, gaps included: the time since it began, and what clocks and networks differ by. Else a
  /// leg could make it grow by gaps as fast as it sends packets.
  private func mostSamples(at arrival: PacketTime) -> Int {
    let passed = firstArrival.map { arrival.nanoseconds(since: $0) } ?? 0
    let samples = Int(clamping: passed / 1_000 * Int64(AudioRate.samplesPerSecond) / 1_000_000)
    return samples + samples / 1_000 + Self.toleranceSamples
  }

  private func write(
    _ packet: PacketOrder.Packet, after gap: Int, to sound: Sound, durationSamples: Int
  ) throws(AudioFileError) {
    switch sound {
    case .opus(let writer):
      if gap > 0 { try writer.skip(gap) }
      try writer.write(packet.payload.span, durationSamples: durationSamples)
    case .g711(let file):
      if gap > 0 { try file.skip(gap / samplesPerTick) }
      try file.write(packet.payload.span)
    }
  }
}
