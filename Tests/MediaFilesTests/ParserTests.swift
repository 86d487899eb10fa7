import Foundation
import MediaFiles
import Testing

@Suite struct OggPageTests {
  /// A page with no segments: 27 bytes, by hand from RFC 3533, 6.
  private func emptyPage(flags: UInt8, serial: UInt8) -> [UInt8] {
    var page = Array("OggS".utf8) + [0, flags] + [UInt8](repeating: 0, count: 21)
    page[14] = serial
    let checksum = OggPage.checksum(of: 0..<27, in: page.span)
    for byte in 0..<4 { page[22 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
    return page
  }

  private func page(at offset: Int, in bytes: [UInt8]) -> OggPage? { OggPage(at: offset, in: bytes.span) }
  private func last(of serial: UInt32?, in bytes: [UInt8]) -> OggPage? { OggPage.last(of: serial, in: bytes.span) }
  private func checksum(of bytes: [UInt8]) -> UInt32 { OggPage.checksum(of: 0..<bytes.count, in: bytes.span) }

  @Test func thePolynomialIsOggs() {
    // The CRC of the single byte 1 is the polynomial itself.
    #expect(checksum(of: [1]) == 0x04C1_1DB7)
  }

  @Test func theLastPageOfAStreamIsFoundBehindOthers() throws {
    let bytes = emptyPage(flags: 4, serial: 1) + emptyPage(flags: 0, serial: 2) + [1, 2, 3]
    let first = try #require(last(of: 1, in: bytes))
    #expect(first.isLast && first.serial == 1)
    let final = try #require(last(of: nil, in: bytes))
    #expect(!final.isLast && final.serial == 2)
    #expect(last(of: 3, in: bytes) == nil)
  }

  @Test func everyCutOfAPageIsNoPage() {
    let bytes = emptyPage(flags: 2, serial: 9)
    for count in 0..<bytes.count {
      #expect(page(at: 0, in: Array(bytes[..<count])) == nil)
    }
    #expect(page(at: 0, in: bytes) != nil)
    #expect(page(at: 1, in: bytes) == nil)
    #expect(page(at: -1, in: bytes) == nil)
    #expect(page(at: .max, in: bytes) == nil)
  }
}

@Suite struct ChunkWalkTests {
  private func declaration(of file: [UInt8]) -> ChunkWalk.Declaration? {
    var walk = ChunkWalk()
    var steps = 0
    while let request = walk.request {
      steps += 1
      if steps > ChunkWalk.longestWalk + 2 { return .frames(.max) }
      let start = Int(min(request.offset, UInt64(file.count)))
      let bytes = Array(file[start..<min(file.count, start + request.count)])
      walk.take(bytes.span)
    }
    return walk.result
  }

  private func little(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }

  private func wave(_ magic: String = "RIFF", extra: [UInt8] = [], data size: UInt32) -> [UInt8] {
    Array("\(magic)\0\0\0\0WAVE".utf8) + extra + Array("fmt ".utf8) + little(16)
      + [1, 0, 2, 0, 0x80, 0xBB, 0, 0, 0, 0xEE, 2, 0, 4, 0, 16, 0] + Array("data".utf8) + little(size)
  }

  @Test func theDataChunkIsFoundBehindOthersOfOddSize() {
    #expect(declaration(of: wave(data: 400)) == .bytes(400, from: 44, frameSize: 4))
    let list = Array("LIST".utf8) + little(3) + [1, 2, 3, 0]
    #expect(declaration(of: wave(extra: list, data: 400)) == .bytes(400, from: 56, frameSize: 4))
  }

  @Test(arguments: [0xFFFF_FFFF, 0x7FFF_F000, 0x8000_0000])
  func sizesThatStreamingWritersLeaveOpenDeclareNothing(size: UInt32) {
    #expect(declaration(of: wave(data: size)) == nil)
  }

  @Test func aSizeThatWasNeverFilledInIsTold() {
    #expect(declaration(of: wave(data: 0)) == .neverClosed(sizeOffset: 40))
    var closed = wave(data: 0)
    closed[4] = 36
    #expect(declaration(of: closed) == .neverClosed(sizeOffset: 40))
    closed[4] = 48
    #expect(declaration(of: closed) == nil)
  }

  @Test func rf64TakesItsSizeFromDS64() {
    let ds64 =
      Array("ds64".utf8) + little(28) + little(0) + little(0) + little(8) + little(2) + little(0) + little(0)
      + little(0)
    let declared = declaration(of: wave("RF64", extra: ds64, data: 0xFFFF_FFFF))
    #expect(declared == .bytes(0x2_0000_0008, from: 80, frameSize: 4))
  }

  @Test func aiffSaysItsFrames() {
    let file = Array("FORM\0\0\0\0AIFFCOMM".utf8) + [0, 0, 0, 18, 0, 2, 0, 1, 0, 0] + [UInt8](repeating: 0, count: 12)
    #expect(declaration(of: file) == .frames(65_536))
  }

  @Test func noChunkLeadsAstray() {
    var state: UInt64 = 3
    let names = ["fmt ", "data", "ds64", "LIST", "COMM", "SSND"]
    for round in 0..<3000 {
      var file = Array(["RIFF", "RIFX", "RF64", "FORM"][round % 4].utf8) + [0, 0, 0, 0]
      file += Array((round % 4 == 3 ? "AIFF" : "WAVE").utf8)
      for _ in 0..<20 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        file += Array(names[Int(state >> 60) % names.count].utf8)
        // Small sizes lead on, others out of the file.
        let size = UInt32(truncatingIfNeeded: state >> 20)
        file += little(state & 1 == 0 ? size & 31 : size)
      }
      #expect(declaration(of: file) != .frames(.max))
    }
  }

  @Test func manyEmptyChunksEndTheWalk() {
    let empty = Array("LIST".utf8) + little(0)
    let file = wave(extra: Array((0..<5000).map { _ in empty }.joined()), data: 400)
    #expect(declaration(of: file) == nil)
  }
}
