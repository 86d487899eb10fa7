/// The keys of an SRTP leg (RFC 4568, 6.1): one for each direction. Never described in text, so that no log holds them.
public struct SRTPKeys: Sendable, Hashable {
  /// The crypto-suites that we do.
  public enum Suite: String, Sendable, Hashable, CaseIterable {
    /// RFC 4568, 6.2.1.
    case aesCM128HMACSHA180 = "AES_CM_128_HMAC_SHA1_80"
    /// RFC 7714.
    case aeadAES128GCM = "AEAD_AES_128_GCM"

    /// Bytes of a master key with its salt behind it: 16 + 14, and 16 + 12.
    public var keyAndSaltBytes: Int { self == .aesCM128HMACSHA180 ? 30 : 28 }
  }

  /// Cipher and authentication, the same both ways.
  public var suite: Suite
  /// What we send with: master key, then salt.
  public var send: [UInt8]
  /// What they send with.
  public var receive: [UInt8]

  /// `nil` where a key has not the suite's length.
  public init?(suite: Suite, send: [UInt8], receive: [UInt8]) {
    guard send.count == suite.keyAndSaltBytes, receive.count == suite.keyAndSaltBytes else { return nil }
    self.suite = suite
    self.send = send
    self.receive = receive
  }
}

extension SRTPKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The suite alone.
  public var description: String { "SRTPKeys(\(suite.rawValue))" }
  /// The suite alone.
  public var debugDescription: String { description }
  /// The suite alone.
  public var customMirror: Mirror { Mirror(self, children: ["suite": suite.rawValue]) }
}
