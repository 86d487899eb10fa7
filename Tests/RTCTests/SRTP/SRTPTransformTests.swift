import MediaBase
import RTC
import Testing

/// Packets and keys that the standards print.
@Suite struct SRTPTransformTests {
  private static let hex = SRTPVectors.hex

  private static func keys(cipher: String, salt: String) -> SRTPSessionKeys {
    var keys = SRTPSessionKeys()
    for (index, byte) in hex(cipher).enumerated() { keys.cipher[index] = byte }
    for (index, byte) in hex(salt).enumerated() { keys.salt[index] = byte }
    return keys
  }

  /// RFC 3711, B.2: the keystream, from its first block to where the counter's high byte is full.
  @Test func theKeystreamOfTheStandardIsMade() throws {
    let keys = Self.keys(
      cipher: "2b7e151628aed2a6abf7158809cf4f3c", salt: "f0f1f2f3f4f5f6f7f8f9fafbfcfd")
    var transform = try SRTPTransform(.aesCM128HMACSHA180, rtp: keys, rtcp: keys, isSending: true)
    let payload = 1_044_512
    var packet = [UInt8](repeating: 0, count: 12 + payload + 10)
    var span = packet.mutableSpan
    _ = try transform.protectRTP(&span, header: 12, count: 12 + payload, source: 0, index: 0)
    for (block, expected) in [
      (0x0000, "e03ead0935c95e80e166b16dd92b4eb4"), (0x0001, "d23513162b02d0f72a43a2fe4a5f97ab"),
      (0x0002, "41e95b3bb0a2e8dd477901e4fca894c0"), (0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
      (0xff00, "362b7c3c6773516318a077d7fc5073ae"), (0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"),
    ] {
      #expect(Array(packet[(12 + 16 * block)..<(28 + 16 * block)]) == Self.hex(expected), "block \(block)")
    }
  }

  /// RFC 3711, B.3.
  @Test func theSessionKeysOfTheStandardAreDerived() throws {
    let master = Self.hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
    let keys = try SRTPSessionKeys(.aesCM128HMACSHA180, master: master.span, for: .rtp)
    let cipher = keys.cipher.indices.map { keys.cipher[$0] }
    let salt = keys.salt.indices.map { keys.salt[$0] }
    let authentication = keys.authentication.indices.map { keys.authentication[$0] }
    #expect(cipher == Self.hex("c61e7a93744f39ee10734afe3ff7a087"))
    #expect(salt == Self.hex("30cbbc08863d8c85d49db34a9ae1"))
    #expect(authentication == Self.hex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"))
  }

  private static let gcm = keys(cipher: "000102030405060708090a0b0c0d0e0f", salt: "517569642070726f2071756f")
  private static let rtp = hex(
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976697361"
      + "20696e207061727465732074726573")
  private static let protectedRTP = hex(
    "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
      + "899d7f27beb16a9152cf765ee4390cce")

  /// RFC 7714, 16.1.1 and 16.1.2.
  @Test func theRTPOfTheStandardIsMadeAndRead() throws {
    var sending = try SRTPTransform(.aeadAES128GCM, rtp: Self.gcm, rtcp: Self.gcm, isSending: true)
    var receiving = try SRTPTransform(.aeadAES128GCM, rtp: Self.gcm, rtcp: Self.gcm, isSending: false)
    var packet = Self.rtp + [UInt8](repeating: 0, count: 16)
    var span = packet.mutableSpan
    let length = try sending.protectRTP(
      &span, header: 12, count: Self.rtp.count, source: 0x5501_a0b2, index: 0xf17b)
    #expect(packet == Self.protectedRTP && length == packet.count)
    span = packet.mutableSpan
    let read = try receiving.unprotectRTP(&span, header: 12, count: length, source: 0x5501_a0b2, index: 0xf17b)
    #expect(Array(packet[..<read]) == Self.rtp)
  }

  private static let rtcp = hex(
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef")
  private static let protectedRTCP = hex(
    "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
      + "c84aa45896cf4d2fc5abf87245d9eade800005d4")

  /// RFC 7714, 17.1 and 17.2.
  @Test func theRTCPOfTheStandardIsMadeAndRead() throws {
    var sending = try SRTPTransform(.aeadAES128GCM, rtp: Self.gcm, rtcp: Self.gcm, isSending: true)
    var receiving = try SRTPTransform(.aeadAES128GCM, rtp: Self.gcm, rtcp: Self.gcm, isSending: false)
    var datagram = Self.rtcp + [UInt8](repeating: 0, count: 20)
    var span = datagram.mutableSpan
    let length = try sending.protectRTCP(
      &span, header: 8, count: Self.rtcp.count, source: 0x4d61_7273, index: 0x5d4)
    #expect(datagram == Self.protectedRTCP && length == datagram.count)
    span = datagram.mutableSpan
    let read = try receiving.unprotectRTCP(&span, header: 8, count: length, source: 0x4d61_7273)
    #expect(Array(datagram[..<read]) == Self.rtcp)
  }

  /// RFC 7714, 17.3 and 17.4: authenticated, and left in the clear. We never send it so.
  @Test func theRTCPInTheClearOfTheStandardIsChecked() throws {
    var receiving = try SRTPTransform(.aeadAES128GCM, rtp: Self.gcm, rtcp: Self.gcm, isSending: false)
    let tagged = Self.rtcp + Self.hex("841dd9683dd78ec92ae58790125f62b3000005d4")
    var datagram = tagged
    var span = datagram.mutableSpan
    let read = try receiving.unprotectRTCP(&span, header: 8, count: tagged.count, source: 0x4d61_7273)
    #expect(Array(datagram[..<read]) == Self.rtcp)
    for index in tagged.indices {
      datagram = tagged
      datagram[index] ^= 1
      #expect(throws: SRTPError.notAuthentic, "byte \(index)") {
        var span = datagram.mutableSpan
        _ = try receiving.unprotectRTCP(&span, header: 8, count: tagged.count, source: 0x4d61_7273)
      }
    }
  }
}
