import Foundation
import MediaBase
import MediaFiles
import Testing

/// Captures that others wrote, whole and not.
@Suite struct PacketCaptureReaderTests {
  let scratch: ScratchDirectory
  static let frames = (0..<5).map { Frames.ipv4(Frames.udp([UInt8](repeating: UInt8($0), count: 20 + $0))) }

  init() throws {
    scratch = try ScratchDirectory()
  }

  @Test(arguments: [(0xa1b2_c3d4, 1_000), (0xa1b2_3c4d, 1)], [false, true])
  func classicCapturesOfBothByteOrdersAndResolutionsAreRead(magic: (Int, Int), bigEndian: Bool) throws {
    let path = try scratch.file("a.pcap", Frames.pcap(Self.frames, magic: magic.0, bigEndian: bigEndian))
    let read = try ReadCapture(path)
    #expect(read.datagrams.count == 5 && read.end == .whole && read.link == .rawIP)
    #expect(read.payloads[3] == [UInt8](repeating: 3, count: 23))
    let times = (0..<5).map { Int64(1_700_000_000_000_000_000) + Int64($0 * 20_000 * magic.1) }
    #expect(read.times == times)
  }

  @Test func theFormatIsToldByTheContent() throws {
    #expect(CaptureFormat(contentsOf: try scratch.file("a.wav", Frames.pcap([]))) == .pcap)
    #expect(CaptureFormat(contentsOf: try scratch.file("b.pcap", Array("RIFF".utf8))) == nil)
    #expect(CaptureFormat(contentsOf: scratch.path("missing")) == nil)
  }

  @Test func aCutFileIsReadToItsLastWholePacket() throws {
    let whole = Frames.pcap(Self.frames)
    let ends = Self.frames.reduce(into: [24]) { $0.append($0[$0.count - 1] + 16 + $1.count) }
    for count in 24..<whole.count {
      let read = try ReadCapture(scratch.file("cut.pcap", Array(whole[..<count])))
      let packets = ends.lastIndex { $0 <= count } ?? 0
      #expect(read.datagrams.count == packets)
      #expect(read.end == (ends[packets] == count ? .whole : .cut), "\(count) bytes")
    }
  }

  @Test func packetsThatTheSnapLengthCutAreCounted() throws {
    let read = try ReadCapture(scratch.file("snap.pcap", Frames.pcap(Self.frames, snapLength: 40)))
    #expect(read.counts.cutShort == 5 && read.datagrams.count == 5 && read.end == .whole)
    #expect(read.datagrams[4].missingBytes == 12 && read.payloads[4].count == 12)
  }

  @Test func whatIsNoDatagramIsCountedAndPassedOver() throws {
    let udp = Frames.udp([1, 2, 3])
    let frames = [
      Frames.ipv4(udp, fragment: 0x2000), Frames.ipv4(udp, protocolNumber: 1), [], [0x45], Frames.ipv4(udp),
      Frames.ipv4(Frames.tcp([1]), protocolNumber: 6), Frames.ipv6(udp), Frames.ipv4(Frames.udp([])),
    ]
    let counts = try ReadCapture(scratch.file("mixed.pcap", Frames.pcap(frames))).counts
    #expect(counts.frames == 8 && counts.datagrams == 3 && counts.segments == 1)
    #expect(counts.fragments == 1 && counts.other == 1 && counts.malformed == 2 && counts.cutShort == 0)
  }

  /// Whatever a disk or transfer makes of a file.
  @Test func randomDamageNeverTraps() throws {
    var random = SeededGenerator(seed: 4)
    for magic in [0xa1b2_c3d4, 0xa1b2_3c4d] {
      let whole = Frames.pcap(Self.frames, magic: magic)
      for _ in 0..<300 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        guard let read = try? ReadCapture(scratch.file("damaged.pcap", bytes)) else { continue }
        #expect(read.counts.frames <= 5 && read.end != nil)
      }
    }
  }

  private func words(_ path: String) -> String {
    do {
      _ = try ReadCapture(path)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func whatCannotBeReadIsRefusedInWords() throws {
    #expect(words(scratch.path("missing.pcap")).contains("no such file"))
    #expect(words(try scratch.file("a", Array("RIFF....WAVE".utf8))).contains("no packet capture"))
    #expect(words(try scratch.file("b", Frames.pcap([], link: 105))).contains("IEEE802_11"))
    #expect(words(try scratch.file("c", Array(Frames.pcap([]).prefix(10)))).contains("begins like"))
    #expect(words(try scratch.file("d", [])).contains("empty"))
    #expect(words(scratch.path(".")).contains("directory"))
  }

  @Test func anAudioReaderSaysWhatACaptureIs() throws {
    let path = try scratch.file("call.pcap", Frames.pcap(Self.frames))
    do {
      _ = try openAudioFile(at: path)
      Issue.record("a capture was opened as sound")
    } catch {
      #expect("\(error)".contains("packet capture"))
    }
  }
}
