import MediaBase
import RTC
import Testing

@Suite struct SRTPSourceTests {
  private static func source(at newest: UInt64?) -> SRTPSource {
    var source = SRTPSource(ssrc: 1)
    if let newest { source.packets.insert(newest) }
    return source
  }

  /// RFC 3711, 3.3.1: newest index, sequence number, index.
  @Test(
    arguments: [
      (nil, 0xffff, 0xffff), (0x0_0000, 0x8000, 0x8000), (0x0_0000, 0xffff, 0xffff), (0x0_ffff, 0, 0x1_0000),
      (0x1_0000, 0xffff, 0x0_ffff), (0x1_0000, 0x8001, 0x0_8001), (0x1_0000, 0x8000, 0x1_8000),
      (0x1_8000, 0, 0x1_0000), (0x1_8001, 0, 0x2_0000), (0xffff_ffff_ffff, 0xfffe, 0xffff_ffff_fffe),
    ] as [(UInt64?, UInt16, UInt64)])
  func anIndexIsTheNearestToTheNewest(newest: UInt64?, number: UInt16, expected: UInt64) throws {
    let index = try Self.source(at: newest).index(of: number)
    #expect(index == expected)
  }

  @Test func aKeyProtectsNoMorePacketsThanItMay() {
    let source = Self.source(at: 0xffff_ffff_ffff)
    #expect(throws: SRTPError.keyExpired) { try source.index(of: 0) }
  }

  @Test func aWindowAgreesWithASet() {
    var random = SeededGenerator(seed: 5)
    var window = ReplayWindow<2>()
    var seen: Set<UInt64> = []
    var newest: UInt64 = 0
    for _ in 0..<20_000 {
      let index = UInt64.random(
        in: newest &- min(newest, 200)...newest + (seen.count % 50 == 0 ? 300 : 3), using: &random)
      let isOld = !seen.isEmpty && newest >= 128 && index <= newest - 128
      do throws(SRTPError) {
        try window.check(index)
        #expect(!isOld && !seen.contains(index))
        window.insert(index)
        seen.insert(index)
        newest = max(newest, index)
      } catch {
        #expect(error == (isOld ? .tooOld : .replayed) && (isOld || seen.contains(index)))
      }
    }
    #expect(seen.count > 5_000)
  }
}
