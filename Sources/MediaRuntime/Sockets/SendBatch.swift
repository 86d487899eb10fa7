import CLinux
import Glibc
import MediaBase

/// Packets gathered for one `sendmmsg`, each to its own destination.
///
/// ```
///  appendPacket       │ packet slot ──────────────────────────┐           SRTP, RTCP, one listener's mix
///  appendHeader       │ header slot ───┬─ shared payload ─────┤ sendmmsg  one mix, thousands of listeners
///                     │ header slot ───┘                      │
/// ```
/// One for each media thread. All memory is allocated by `init`, about 1.7 KB a packet, touched only where it is used.
/// Where the batch is full, `isFull` says so, and it has to be flushed first.
public struct SendBatch: ~Copyable {
  /// The most packets in one batch.
  public let capacity: Int
  /// The longest packet of one's own bytes.
  public let packetBytes: Int
  /// Packets that wait.
  public private(set) var count = 0
  /// What became of all packets since `init`.
  public private(set) var totals = SendOutcome()

  /// The longest header in front of a shared payload: 12 bytes, 15 sources, and some extension.
  public static let headerBytes = 96

  private static let controlBytes = partyline_control_space(MemoryLayout<in_pktinfo>.size)

  private let packets: UnsafeMutableRawPointer
  private let headers: UnsafeMutableRawPointer
  private let payloads: UnsafeMutableRawPointer
  private let messages: UnsafeMutablePointer<partyline_message>
  private let vectors: UnsafeMutablePointer<iovec>
  private let destinations: UnsafeMutablePointer<sockaddr_in6>
  private let controls: UnsafeMutableRawPointer
  private let payloadCapacityBytes: Int
  private var payloadBytes = 0
  private var payloadGeneration: UInt32 = 0

