import Foundation
import Testing

/// Calls of ffmpeg's legs, recorded by the live bridge and mixed anew by `partyline mix`.
@Suite(.serialized) struct HostRecordingTests {
  private let scratch: ScratchDirectory
  private let bridge: HostedBridge

  init() throws {
    scratch = try ScratchDirectory()
    try FileManager.default.createDirectory(atPath: scratch.path("recordings"), withIntermediateDirectories: true)
    bridge = try HostedBridge(environment: ["PARTYLINE_RECORDINGS_FOLDER": scratch.path("recordings")])
  }

  /// PCMA over SRTP.
  private static let encryptedPCMA = LegKind(
    testDescription: "PCMA over SRTP", rtp: LegKind.encryptedPCMU.rtp.replacingOccurrences(of: "pcmu", with: "pcma"),
    encoding: LegKind.encryptedPCMU.encoding.map { $0 == "pcm_mulaw" ? "pcm_alaw" : $0 }, profile: "RTP/SAVP",
    format: "")

  /// Waits until so much is recorded.
  private func waitUntilRecorded(_ seconds: Double) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while (try bridge.ask("GET", "/v1/rooms/daily/recording")["seconds"] as? Double ?? 0) < seconds {
      guard Date() < deadline else { throw Program.Failure(description: "nothing is recorded") }
      usleep(20_000)
    }
  }

  /// Lets the call go on until so many seconds more are recorded.
  private func recordOn(_ more: Double) throws {
    let recorded = try bridge.ask("GET", "/v1/rooms/daily/recording")["seconds"] as? Double ?? 0
    try waitUntilRecorded(recorded + more)
  }

  /// Two legs that talk in a room which is recorded from its start.
  private func startCall() throws -> (ada: BackgroundTalker, bob: BackgroundTalker) {
    let recordings = Recordings(scratch: scratch)
    let high = try recordings.murmur("high.wav", seconds: 20, amplitude: 0.2, seed: 2)
    let low = try recordings.murmur("low.wav", seconds: 20, amplitude: 0.1, seed: 3)
    try bridge.openRoom("daily", #", "record": true, "tones": "both""#)
    let ada = try BackgroundTalker(.opus, high, in: "daily", of: bridge)
    return (ada, try BackgroundTalker(Self.encryptedPCMA, low, in: "daily", of: bridge))
  }

  @Test func aRecordedCallIsMixedAnewSampleForSample() throws {
    let (ada, bob) = try startCall()
    try waitUntilRecorded(4)
    try bridge.ask("PATCH", "/v1/rooms/daily/members/\(ada.member.id)", #"{"muted": true}"#)
    try recordOn(0.7)
    try bridge.ask("PATCH", "/v1/rooms/daily/members/\(ada.member.id)", #"{"muted": false}"#)
    try recordOn(0.7)
    #expect(try bridge.ask("DELETE", "/v1/rooms/daily/members/\(bob.member.id)").status == 204)
    try recordOn(0.7)
    let ended = try bridge.ask("DELETE", "/v1/rooms/daily/recording")
    #expect(ended["state"] as? String == "finished" && ended["dropped"] as? Int == 0)
    try ada.stop()
    try bob.stop()

    let folder = try RecordedFolder(in: scratch.path("recordings"))
    let report = try folder.mix(to: scratch.path("again.wav"))
    #expect(report.exact && report.whole && report.sameSeconds == report.seconds && report.missingPackets == 0)
    #expect(report.seconds == ended["seconds"] as? Double && report.packets > 400)
    _ = try folder.mix(to: scratch.path("twice.wav"))
    #expect(try scratch.bytes("again.wav") == scratch.bytes("twice.wav"))
    try compare(folder)
    let streams = try folder.streams(at: ada.member.port)
    #expect(streams.count == 2 && streams.allSatisfy { $0.contains(" 0 (0.0%)") }, "\(streams)")
  }

  /// The live mix as a file, the one that was mixed anew, and one made of the legs' files.
  private func compare(_ folder: RecordedFolder) throws {
    let (live, again) = (try Sound(folder.file("mix.opus")), try Sound(scratch.path("again.wav")))
    #expect(live.count == again.count)
    // One coding with Opus lies between them, which keeps noise less well than speech: measured 0.93.
    let (left, right) = (live.channels[0].map(Double.init), again.channels[0].map(Double.init))
    #expect(Envelope.correlation(left[...], right[...]) > 0.88)
    let power = { (samples: [Double]) in samples.reduce(0) { $0 + $1 * $1 } }
    #expect(abs(10 * log10(power(left) / power(right))) < 0.5)

    try Partyline.mix("--manifest", folder.file("conference.json"), "-o", scratch.path("legs.wav"))
    // While nobody was muted. The files have neither the bridge's jitter buffers nor the tones of coming and going.
    let (whole, part) = (Envelope(try Sound(scratch.path("legs.wav"))), Envelope(again).levels[60..<180])
    var wanted = whole
    wanted.levels = Array(part)
    let match = whole.match(wanted)
    #expect(match.correlation > 0.85, "\(match)")
    #expect(abs(match.decibels) < 1, "\(match)")
  }

  @Test func whatIsKilledPlaysAndIsMixedUpToItsLastSecond() throws {
    let (ada, bob) = try startCall()
    try waitUntilRecorded(4.5)
    bridge.signal(SIGKILL)
    #expect(bridge.running.wait().wasKilled)
    try ada.stop()
    try bob.stop()
    let folder = try RecordedFolder(in: scratch.path("recordings"))
    let legs = try folder.legs()
    #expect(legs.map { ($0 as NSString).pathExtension } == ["opus", "au"])
    for file in legs + [folder.file("mix.opus")] {
      #expect(try Sound(file).count > 2 * (Sound.format(file).rate), "\(file)")
    }
    let byOthers = try Program.sox.run(legs[1], "-t", "raw", "-")
    #expect(byOthers.count > 2 * 8_000)
    let report = try folder.mix(to: scratch.path("again.wav"))
    #expect(report.exact && !report.whole && report.missingPackets == 0)
    #expect(report.seconds >= 3.4 && report.sameSeconds == report.seconds)
    // The legs' files say themselves that they were cut off.
    let manifest = ["--manifest", folder.file("conference.json"), "-o", scratch.path("legs.wav")]
    expectOneLine(try Partyline.tryMix(manifest), holding: "1.opus", "--keep-going")
    #expect(try Partyline.tryMix(manifest + ["--keep-going"]).exitCode == 0)
    #expect(try Sound(scratch.path("legs.wav")).count > 2 * 48_000)
  }

  @Test func whatIsEndedBySIGTERMIsWhole() throws {
    let (ada, bob) = try startCall()
    let reader = try Program.curl.start([
      "-sSN", "-H", "Authorization: Bearer \(HostedBridge.token)", "http://127.0.0.1:\(bridge.port)/v1/events",
    ])
    try waitUntilRecorded(1.5)
    bridge.signal(SIGTERM)
    #expect(try bridge.running.waitForEnd(within: 5).exitCode == 0)
    let events = String(decoding: reader.output.readDataToEndOfFile(), as: UTF8.self)
    _ = try reader.waitForEnd(within: 20)
    try ada.stop()
    try bob.stop()
    let end = events.components(separatedBy: "event: recordingStopped\n").dropFirst().first ?? ""
    #expect(end.contains(#""state":"finished""#), "\(events)")
    let folder = try RecordedFolder(in: scratch.path("recordings"))
    for file in try folder.legs() + [folder.file("mix.opus")] where file.hasSuffix(".opus") {
      // It warns where a stream has no end.
      let told = try Program.opusinfo.end([file])
      #expect(!(told.text + told.errors).contains("EOS not set"), "\(told.text + told.errors)")
    }
    let report = try folder.mix(to: scratch.path("again.wav"))
    #expect(report.exact && report.whole && report.sameSeconds == report.seconds)
  }
}

/// A recording on a disk that becomes full: a file system of 128 KiB in a mount namespace of the bridge's own.
@Suite struct FullRecordingDiskTests {
  @Test func aFullDiskEndsTheRecordingAndNotTheCall() throws {
    let scratch = try ScratchDirectory()
    let mount = """
      if [ "$(id -u)" = 0 ]; then user=; else user=--map-root-user; fi
      exec unshare -m $user bash -c 'mount -t tmpfs -o size=128k none "$DISK" && exec "$@"' bash "$@"
      """
    let disk = scratch.path("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let bridge = try HostedBridge(
      environment: ["PARTYLINE_RECORDINGS_FOLDER": disk, "DISK": disk], wrapper: ["bash", "-c", mount, "bash"])
    try bridge.openRoom("daily", #", "record": true"#)
    let reader = try Program.curl.start([
      "-sSN", "-H", "Authorization: Bearer \(HostedBridge.token)",
      "http://127.0.0.1:\(bridge.port)/v1/events?types=recordingStopped",
    ])
    let ear = try LoopbackPort()
    _ = try bridge.join("daily", port: ear.port)
    let noise = try Recordings(scratch: scratch).murmur("noise.wav", seconds: 60, amplitude: 0.3)
    let talker = try BackgroundTalker(.pcma, noise, in: "daily", of: bridge)
    var packets = Flow()
    var answer = try bridge.ask("GET", "/v1/rooms/daily/recording")
    let deadline = Date(timeIntervalSinceNow: 60)
    while answer["state"] as? String == "recording", Date() < deadline {
      packets.take(20, at: ear)
      answer = try bridge.ask("GET", "/v1/rooms/daily/recording")
    }
    #expect(answer["state"] as? String == "failed")
    let detail = answer["detail"] as? String ?? ""
    #expect(detail.contains("daily-") && detail.contains("the disk is full"), "\(answer.text)")
    packets.take(50, at: ear)
    #expect(packets.count > 100 && packets.gaps == 0)
    try talker.stop()
    bridge.signal(SIGTERM)
    let log = try bridge.running.waitForEnd(within: 5)
    #expect(log.exitCode == 0 && log.errors.contains("recording failed"))
    let events = String(decoding: reader.output.readDataToEndOfFile(), as: UTF8.self)
    _ = try reader.waitForEnd(within: 20)
    #expect(events.contains(#""state":"failed""#), "\(events)")
  }

  /// Packets of RTP as a leg gets them.
  private struct Flow {
    var count = 0
    /// Numbers that do not follow the one before.
    var gaps = 0
    private var last: UInt16?

    mutating func take(_ more: Int, at ear: LoopbackPort) {
      for _ in 0..<more {
        guard let packet = ear.receive(first: Datagram.isRTP) else {
          gaps += 1
          return
        }
        let number = UInt16(packet[2]) << 8 + UInt16(packet[3])
        if let last, number != last &+ 1 { gaps += 1 }
        last = number
        count += 1
      }
    }
  }
}
