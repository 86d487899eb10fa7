import Foundation
import MediaBase
import MediaFiles
import Testing

/// Captures that we write, as we and Wireshark read them.
@Suite struct PacketCaptureWriterTests {
  let scratch: ScratchDirectory
  static let start: Int64 = 1_700_000_000_123_456_789

  init() throws {
    scratch = try ScratchDirectory()
  }

  /// A PCMU packet of 20 ms.
  static func rtp(_ number: Int, payload: Int = 160) -> [UInt8] {
    [0x80, 0] + Frames.big(number, 2) + Frames.big(number * 160, 4) + Frames.big(0x1234_5678, 4)
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: payload)
  }

  func write(_ name: String, packets: Int = 5) throws -> String {
    let writer = try PacketCaptureWriter(path: scratch.path(name))
    for number in 0..<packets {
      let packet = Self.rtp(number, payload: 160 + number % 4)
      let at = Self.start + Int64(number) * 20_000_000
      if number.isMultiple(of: 2) {
        try writer.write(packet.span, from: Frames.source, to: Frames.destination, at: at)
      } else {
        try writer.write(packet.span, from: Frames.source6, to: Frames.destination6, at: at)
      }
    }
    try writer.finish()
    #expect(writer.packetCount == UInt64(packets))
    #expect(try FileBytes(scratch.path(name)).bytes.count == Int(writer.size))
    return scratch.path(name)
  }

  @Test func whatIsWrittenIsReadBackToTheNanosecond() throws {
    let read = try ReadCapture(write("a.pcapng"))
    #expect(CaptureFormat(contentsOf: scratch.path("a.pcapng")) == .pcapng)
    #expect(read.end == .whole && read.link == .rawIP && read.counts.datagrams == 5)
    #expect(read.times == (0..<5).map { Self.start + $0 * 20_000_000 })
    #expect(read.payloads == (0..<5).map { Self.rtp($0, payload: 160 + $0 % 4) })
    #expect(read.datagrams[0].source == Frames.source && read.datagrams[0].destination == Frames.destination)
    #expect(read.datagrams[1].source == Frames.source6 && read.datagrams[1].destination == Frames.destination6)
  }

  /// With all checksums verified: a wrong one would show as 0 or 2.
  @Test func wiresharkFindsNothingWrongAndDecodesTheRTP() throws {
    let path = try write("a.pcapng", packets: 20)
    let words = try ExternalProgram(name: "tshark").run(
      "-r", path, "-d", "udp.port==7000,rtp", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
      "-T", "fields", "-e", "ip.checksum.status", "-e", "udp.checksum.status", "-e", "rtp.seq", "-e", "rtp.ssrc",
      "-e", "_ws.expert.message")
    let lines = String(decoding: words, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 21)
    for (number, line) in lines.dropLast().enumerated() {
      #expect(line == "\(number.isMultiple(of: 2) ? "1" : "")\t1\t\(number)\t0x12345678\t")
    }
    let about = try ExternalProgram(name: "capinfos").run(path)
    let text = String(decoding: about, as: UTF8.self)
    #expect(text.contains("pcapng") && text.contains("Raw IP") && text.contains("partyline"))
  }

  @Test func theSamePacketsGiveTheSameBytes() throws {
    #expect(try FileBytes(write("a")).bytes == FileBytes(write("b")).bytes)
  }

  @Test func everyPayloadLengthIsWholeAndChecked() throws {
    let writer = try PacketCaptureWriter(path: scratch.path("lengths.pcapng"))
    let lengths = Array(0...40) + [1_471, 65_506, PacketCaptureWriter.largestPayloadBytes]
    for length in lengths {
      let bytes = [UInt8](repeating: 0xff, count: length)
      try writer.write(bytes.span, from: Frames.source, to: Frames.destination, at: 0)
    }
    let tooLong = [UInt8](repeating: 0, count: PacketCaptureWriter.largestPayloadBytes + 1)
    try writer.write(tooLong.span, from: Frames.source, to: Frames.destination, at: 0)
    try writer.finish()
    let read = try ReadCapture(scratch.path("lengths.pcapng"))
    #expect(read.payloads.map(\.count) == lengths && read.counts.malformed == 0)
  }

  /// A recorder that is killed: everything up to the last flush is there.
  @Test func afterAFlushAllPacketsAreInTheFile() throws {
    let writer = try PacketCaptureWriter(path: scratch.path("growing.pcapng"))
    #expect(try FileBytes(scratch.path("growing.pcapng")).bytes.isEmpty)
    for number in 0..<3 {
      try writer.write(Self.rtp(number).span, from: Frames.source, to: Frames.destination, at: Self.start)
      try writer.flush()
      let read = try ReadCapture(scratch.path("growing.pcapng"))
      #expect(read.counts.datagrams == number + 1 && read.end == .whole)
    }
    try writer.write(Self.rtp(3).span, from: Frames.source, to: Frames.destination, at: Self.start)
    #expect(try ReadCapture(scratch.path("growing.pcapng")).counts.datagrams == 3)
  }

  @Test func aCutOfOursIsReadToItsLastWholePacket() throws {
    let whole = try FileBytes(write("a.pcapng")).bytes
    for count in stride(from: 80, to: whole.count, by: 7) {
      guard let read = try? ReadCapture(scratch.file("cut.pcapng", Array(whole[..<count]))) else { continue }
      #expect(read.counts.datagrams <= 4 && (read.end == .cut || read.end == .whole))
    }
  }

  @Test func aFileThatIsThereIsLeftAlone() throws {
    let path = try scratch.file("precious.pcapng", [1, 2, 3])
    #expect(throws: AudioFileError.cannotWrite(path: path, reason: "it is there already")) {
      _ = try PacketCaptureWriter(path: path)
    }
    #expect(try FileBytes(path).bytes == [1, 2, 3])
  }

  @Test func aPlaceThatCannotBeIsToldAtOnce() throws {
    let missing = scratch.path("no/such/folder.pcapng")
    #expect(throws: AudioFileError.self) { _ = try PacketCaptureWriter(path: missing) }
    #expect(throws: AudioFileError.self) { _ = try PacketCaptureWriter(path: "") }
    #expect(throws: AudioFileError.self) { _ = try PacketCaptureWriter(path: scratch.path(".")) }
  }
}