  /// Room for `capacity` packets of up to `packetBytes` each, and for `sharedPayloadBytes` of payloads that several share.
  public init(capacity: Int = 1_024, packetBytes: Int = 1_500, sharedPayloadBytes: Int = 256 << 10) {
    precondition(capacity > 0 && packetBytes > 0 && sharedPayloadBytes >= 0, "a batch holds at least one packet")
    self.capacity = capacity
    self.packetBytes = packetBytes
    payloadCapacityBytes = sharedPayloadBytes
    packets = .allocate(byteCount: capacity * packetBytes, alignment: 64)
    headers = .allocate(byteCount: capacity * Self.headerBytes, alignment: 64)
    payloads = .allocate(byteCount: max(sharedPayloadBytes, 1), alignment: 64)
    messages = .allocate(capacity: capacity)
    vectors = .allocate(capacity: capacity * 2)
    destinations = .allocate(capacity: capacity)
    controls = .allocate(byteCount: capacity * Self.controlBytes, alignment: 16)
    controls.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.controlBytes)
    vectors.initialize(repeating: iovec(), count: capacity * 2)
    destinations.initialize(repeating: sockaddr_in6(), count: capacity)
    for index in 0..<capacity {
      var header = msghdr()
      header.msg_name = UnsafeMutableRawPointer(destinations + index)
      header.msg_iov = vectors + index * 2
      messages[index] = partyline_message(header: header, bytes: 0)
    }
  }

  deinit {
    packets.deallocate()
    headers.deallocate()
    payloads.deallocate()
    messages.deallocate()
    vectors.deallocate()
    destinations.deallocate()
    controls.deallocate()
  }

  /// Whether it has to be flushed before anything is appended.
  public var isFull: Bool { count == capacity }

  /// The next packet's bytes, to be written and then appended; they hold anything until then. Not where it is full.
  public var packetSlot: MutableSpan<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      precondition(!isFull, "the batch is full: flush it first")
      let start = (packets + count * packetBytes).assumingMemoryBound(to: UInt8.self)
      return _overrideLifetime(MutableSpan(_unsafeStart: start, count: packetBytes), borrowing: self)
    }
  }

  /// The next packet's header, `headerBytes` long, to be written and then appended. Not where it is full.
  public var headerSlot: MutableSpan<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      precondition(!isFull, "the batch is full: flush it first")
      let start = (headers + count * Self.headerBytes).assumingMemoryBound(to: UInt8.self)
      return _overrideLifetime(MutableSpan(_unsafeStart: start, count: Self.headerBytes), borrowing: self)
    }
  }

  /// Appends the front of `packetSlot`.
  ///
  /// - Parameter source: which of our IPv4 addresses it comes from, on a socket that is bound to all; `nil` leaves it to
  ///   the kernel.
  public mutating func appendPacket(byteCount: Int, to destination: SocketAddress, fromIPv4 source: UInt32? = nil) {
    precondition(!isFull && byteCount >= 0 && byteCount <= packetBytes, "the packet does not fit its slot")
    vectors[count * 2] = iovec(iov_base: packets + count * packetBytes, iov_len: byteCount)
    append(vectors: 1, to: destination)
    if let source { choose(source, for: count - 1) }
  }

  /// Appends the front of `headerSlot` with a shared payload behind it.
  public mutating func appendHeader(byteCount: Int, payload: SharedPayload, to destination: SocketAddress) {
    precondition(!isFull && byteCount >= 0 && byteCount <= Self.headerBytes, "the header does not fit its slot")
    precondition(payload.generation == payloadGeneration, "the payload has been removed")
    vectors[count * 2] = iovec(iov_base: headers + count * Self.headerBytes, iov_len: byteCount)
    vectors[count * 2 + 1] = iovec(iov_base: payloads + payload.offset, iov_len: payload.count)
    append(vectors: 2, to: destination)
  }

  private mutating func append(vectors: Int, to destination: SocketAddress) {
    destinations[count] = destination.storage
    messages[count].header.msg_namelen = destination.length
    messages[count].header.msg_iovlen = vectors
    messages[count].header.msg_controllen = 0
    count += 1
  }

  private mutating func choose(_ source: UInt32, for index: Int) {
    var info = in_pktinfo()
    info.ipi_spec_dst.s_addr = source.bigEndian
    messages[index].header.msg_control = controls + index * Self.controlBytes
    messages[index].header.msg_controllen = Self.controlBytes
    guard let control = partyline_first_control(&messages[index].header) else { return }
    control.pointee.cmsg_level = Int32(IPPROTO_IP)
    control.pointee.cmsg_type = PARTYLINE_IP_PKTINFO
    control.pointee.cmsg_len = partyline_control_length(MemoryLayout<in_pktinfo>.size)
    UnsafeMutableRawPointer(partyline_control_data(control)).storeBytes(of: info, as: in_pktinfo.self)
  }

  /// Keeps a payload that many packets will share, by one copy; it stays through any number of flushes until
  /// `removeSharedPayloads`. `nil` where there is no more room for it: send it as packets of their own bytes.
  public mutating func share(_ payload: Span<UInt8>) -> SharedPayload? {
    guard payload.count <= payloadCapacityBytes - payloadBytes else { return nil }
    let shared = SharedPayload(offset: payloadBytes, count: payload.count, generation: payloadGeneration)
    payload.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      (payloads + payloadBytes).copyMemory(from: start, byteCount: bytes.count)
    }
    payloadBytes += payload.count
    return shared
  }

  /// Forgets the shared payloads, usually at the end of a tick. Nothing that uses them may wait.
  public mutating func removeSharedPayloads() {
    precondition(count == 0, "packets wait that may use a shared payload: flush them first")
    payloadBytes = 0
    payloadGeneration &+= 1
  }

  /// Sends all packets in their order, never blocks, and empties the batch.
  ///
  /// A destination that cannot be sent to costs its own packet only. Where the socket's buffer is full, the rest of the
  /// batch is dropped: it would be late anyway, and asking again costs the time of those who are not.
  @discardableResult
  public mutating func flush(to socket: borrowing UDPSocket) -> SendOutcome {
    var outcome = SendOutcome()
    var next = 0
    while next < count {
      let sent = partyline_send_messages(socket.descriptor, messages + next, UInt32(count - next))
      if sent > 0 {
        outcome.sent += UInt64(sent)
        next += Int(sent)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        outcome.dropped += UInt64(count - next)
        next = count
      case ENOBUFS, ENOMEM:
        outcome.dropped += 1
        next += 1
      default:
        outcome.refused += 1
        next += 1
      }
    }
    count = 0
    totals.add(outcome)
    return outcome
  }
}

/// A payload in a `SendBatch` that several packets share.
public struct SharedPayload: Sendable {
  /// Its length in bytes.
  public let count: Int
  fileprivate let offset: Int
  fileprivate let generation: UInt32

  fileprivate init(offset: Int, count: Int, generation: UInt32) {
    self.offset = offset
    self.count = count
    self.generation = generation
  }
}

/// What became of packets to be sent.
public struct SendOutcome: Sendable, Hashable {
  /// Taken by the kernel.
  public var sent: UInt64 = 0
  /// Dropped because the socket's or the network card's buffers were full.
  public var dropped: UInt64 = 0
  /// Refused for their destination: no route, not allowed, too long, nobody there.
  public var refused: UInt64 = 0

  /// Nothing yet.
  public init() {}

  mutating func add(_ other: SendOutcome) {
    sent += other.sent
    dropped += other.dropped
    refused += other.refused
  }
}
