/// A door through which bytes from outside come in, to be fed with bytes that nobody meant.
///
/// `tools/fuzz` runs each under libFuzzer; `FuzzRegressionTests` runs each over the kept inputs. Running one checks what
/// the door promises for all input: no trap, and what comes out is within bounds. A broken promise traps
/// (`precondition`), which both take for a finding.
public enum FuzzEntry: String, CaseIterable, Sendable {
  /// A leg as written on the command line.
  case legArgument = "leg-argument"
  /// A conference as a JSON file.
  case manifest
  /// Pages of an Ogg stream.
  case oggPage = "ogg-page"
  /// The chunks of a WAV, RF64 or AIFF file.
  case chunkWalk = "chunk-walk"
  /// A whole audio file: opened, and read to its end.
  case audioFile = "audio-file"
  /// Opus packets: inspected, decoded, lost.
  case opus
  /// A room: members come, go and send any float there is.
  case mixer
  /// An RTP packet with its header extension; the counts of a stream of any packets.
  case rtp
  /// An RTCP datagram.
  case rtcp
  /// Telephone event packets of one leg.
  case telephoneEvent = "telephone-event"
  /// What comes to an SRTP leg, and what it sends.
  case srtp
  /// Datagrams of a DTLS handshake.
  case dtls
  /// A member's packets with any headers, kept, measured and played.
  case jitterBuffer = "jitter-buffer"
  /// A live room: legs come, go, and send anything.
  case room
  /// A frame of a packet capture.
  case capturedFrame = "captured-frame"
  /// A session description (SDP).
  case sessionDescription = "session-description"
  /// An offer of a browser, answered.
  case offer
  /// A check of ICE, judged.
  case stun
  /// Datagrams in which streams and descriptions are looked for.
  case streamFinder = "stream-finder"
  /// A whole packet capture: opened, looked through, and mixed where it is short.
  case capture
  /// A recorder's log of a call, done again without packets.
  case callLog = "call-log"

  /// Feeds it one input.
  public func run(_ bytes: Span<UInt8>) {
    switch self {
    case .legArgument: feedLegArgument(bytes)
    case .manifest: feedManifest(bytes)
    case .oggPage: feedOggPages(bytes)
    case .chunkWalk: feedChunkWalk(bytes)
    case .audioFile: feedAudioFile(bytes)
    case .opus: feedOpus(bytes)
    case .mixer: feedMixer(bytes)
    case .rtp: feedRTP(bytes)
    case .rtcp: feedRTCP(bytes)
    case .telephoneEvent: feedTelephoneEvents(bytes)
    case .srtp: feedSRTP(bytes)
    case .dtls: feedDTLS(bytes)
    case .jitterBuffer: feedJitterBuffer(bytes)
    case .room: feedRoom(bytes)
    case .capturedFrame: feedCapturedFrame(bytes)
    case .sessionDescription: feedSessionDescription(bytes)
    case .offer: feedOffer(bytes)
    case .stun: feedSTUN(bytes)
    case .streamFinder: feedStreamFinder(bytes)
    case .capture: feedCapture(bytes)
    case .callLog: feedCallLog(bytes)
    }
  }
}
