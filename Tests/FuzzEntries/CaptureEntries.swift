import MediaBase
import MediaFiles
import RTC
import Recording

/// The first byte chooses a link type, the rest is a captured frame.
func feedCapturedFrame(_ bytes: Span<UInt8>) {
  guard bytes.count > 0 else { return }
  let link = LinkType.allCases[Int(bytes[0]) % LinkType.allCases.count]
  let frame = bytes.extracting(1..<bytes.count)
  guard case .datagram(let found) = CapturedDatagram.find(in: frame, link: link) else { return }
  precondition(found.payload.lowerBound >= 0 && found.payload.upperBound <= frame.count, "\(found) of \(frame.count)")
  precondition(found.missingBytes >= 0 && found.missingBytes <= 65_535, "\(found)")
  precondition(found.missingBytes == 0 || found.payload.upperBound == frame.count, "bytes are missing in the midst")
}

/// Reads the bytes as a session description.
func feedSessionDescription(_ bytes: Span<UInt8>) {
  let media = MediaDescription.read(bytes)
  precondition(media.count <= MediaDescription.mostMedia, "\(media.count) media")
  for medium in media {
    precondition(medium.formats.count <= MediaDescription.mostFormats, "\(medium.formats.count) formats")
    precondition(medium.formats.keys.allSatisfy((0...127).contains), "payload types \(medium.formats.keys)")
    precondition(medium.audioLevelExtension.map((1...14).contains) ?? true, "extension \(medium)")
    precondition(medium.address.map { $0.port != 0 } ?? true, "no port of \(medium)")
    for format in medium.formats.values {
      precondition(PayloadFormat(format.description) == format, "\(format) is not read as it was written")
    }
  }
}

/// A script of datagrams: three bits of who to whom, one of TCP, one of cut short; a length; the time since the one before.
func feedStreamFinder(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  var finder = StreamFinder()
  var now = PacketTime(nanoseconds: 0)
  var datagrams = 0
  while !script.isAtEnd {
    let who = script.byte()
    let payload = script.take(Int(script.byte()))
    now = now.advanced(byNanoseconds: Int64(script.byte()) * 1_000_000)
    let datagram = CapturedDatagram(
      transport: who & 8 == 0 ? .udp : .tcp, source: TransportAddress(ipv4: UInt32(who & 1), port: 1),
      destination: TransportAddress(ipv4: UInt32(who >> 1 & 3), port: 2), payload: 0..<payload.count,
      missingBytes: who & 16 == 0 ? 0 : 10)
    finder.take(datagram, payload: payload, at: now)
    datagrams += 1
  }
  let counts = finder.counts
  precondition(counts.rtp + counts.rtcp + counts.stun + counts.dtls <= datagrams, "more packets than came")
  precondition(finder.described.count <= StreamFinder.mostDescriptions, "\(finder.described.count) descriptions")
  for stream in finder.streams {
    precondition(stream.packets >= stream.duplicates && stream.packets >= stream.cutShort, "\(stream.key)")
    precondition(stream.lost >= 0 && stream.first <= stream.last && !stream.types.isEmpty, "\(stream.key)")
  }
}

/// Reads the bytes as a capture; of a short one the streams are mixed.
func feedCapture(_ bytes: Span<UInt8>) {
  guard let file = UnlinkedFile(bytes) else { return }
  var options = ReplayOptions()
  for type in 96...111 { options.formats[type] = PayloadFormat("opus/48000/2") }
  guard let replay = try? CaptureReplay(path: file.path, options: options) else { return }
  precondition(replay.warnings.allSatisfy { !$0.isEmpty }, "a warning without words")
  guard replay.contents.duration.nanoseconds < 10_000_000_000, replay.plan.legs.count <= 8 else { return }
  var samples: Int64 = 0
  let figures = try? replay.run { (mix) throws(RecordingError) in
    samples += Int64(mix.count)
    for index in mix.indices { precondition(abs(mix[index]) <= 1, "a sample of \(mix[index])") }
  }
  precondition(figures.map { $0.samples == samples } ?? true, "samples that were not delivered")
}

/// Reads the bytes as a call's log, and has a room do what it tells, for ten seconds at the most. No packet comes.
func feedCallLog(_ bytes: Span<UInt8>) {
  // A section header of pcapng, and an interface of raw IP.
  let section: [UInt32] = [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, .max, .max, 28]
  let capture = (section + [1, 20, 101, 0, 20]).flatMap { word in
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
  guard let log = UnlinkedFile(bytes), let file = UnlinkedFile(capture.span),
    let call = try? RecordedCallReplay(capture: file.path, log: log.path)
  else { return }
  var left = 10 * 48_000
  let figures = try? call.run { (mix) throws(RecordingError) in
    for index in mix.indices { precondition(abs(mix[index]) <= 1, "a sample of \(mix[index])") }
    left -= mix.count
    if left < 0 { throw .interrupted }
  }
  guard let figures else { return }
  precondition(figures.packets == 0 && figures.samples >= 0 && figures.sameSeconds >= 0, "\(figures)")
  precondition(call.warnings(figures).allSatisfy { !$0.isEmpty }, "a warning without words")
}
