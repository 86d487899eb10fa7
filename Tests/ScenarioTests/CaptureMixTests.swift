import Foundation
import Testing

/// `partyline mix` of packet captures, as a user has them.
@Suite struct CaptureMixTests {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  /// A capture of ffmpeg's RTP: three seconds of a glide.
  static func capture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("RecordingTests/Captures/\(name)").path
  }

  /// What ffmpeg decodes from the payloads that tshark takes out of a capture.
  func decoded(_ name: String, port: Int, format: String) throws -> Sound {
    let hexadecimal = try Program("tshark").run([
      "-r", Self.capture(name), "-d", "udp.port==\(port),rtp", "-T", "fields", "-e", "rtp.payload",
    ])
    let digits = hexadecimal.filter { $0 != UInt8(ascii: "\n") }
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
      UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
    }
    try scratch.write(Data(bytes), to: "payloads")
    try Program.ffmpeg.run(
      "-v", "error", "-f", format, "-ar", "8000", "-i", scratch.path("payloads"), "-ar", "48000", "-c:a", "pcm_f32le",
      scratch.path("decoded.wav"))
    return try Sound(scratch.path("decoded.wav"))
  }

  @Test(arguments: [("pcmu.pcap", 5_006, "mulaw"), ("pcma.pcap", 5_008, "alaw")])
  func theMixIsWhatFfmpegDecodes(name: String, port: Int, format: String) throws {
    try Partyline.mix(Self.capture(name), "-o", scratch.path("mix.wav"), "--bits", "float")
    let (mix, reference) = (try Sound(scratch.path("mix.wav")), try decoded(name, port: port, format: format))
    #expect(abs(mix.count - reference.count) < 9_600)
    // The glide is at another pitch at each moment: in pieces of 0.2 s its level shows what is heard, and when.
    for start in stride(from: 0.4, to: 2.6, by: 0.2) {
      let hertz = 300 + 300 * (start + 0.1)
      let own = mix.level(hertz: hertz, start..<start + 0.2)
      let other = reference.level(hertz: hertz, start..<start + 0.2)
      #expect(abs(own - other) < 6, "at \(start) s: \(own) dB, and \(other) dB")
    }
    let loudness = { (sound: Sound) in sound.part(0.4..<2.6).reduce(0.0) { $0 + Double($1 * $1) } }
    #expect(abs(10 * log10(loudness(mix) / loudness(reference))) < 0.3)
  }

  @Test(arguments: ["opus", "wav", "flac"])
  func theBytesAreTheSameEachTime(format: String) throws {
    for name in ["one", "two"] {
      try Partyline.mix(
        Self.capture("opus.pcapng"), "--sdp", Self.capture("opus.sdp"), "-o", scratch.path("\(name).\(format)"),
        "--json", scratch.path("\(name).json"), "--complexity", "0", "--title", "A call")
    }
    #expect(try scratch.bytes("one.\(format)") == scratch.bytes("two.\(format)"))
    let count = try Sound(scratch.path("one.\(format)")).count
    #expect((2 * 48_000...4 * 48_000).contains(count))
  }

  @Test func theMixCanGoToStandardOutput() throws {
    let bytes = try Partyline.mix(Self.capture("pcmu.pcap"), "-o", "-")
    #expect(bytes.prefix(4) == Data("OggS".utf8))
  }

  struct Report: Decodable {
    struct Stream: Decodable {
      var source: String, destination: String, ssrc: String, codec: String?
      var packets: Int, lost: Int, late: Int, jitterMilliseconds: Double?, leftOut: String?
    }
    struct Mix: Decodable { var seconds: Double }
    var streams: [Stream]
    var mix: Mix
    var warnings: [String]
  }

  @Test func theFiguresOfEachStreamAreTold() throws {
    let json = try Partyline.mix(Self.capture("pcmu.pcap"), "--json", "-", "-o", scratch.path("mix.opus"))
    let report = try JSONDecoder().decode(Report.self, from: json)
    let stream = try #require(report.streams.first)
    #expect(report.streams.count == 1 && report.warnings.isEmpty && (2.9..<3.3).contains(report.mix.seconds))
    #expect(stream.source == "127.0.0.1:55656" && stream.destination == "127.0.0.1:5006")
    #expect(stream.ssrc == "0x5556b49b" && stream.codec == "PCMU/8000")
    // As tshark has them; its mean jitter of this capture is 18.9 ms.
    #expect(stream.packets == 281 && stream.lost == 0 && stream.leftOut == nil)
    #expect(abs((stream.jitterMilliseconds ?? 0) - 18.86) < 0.3)
  }

  @Test func anUnknownPayloadTypeIsNamedWithWhatToDo() throws {
    let ended = try Partyline.tryMix(Self.capture("opus.pcapng"), "-o", scratch.path("mix.opus"))
    #expect(ended.exitCode == 1 && ended.errorLines.count == 2)
    #expect(ended.errorLines.first?.contains("--payload-type 97=opus/48000/2") == true)
    #expect(ended.errorLines.first?.contains("0x5e04cb14, 151 packets") == true)
    #expect(ended.errorLines.last?.contains("nothing to mix") == true)
    #expect(try scratch.contents().isEmpty)
    try Partyline.mix(
      Self.capture("opus.pcapng"), "-o", scratch.path("mix.opus"), "--payload-type", "97=opus/48000/2")
  }

  static let refusals: [([String], [String])] = [
    (["--stems", "x", "-o", "m.opus"], ["--stems", "capture"]),
    (["--normalize", "-16", "-o", "m.opus"], ["--normalize"]),
    (["--mix-minus", "x"], ["--mix-minus"]), (["--report", "r.html", "-o", "m.opus"], ["--report"]),
    (["--keep-going", "-o", "m.opus"], ["--keep-going"]), (["--jobs", "2", "-o", "m.opus"], ["--jobs"]),
    (["--gain-tags", "track", "-o", "m.opus"], ["--gain-tags"]),
  ]

  @Test(arguments: refusals)
  func optionsThatMakeNoSenseAreRefusedInOneLine(options: [String], words: [String]) throws {
    let ended = try Partyline.tryMix([Self.capture("pcmu.pcap")] + options)
    expectOneLine(ended, exitCode: 64, holding: words[0])
  }

  @Test func aCaptureIsMixedAlone() throws {
    let capture = Self.capture("pcmu.pcap")
    let leg = try Recordings(scratch: scratch).tone("leg.wav", hertz: 440, seconds: 0.1)
    let mix = scratch.path("mix.opus")
    expectOneLine(try Partyline.tryMix(capture, leg, "-o", mix), exitCode: 64, holding: "pcmu.pcap", "alone")
    expectOneLine(try Partyline.tryMix(leg, capture, "-o", mix), exitCode: 64, holding: "pcmu.pcap", "alone")
    expectOneLine(try Partyline.tryMix("\(capture)@3", "-o", mix), exitCode: 64, holding: "no start, gain")
    expectOneLine(try Partyline.tryMix(leg, "-o", mix, "--to", "any"), exitCode: 64, holding: "--to", "captures")
    try scratch.write(#"{"legs": [{"file": "\#(capture)"}]}"#, to: "call.json")
    expectOneLine(
      try Partyline.tryMix("--manifest", scratch.path("call.json"), "-o", mix), holding: "packet capture", "alone")
  }

  @Test func nothingIsWrittenOverTheCapture() throws {
    try scratch.write(try Data(contentsOf: URL(fileURLWithPath: Self.capture("pcmu.pcap"))), to: "call.opus")
    let path = scratch.path("call.opus")
    expectOneLine(try Partyline.tryMix(path, "-o", path), holding: "is \(path) itself")
    expectOneLine(
      try Partyline.tryMix(path, "-o", scratch.path("m.wav"), "--json", scratch.path("m.wav")), holding: "same")
    #expect(try scratch.contents() == ["call.opus"])
  }

  @Test func badOptionsAreRefused() throws {
    let capture = Self.capture("pcmu.pcap")
    for (option, value) in [
      ("--payload-type", "97"), ("--payload-type", "200=opus/48000/2"), ("--payload-type", "97=opus"), ("--to", "host"),
      ("--from", "1.2.3.4:99999"), ("--talkers", "0"), ("--audio-level", "15"),
    ] {
      expectUsageError(try Partyline.tryMix(capture, "-o", "-", option, value), holding: option)
    }
    expectOneLine(
      try Partyline.tryMix(capture, "-o", scratch.path("m.wav"), "--sdp", scratch.path("none.sdp")), holding: "none.sdp"
    )
    expectOneLine(
      try Partyline.tryMix(capture, "-o", scratch.path("m.wav"), "--sdp", capture), holding: "no session description")
  }

  @Test func aCutCaptureIsMixedAndSaidToBeCut() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.capture("pcma.pcap")))
    try scratch.write(whole.prefix(whole.count / 2 + 3), to: "cut.pcap")
    let ended = try Partyline.tryMix(scratch.path("cut.pcap"), "-o", scratch.path("mix.wav"))
    expectWarning(ended, holding: "cut.pcap", "cut off", "last whole")
    #expect((48_000...2 * 48_000).contains(try Sound(scratch.path("mix.wav")).count))
  }

  @Test func rubbishBehindTheHeaderIsNoStream() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.capture("pcmu.pcap")))
    try scratch.write(whole.prefix(24) + Data(repeating: 0x41, count: 5_000), to: "rubbish.pcap")
    let ended = try Partyline.tryMix(scratch.path("rubbish.pcap"), "-o", scratch.path("mix.wav"))
    #expect(ended.exitCode == 1 && ended.errorLines.count == 2)
    #expect(ended.errorLines.first?.contains("cannot be read behind frame 0") == true, "\(ended.errors)")
    #expect(ended.errorLines.last?.contains("holds no RTP") == true)
    try scratch.write(whole.prefix(24), to: "empty.pcap")
    expectOneLine(
      try Partyline.tryMix(scratch.path("empty.pcap"), "-o", scratch.path("mix.wav")), holding: "no RTP")
  }

  @Test func whatLibpcapDoesNotReadIsSaidWithWhatToDo() throws {
    try Program("mergecap").run(
      "-F", "pcapng", "-w", scratch.path("two.pcapng"), Self.capture("pcmu.pcap"), Self.capture("pcma.pcap"))
    let ended = try Partyline.tryMix(scratch.path("two.pcapng"), "-o", scratch.path("mix.wav"))
    #expect(ended.exitCode == 1 && ended.errorLines.first?.contains("interfaces are of different kinds") == true)
    try Program.bash.run("-c", "gzip -c '\(Self.capture("pcmu.pcap"))' > '\(scratch.path("call.pcap.gz"))'")
    expectOneLine(
      try Partyline.tryMix(scratch.path("call.pcap.gz"), "-o", scratch.path("mix.wav")), holding: "gzip", "gunzip")
  }

  /// tcpdump -s 60 keeps no sound.
  @Test func packetsCutBySnapLengthAreSaidToBe() throws {
    try Program("editcap").run("-s", "60", Self.capture("pcmu.pcap"), scratch.path("snap.pcapng"))
    let ended = try Partyline.tryMix(scratch.path("snap.pcapng"), "-o", scratch.path("mix.wav"))
    #expect(ended.exitCode == 1 && ended.errors.contains("only the front of its packets"))
    #expect(ended.errors.contains("tcpdump -s 0"))
  }

  /// Packets taken out by somebody else's program.
  @Test func lossIsHeardAsLittleAsItIsLive() throws {
    try Program("editcap").run(
      ["-F", "pcapng", Self.capture("opus.pcapng"), scratch.path("loss.pcapng")]
        + stride(from: 30, to: 140, by: 10).map { "\($0)" })
    let arguments = ["--sdp", Self.capture("opus.sdp"), "--json", "-", "-o", scratch.path("loss.wav")]
    let report = try JSONDecoder().decode(
      Report.self, from: Partyline.mix([scratch.path("loss.pcapng")] + arguments))
    #expect(report.streams[0].packets == 140 && report.streams[0].lost == 11)
    try Partyline.mix(Self.capture("opus.pcapng"), "--sdp", Self.capture("opus.sdp"), "-o", scratch.path("whole.wav"))
    let level = { (name: String) in
      let part = try Sound(scratch.path(name)).part(0.5..<2.5)
      return 10 * log10(part.reduce(0.0) { $0 + Double($1 * $1) } / Double(part.count))
    }
    #expect(abs(try level("loss.wav") - level("whole.wav")) < 1)
  }

  /// Writes a capture of two phones, with a packet of 60 ms from each in turn.
  static let phones = """
    import struct, sys
    file = open(sys.argv[1], "wb")
    file.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
    sound = bytes(0x80 + (index % 40) for index in range(480))
    for number in range(int(sys.argv[2]) * 1000):
        for host in (1, 2):
            rtp = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * 480 & 0xFFFFFFFF, host) + sound
            udp = struct.pack(">HHHH", 5004, 5004, len(rtp) + 8, 0) + rtp
            ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, len(udp) + 20, 0, 0, 64, 17, 0, 10, 0, 0, host, 10, 0, 0, 3 - host)
            time = number * 60000 + host * 7000
            size = len(ip) + len(udp)
            file.write(struct.pack("<IIII", 1700000000 + time // 1000000, time % 1000000, size, size) + ip + udp)
    """

  @Test func aLongCallTakesNoMoreMemoryThanAShortOne() throws {
    func kilobytes(minutes: Int) throws -> Int {
      let path = scratch.path("\(minutes).pcap")
      try Program("python3").run("-c", Self.phones, path, "\(minutes)")
      let measure = """
        import resource, subprocess, sys
        subprocess.run(sys.argv[1:], check=True)
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        """
      let output = try Program("python3").run(
        "-c", measure, try Partyline.path(), "mix", path, "--json", scratch.path("\(minutes).json"))
      let report = try JSONDecoder().decode(Report.self, from: scratch.bytes("\(minutes).json"))
      #expect(report.streams.map(\.packets) == [minutes * 1_000, minutes * 1_000])
      #expect(report.streams.allSatisfy { $0.lost == 0 && $0.late == 0 })
      #expect(abs(report.mix.seconds - Double(minutes * 60)) < 0.3)
      return Int(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max
    }
    // The packets alone are 14 MB more.
    #expect(try kilobytes(minutes: 15) < kilobytes(minutes: 1) + 4_096)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptedMixLeavesNothingBehind(signal: Int32) throws {
    // A day of a call, as far as its times go: one packet, and another each 50 minutes.
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.capture("pcmu.pcap"))))
    var file = Data(whole[..<24])
    var position = 24
    for number in 0..<40 {
      let size = Int(whole[position + 8]) | Int(whole[position + 9]) << 8
      let seconds = 1_700_000_000 + number * 3_000
      file += Data((0..<4).map { UInt8(truncatingIfNeeded: seconds >> (8 * $0)) })
      file += Data(whole[(position + 4)..<(position + 16 + size)])
      position += 16 + size
    }
    try scratch.write(file, to: "long.pcap")
    let running = try Program.bash.start(
      ["-c", "exec env --default-signal=INT,TERM \"$PARTYLINE\" mix \"$OUT/long.pcap\" -o \"$OUT/mix.opus\""],
      environment: ["PARTYLINE": try Partyline.path(), "OUT": scratch.url.path])
    let deadline = Date(timeIntervalSinceNow: 60)
    while try !scratch.contents().contains(where: { $0.hasSuffix(".partial") }) {
      guard Date() < deadline, running.process.isRunning else {
        throw Program.Failure(description: "the mix did not begin: \(running.errorsSoFar)")
      }
      usleep(2000)
    }
    kill(running.process.processIdentifier, signal)
    expectOneLine(try running.waitForEnd(within: 60), exitCode: 130, holding: "interrupted")
    #expect(try scratch.contents() == ["long.pcap"])
  }
}
