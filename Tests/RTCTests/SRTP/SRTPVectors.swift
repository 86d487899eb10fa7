import RTC

/// Packets whose protected form is known from elsewhere.
///
/// The first RTP packet of each suite, and GCM's RTCP, are those that libsrtp's own test driver (`srtp_validate`,
/// `srtp_validate_gcm`) carries. AES-CM's keys are the master key and salt of RFC 3711 B.3. All others were made by an
/// implementation of RFC 3711, 4 and RFC 7714 over pyca/cryptography, which also gives the session keys that B.3 prints,
/// and libsrtp's packets. The packets of RFC 7714, 16 cannot be used: they start from session keys, which libsrtp always
/// derives itself.
struct SRTPVectors {
  let suite: SRTPKeys.Suite
  let key: [UInt8]
  /// Sequence number 0x1234, then 0xffff and, in the next cycle, 0: of `rtp(_:)`.
  let first: [UInt8], beforeWrap: [UInt8], afterWrap: [UInt8]
  /// Index 1: of `rtcp`.
  let rtcp: [UInt8]

  static func rtp(_ number: UInt16) -> [UInt8] {
    hex("800f") + [UInt8(number >> 8), UInt8(number & 0xff)] + hex("decafbadcafebabe")
      + [UInt8](repeating: 0xab, count: 16)
  }

  static let rtcp = hex("81c8000bcafebabe") + [UInt8](repeating: 0xab, count: 16)

  static let all = [
    SRTPVectors(
      suite: .aesCM128HMACSHA180, key: hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6"),
      first: hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"),
      beforeWrap: hex("800fffffdecafbadcafebabef36e96fc87ac01758cea5f94ba171db81149c9c49efa93c1b483"),
      afterWrap: hex("800f0000decafbadcafebabe24ecf92d9c97bf2ac679b796fdfd365a267beecdc56456590e62"),
      rtcp: hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798")),
    SRTPVectors(
      suite: .aeadAES128GCM, key: hex("000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab"),
      first: hex("800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392"),
      beforeWrap: hex("800fffffdecafbadcafebabed494b10e1dc38bd0aec3fb9c9a45edcc38f62c226704c0e5d4bd59c18478b33a"),
      afterWrap: hex("800f0000decafbadcafebabebf6c6dfe17cc151e899f772b46409248441b38fe472d11f34b9c6eab595d256f"),
      rtcp: hex("81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001")),
  ]

  static func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { UInt8($0 < 0x3a ? $0 - 0x30 : $0 - 0x61 + 10) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
