import AllocationCounter
import RTC
import Testing

@Suite struct HMACSHA1Tests {
  /// RFC 2202, 3: all seven cases.
  @Test(arguments: [
    ([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
    ),
    (Array(1...25), [UInt8](repeating: 0xcd, count: 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
    (
      [UInt8](repeating: 0x0c, count: 20), Array("Test With Truncation".utf8),
      "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"
    ),
    (
      [UInt8](repeating: 0xaa, count: 80), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "aa4ae5e15272d00e95705637ce8a3b55ed402112"
    ),
    (
      [UInt8](repeating: 0xaa, count: 80),
      Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
      "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"
    ),
  ])
  func thePublishedVectorsAreMade(key: [UInt8], message: [UInt8], expected: String) {
    let code = hmacSHA1(key: key.span, message: message.span)
    let bytes = code.indices.map { code[$0] }
    #expect(bytes == SRTPVectors.hex(expected))
  }

  @Test func emptyKeysAndMessagesHaveACode() {
    let none: [UInt8] = []
    let code = hmacSHA1(key: none.span, message: none.span)
    let bytes = code.indices.map { code[$0] }
    // As Python's hmac makes it.
    #expect(bytes == SRTPVectors.hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"))
  }

  @Test func codesAreTheSameInEveryByteOrNot() {
    let code = Array(0..<UInt8(20))
    func isSame(_ other: [UInt8]) -> Bool { isSameCode(code.span, other.span) }
    #expect(isSame(code) && !isSame(Array(code.dropLast())) && !isSame([]))
    for index in code.indices {
      var other = code
      other[index] ^= 0x80
      #expect(!isSame(other))
    }
  }

  @Test func aCodeAllocatesNothing() throws {
    try #require(allocation_count() >= 0, "a sanitizer has malloc: run without it to count")
    let key = [UInt8](repeating: 1, count: 80)
    let message = [UInt8](repeating: 2, count: 300)
    var sum = 0
    let before = allocation_count()
    for _ in 0..<100 { sum += Int(hmacSHA1(key: key.span, message: message.span)[0]) }
    #expect(allocation_count() == before && sum >= 0)
  }
}
