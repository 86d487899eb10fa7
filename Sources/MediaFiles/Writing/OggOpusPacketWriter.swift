import AudioCodecs
import COgg
import MediaBase

/// An Ogg Opus file (RFC 7845) made of packets that somebody else encoded, by libogg: a recorder's received packets go in
/// as they are.
///
///     packet ─▶ held back ─▶ page of at most a second ─▶ OutputFile
///               until the next comes, or the end
///
/// Each page's granule position counts the samples of all packets that end on it or before, those of the pre-skip included.
/// One packet is held back, because the last one must be marked as such and may be trimmed. The same packets, headers and
/// serial number give the same bytes.
///
/// Owns libogg's stream and writes into a file of its owner's. One owner, one thread at a time. Costs a copy of each packet,
/// a checksum over each page, and some 100 KB a file.
public final class OggOpusPacketWriter {
  /// When a page that is complete goes from the file's buffer to the system.
  public enum Delivery: Sendable {
    /// With others, in pieces of 32 KiB: for files that nobody wants before they are whole.
    case inLargePieces
    /// At once: a file whose writer is killed plays to its last second (and the packet held back).
    case pageByPage
  }

  /// Samples per channel at 48 kHz in all packets so far and in gaps, pre-skip included.
  public private(set) var positionSamples: Int64 = 0

  private let file: OutputFile
  private let delivery: Delivery
  private let preSkipSamples: Int64
  private var stream = ogg_stream_state()
  private var packetNumber: Int64 = 0
  /// The packet that is held back; empty where there is none.
  private var held: [UInt8] = []
  private var heldSamples = 0
  /// What is on the page that is being made.
  private var pageSamples = 0
  private var pageSegments = 0
  /// What gaps are still to be filled with; after each call less than 2.5 ms.
  private var unfilledSamples = 0
  /// How much was filled since the last packet.
  private var filledSamples = 0
  /// It has come to silence since.
  private var isSilent = false
  /// How the last packet began. Before the first, fullband music of 20 ms.
  private var lastTOC: OpusTOC
  /// 20 ms of digital silence: a fullband frame whose first symbol says so (RFC 6716, 4.3, "silence").
  private let silence: [3 of UInt8]
  private static let silenceSamples = 960

  /// The most sound on a page (RFC 7845, 4 recommends a second): what a crash can cost, and how finely one can seek.
  private static let longestPageSamples = AudioRate.samplesPerSecond
  /// The longest that is concealed before silence: an encoder's own pauses (DTX) have a packet every 400 ms.
  private static let longestConcealment = AudioRate.samplesPerSecond
  /// The most lacing values of a page (RFC 3533, 6): a packet of `n` bytes has `n / 255 + 1`.
  private static let mostSegments = 255

  /// Begins a stream: both headers go to `file`, on pages of their own.
  ///
  /// - Parameters:
  ///   - vendor: who encoded, as a library's name and version.
  ///   - serial: names the stream in its pages. The caller chooses, so that the same input gives the same bytes.
  public init(
    _ file: OutputFile, head: OggOpusHead, vendor: String, tags: AudioFileTags = AudioFileTags(), serial: UInt32,
    delivery: Delivery = .inLargePieces
  ) throws(AudioFileError) {
    precondition((0...Int(UInt16.max)).contains(head.preSkipSamples), "a pre-skip of \(head.preSkipSamples) samples")
    self.file = file
    self.delivery = delivery
    preSkipSamples = Int64(head.preSkipSamples)
    lastTOC = OpusTOC(0b1111_1000 | (head.layout == .stereo ? 0b100 : 0))
    silence = [lastTOC.byte, 0xFF, 0xFE]
    guard ogg_stream_init(&stream, Int32(bitPattern: serial)) == 0 else { throw outOfMemory }
    try put(head.packet, granule: 0)
    try closePage()
    try put(OggOpusTags(vendor: vendor, tags: tags).packet, granule: 0)
    try closePage()
  }

  deinit {
    ogg_stream_clear(&stream)
  }

  /// Appends a packet.
  ///
  /// - Parameters:
  ///   - packet: one whole packet that `OpusPacket` reads without an error.
  ///   - durationSamples: what `OpusPacket.durationSamples` says of it. Another number would shift all that follows.
  public func write(_ packet: Span<UInt8>, durationSamples: Int) throws(AudioFileError) {
    precondition(!packet.isEmpty, "an Opus packet has a byte at least")
    precondition(
      (1...OpusPacket.maximumDurationSamples).contains(durationSamples), "a packet of \(durationSamples) samples")
    filledSamples = 0
    isSilent = false
    try append(packet, durationSamples: durationSamples)
  }

