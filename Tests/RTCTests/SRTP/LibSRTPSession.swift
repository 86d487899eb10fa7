import CSRTP
import MediaBase
import RTC

/// libsrtp, whose authors know nothing of ours, at the other end: its state for one direction of one leg.
struct LibSRTPSession: ~Copyable {
  /// Whose packets it knows.
  enum Sources {
    /// One source's, whose state is made at once.
    case one(SSRC)
    /// Any, and state for each is made with its first packet: that is sent, or that comes and is authentic.
    case anySent, anyReceived
  }

  /// What can be done to a packet.
  enum Operation {
    case protect, protectRTCP, unprotect, unprotectRTCP
  }

  private let session: srtp_t

  init(_ suite: SRTPKeys.Suite, key: [UInt8], sources: Sources) throws(SRTPError) {
    guard libraryStatus == srtp_err_status_ok else { throw .unavailable(status: Int(libraryStatus.rawValue)) }
    var policy = srtp_policy_t()
    suite.fill(&policy.rtp, &policy.rtcp)
    policy.ssrc = sources.policy
    policy.window_size = UInt(SRTPContext.windowPackets)
    var session: srtp_t?
    let status = unsafe key.withUnsafeBufferPointer { key in
      // Read only, whatever its type says: libsrtp derives its own keys from it.
      policy.key = UnsafeMutablePointer(mutating: key.baseAddress)
      return unsafe srtp_create(&session, &policy)
    }
    guard status == srtp_err_status_ok, let session else { throw .unavailable(status: Int(status.rawValue)) }
    self.session = session
  }

  deinit {
    srtp_dealloc(session)
  }

  /// What a packet becomes, in a buffer of its own.
  func apply(_ operation: Operation, to packet: [UInt8]) throws(SRTPError) -> [UInt8] {
    var bytes = packet + [UInt8](repeating: 0, count: 64)
    var span = bytes.mutableSpan
    let count = try apply(operation, to: &span, count: packet.count)
    return Array(bytes[..<count])
  }

  /// Changes a packet of `count` bytes in place; returns its new length.
  func apply(_ operation: Operation, to packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    var length = Int32(clamping: count)
    let status = unsafe packet.withUnsafeMutableBytes { bytes in
      switch operation {
      case .protect: unsafe srtp_protect(session, bytes.baseAddress, &length)
      case .protectRTCP: unsafe srtp_protect_rtcp(session, bytes.baseAddress, &length)
      case .unprotect: unsafe srtp_unprotect(session, bytes.baseAddress, &length)
      case .unprotectRTCP: unsafe srtp_unprotect_rtcp(session, bytes.baseAddress, &length)
      }
    }
    if let error = SRTPError(status) { throw error }
    return Int(length)
  }
}

extension LibSRTPSession.Sources {
  fileprivate var policy: srtp_ssrc_t {
    switch self {
    case .one(let source): srtp_ssrc_t(type: ssrc_specific, value: source.rawValue)
    case .anySent: srtp_ssrc_t(type: ssrc_any_outbound, value: 0)
    case .anyReceived: srtp_ssrc_t(type: ssrc_any_inbound, value: 0)
    }
  }
}

/// Started once for the whole program, by whoever makes the first context; Swift makes globals one thread at a time.
private let libraryStatus = srtp_init()

extension SRTPKeys.Suite {
  fileprivate func fill(_ rtp: inout srtp_crypto_policy_t, _ rtcp: inout srtp_crypto_policy_t) {
    switch self {
    case .aesCM128HMACSHA180:
      srtp_crypto_policy_set_rtp_default(&rtp)
      srtp_crypto_policy_set_rtcp_default(&rtcp)
    case .aeadAES128GCM:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&rtp)
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&rtcp)
    }
  }
}

extension SRTPError {
  /// What libsrtp said; `nil` where all is well.
  fileprivate init?(_ status: srtp_err_status_t) {
    switch status {
    case srtp_err_status_ok: return nil
    case srtp_err_status_auth_fail: self = .notAuthentic
    case srtp_err_status_replay_fail: self = .replayed
    case srtp_err_status_replay_old, srtp_err_status_pkt_idx_old: self = .tooOld
    case srtp_err_status_parse_err, srtp_err_status_bad_param: self = .malformed
    case srtp_err_status_key_expired: self = .keyExpired
    default: self = .refused(status: Int(status.rawValue))
    }
  }
}
