import COpus

/// What libopus says when it does not do what it was asked (opus_defines.h, "Error codes").
///
/// Thrown by `OpusEncoder` and `OpusDecoder`. `invalidPacket` and `bufferTooSmall` are what bytes from the network can
/// cause; all others mean that the caller is wrong or the machine is out of memory.
public enum OpusError: Error, Hashable, Sendable {
  /// A number is out of range, or the sound given is no Opus frame size.
  case badArgument
  /// The output cannot hold the result; nothing was decoded.
  case bufferTooSmall
  /// The library found itself inconsistent.
  case internalError
  /// The bytes are no Opus packet (RFC 6716, 3.4).
  case invalidPacket
  /// This libopus does not know the setting.
  case unimplemented
  /// The encoder or decoder is broken.
  case invalidState
  /// No memory for an encoder or decoder.
  case allocationFailed
  /// A code that libopus 1.3 does not have.
  case unknown(code: Int32)

  /// `nil` where the code is a success: 0, or a count.
  init?(code: Int32) {
    switch code {
    case 0...: return nil
    case OPUS_BAD_ARG: self = .badArgument
    case OPUS_BUFFER_TOO_SMALL: self = .bufferTooSmall
    case OPUS_INTERNAL_ERROR: self = .internalError
    case OPUS_INVALID_PACKET: self = .invalidPacket
    case OPUS_UNIMPLEMENTED: self = .unimplemented
    case OPUS_INVALID_STATE: self = .invalidState
    case OPUS_ALLOC_FAIL: self = .allocationFailed
    default: self = .unknown(code: code)
    }
  }

  /// The code itself where it is a success, or else its error.
  static func checked(_ code: Int32) throws(OpusError) -> Int {
    if let error = OpusError(code: code) { throw error }
    return Int(code)
  }
}