  private func append(_ packet: Span<UInt8>, durationSamples: Int) throws(AudioFileError) {
    try releaseHeld()
    if pageSamples + durationSamples > Self.longestPageSamples { try closePage() }
    held.removeAll(keepingCapacity: true)
    for index in packet.indices { held.append(packet[index]) }
    heldSamples = durationSamples
    positionSamples += Int64(durationSamples)
    lastTOC = OpusTOC(packet[0])
  }

  /// Goes forward in time over packets that were lost or never sent.
  ///
  /// Granule positions must not leap: players would close the gap up, and what follows would be early. So the gap is filled
  /// with empty packets, 2 bytes for 120 ms, which have a decoder conceal a loss (`OpusConcealment`; RFC 7845, 4.1).
  /// Decoders never cease to conceal: of a steady sound, comfort noise remains. So after a second one packet of digital
  /// silence follows, and it is that silence which is concealed from then on. Calls that follow one another are one gap.
  /// Gaps are filled in steps of 2.5 ms; what is left over is added to the next, so that rounding does not grow.
  public func skip(_ samples: Int) throws(AudioFileError) {
    precondition(samples >= 0, "time goes forward, not by \(samples) samples")
    unfilledSamples += samples
    try conceal(min(unfilledSamples, max(0, Self.longestConcealment - filledSamples)))
    if !isSilent && unfilledSamples >= Self.silenceSamples {
      let bytes = silence
      try append(bytes.span, durationSamples: Self.silenceSamples)
      fill(Self.silenceSamples)
      isSilent = true
    }
    try conceal(unfilledSamples)
  }

  private func conceal(_ samples: Int) throws(AudioFileError) {
    var gap = OpusConcealment(samples: samples, after: lastTOC)
    while let packet = gap.next() {
      let bytes: [2 of UInt8] = [packet.bytes.0, packet.bytes.1]
      try append(bytes.span.extracting(first: packet.byteCount), durationSamples: packet.durationSamples)
      fill(packet.durationSamples)
    }
  }

  private func fill(_ samples: Int) {
    filledSamples += samples
    unfilledSamples -= samples
  }

  /// Ends the page and hands it to the system with all before it; only the packet held back stays.
  public func flush() throws(AudioFileError) {
    try closePage()
    file.flush()
    try file.check()
  }

  /// Marks the end and puts the file in its place. Nothing may be written after it.
  ///
  /// A stream shorter than its pre-skip, such as one without a packet, would be none: it is filled up to it, and plays for
  /// no time.
  ///
  /// - Parameter trimming: samples that a player throws away at the end, of the last packet's at most (RFC 7845, 4.4).
  public func finish(trimming: Int = 0) throws(AudioFileError) {
    precondition(
      (0...heldSamples).contains(trimming), "\(trimming) samples of a packet of \(heldSamples) cannot be trimmed")
    let end = max(positionSamples - Int64(trimming), preSkipSamples)
    if end > positionSamples {
      let step = OpusConcealment.stepSamples
      unfilledSamples = 0
      try skip((Int(end - positionSamples) + step - 1) / step * step)
    }
    if held.isEmpty {
      // Neither a packet nor a pre-skip: the shortest packet, thrown away.
      try skip(OpusConcealment.stepSamples)
    }
    try put(held, granule: end, isLast: true)
    try closePage()
    try file.commit()
  }

  private func releaseHeld() throws(AudioFileError) {
    guard !held.isEmpty else { return }
    if pageSegments + held.count / 255 + 1 > Self.mostSegments { try closePage() }
    pageSamples += heldSamples
    try put(held, granule: positionSamples)
  }

  /// Gives libogg a packet, which copies it.
  private func put(_ bytes: [UInt8], granule: Int64, isLast: Bool = false) throws(AudioFileError) {
    let status = bytes.withUnsafeBufferPointer { buffer in
      var packet = ogg_packet()
      packet.packet = UnsafeMutablePointer(mutating: buffer.baseAddress)
      packet.bytes = buffer.count
      packet.b_o_s = packetNumber == 0 ? 1 : 0
      packet.e_o_s = isLast ? 1 : 0
      packet.granulepos = granule
      packet.packetno = packetNumber
      return ogg_stream_packetin(&stream, &packet)
    }
    guard status == 0 else { throw outOfMemory }
    packetNumber += 1
    pageSegments += bytes.count / 255 + 1
  }

  /// Writes what libogg holds as one page, or as several where one cannot hold it.
  private func closePage() throws(AudioFileError) {
    var page = ogg_page()
    while ogg_stream_flush_fill(&stream, &page, Int32(OggPage.longest)) != 0 {
      file.write(UnsafeRawBufferPointer(start: page.header, count: page.header_len))
      file.write(UnsafeRawBufferPointer(start: page.body, count: page.body_len))
    }
    pageSamples = 0
    pageSegments = 0
    if delivery == .pageByPage { file.flush() }
    try file.check()
  }

  private var outOfMemory: AudioFileError {
    .cannotWrite(path: file.path, reason: "there is not enough memory")
  }
}
